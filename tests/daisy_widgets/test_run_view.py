"""A run as it is looked at: stages, log, comparison, cancel and resume, on a real session."""

import threading
import time

import pytest

from daisy_kernel.algorithms import reconstruct
from daisy_kernel.errors import DaisyError, UnknownName
from daisy_kernel.session import DirectTransport, Service, Session
from daisy_kernel.session.run_handle import RunHandle
from daisy_widgets import RunView
from daisy_widgets.run_story import Line, RunStory, Stage, differing_parameters


@pytest.fixture
def session(tmp_path):
    return Session(DirectTransport(Service(runs=tmp_path / "runs")))


@pytest.fixture
def start(session, scan, tmp_path):
    def started(name="reco.h5", **inputs):
        given = {"scan": scan, "output": tmp_path / name, "center": 23.5, **inputs}
        return session.run("tomography", **given)

    return started


def test_a_story_follows_the_plan_and_a_new_plan_begins_anew():
    def event(n, kind, **data):
        return {"n": n, "time": 5.0, "kind": kind, "data": data}

    story = RunStory()
    plan = {"items": [{"text": "one", "blocks": 4}, {"text": "two", "blocks": 2}]}
    story.tell([event(0, "state", state="running"), event(1, "plan", **plan)])
    story.tell([event(2, "progress", item=0, done=3, blocks=4)])
    story.tell([event(3, "log", level="warning", message="Dark Flats")])
    assert story.stages == [Stage("one", 3, 4), Stage("two", 0, 2)]
    assert story.next == 4
    story.tell([event(4, "plan", **plan), event(5, "log", level="info", message="again")])
    assert story.stages == [Stage("one", 0, 4), Stage("two", 0, 2)]
    assert story.lines_with(" dark") == [Line(5.0, "warning", "Dark Flats")]
    assert story.lines_with("WARNING") == story.lines_with("flats")
    assert len(story.lines_with("")) == 2


def test_parameters_that_differ_come_first():
    here = {"inputs": {"a": 1, "b": 2}, "options": {"threads": 1}, "values": {"center": 3.0}}
    there = {"inputs": {"a": 1, "c": 2}, "options": {"threads": 1}, "values": {"center": 3.5}}
    assert differing_parameters(here, there) == [
        ("b", 2, None, True),
        ("c", None, 2, True),
        ("found: center", 3.0, 3.5, True),
        ("a", 1, 1, False),
        ("threads", 1, 1, False),
    ]


def test_a_run_is_seen_to_its_end_and_its_result_opened(session, start):
    run = start()
    view = RunView(session, run.id)
    assert view.jobs.wait(120)  # nothing is asked any more
    assert view.notice.text == "✓ done"
    plan = next(e["data"]["items"] for e in run.events() if e["kind"] == "plan")
    assert view.stages.value.count("<li>") == len(plan) > 1
    for item in plan:
        assert f"{item['blocks']}/{item['blocks']}</li>" in view.stages.value
    assert (run.log, view.log_lines.value) == ([], "Nothing was logged.")
    (shown,) = view.results.opened.children
    assert shown.title == "reco"
    view.close()


def test_the_log_is_filtered_as_one_types(session, start):
    view = RunView(session, start().id)
    assert view.jobs.wait(120)
    lines = [("info", "4 <blocks>"), ("warning", "a dark flat")]
    data = [{"level": level, "message": message} for level, message in lines]
    view._story.tell({"n": 99, "time": 0.0, "kind": "log", "data": d} for d in data)
    view.filter.value = "DARK"
    assert view.log_lines.value.count("<div") == 1
    assert "<div class='daisy-warning'>" in view.log_lines.value
    view.filter.value = ""
    assert view.log_lines.value.count("<div") == 2
    assert "4 &lt;blocks&gt;" in view.log_lines.value
    view.filter.value = "nothing like it"
    assert view.log_lines.value == "No line has this."
    view.close()


def test_two_runs_are_compared_in_a_table(session, start):
    one, two = start("one.h5"), start("two.h5", filter="hann")
    two.wait(120)
    view = RunView(session, one.id).compare(two.id)
    assert view.jobs.wait(60)
    text = view.comparison.value
    assert "<th style='text-align:left'>filter</th>" in text
    assert "hann" in text
    assert text.index(">filter<") < text.index(">scan<")
    assert f"{text.count('≠')} of" in text
    view.close()


def test_a_run_is_cancelled_and_resumed_from_its_view(session, start, monkeypatch):
    may_go_on, cancel = threading.Event(), RunHandle.cancel
    sirt, scratch_bytes = reconstruct._METHODS["sirt"]

    def held(*given, **options):
        assert may_go_on.wait(120)
        return sirt(*given, **options)

    def cancel_and_go_on(run):
        cancel(run)
        may_go_on.set()

    monkeypatch.setitem(reconstruct._METHODS, "sirt", (held, scratch_bytes))
    monkeypatch.setattr(RunHandle, "cancel", cancel_and_go_on)
    run = start(algorithm="sirt", iterations=3)
    view = RunView(session, run.id)
    cancelled = threading.Event()
    update = view.progress.update

    def press(record):
        update(record)
        if record["state"] == "running" and not cancelled.is_set():
            cancelled.set()
            view.progress.cancel.click()

    view.progress.update = press
    assert view.jobs.wait(120)
    assert cancelled.is_set(), view.notice.text
    assert view.notice.text.startswith("■ cancelled")
    assert view.resume.layout.display == ""
    view.resume.click()
    assert view.jobs.wait(120)
    assert view.notice.text == "✓ done"
    assert view.resume.layout.display == "none"
    view.close()


def test_without_an_id_the_run_that_goes_on_is_shown_or_else_the_newest(session, start):
    with pytest.raises(DaisyError, match=r"No run is recorded yet: start one in a panel"):
        RunView(session)
    start("one.h5").wait(120)
    two = start("two.h5", algorithm="sirt", iterations=10_000)
    three = start("three.h5")
    while two.state == "queued":
        time.sleep(0.05)
    assert three.state == "queued"
    view = RunView(session)
    assert view.run.id == two.id
    two.cancel()
    three.wait(120)
    assert view.jobs.wait(60)
    assert view.notice.text.startswith("■ cancelled")
    newest = RunView(session)
    assert newest.run.id == three.id
    for shown in (view, newest):
        shown.jobs.wait(60)
        shown.close()


def test_an_unknown_run_is_refused(session):
    with pytest.raises(UnknownName, match="nothing"):
        RunView(session, "nothing")


def test_a_view_has_a_text_for_where_no_widget_can_be_shown(session, start):
    view = RunView(session, start().id)
    bundle = view._repr_mimebundle_()
    assert bundle["text/plain"] == "<panel 'tomography', which is seen while its kernel runs>"
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == view.model_id
    assert view.jobs.wait(120)
    view.close()


def test_another_run_is_chosen_from_a_list_and_left_again(session, start):
    one, two = start("one.h5"), start("two.h5", filter="hann")
    two.wait(120)
    view = RunView(session, two.id)
    assert view.jobs.wait(60)
    assert [value for _, value in view.other.options] == ["", one.id]
    view.other.value = one.id
    assert view.jobs.wait(60)
    assert ">filter<" in view.comparison.value
    view.other.value = ""
    assert view.jobs.wait(60)
    assert view.comparison.value == ""
    view.close()
