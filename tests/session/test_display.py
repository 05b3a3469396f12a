"""Every public object as text and as HTML: what it says, and that nothing in it is active."""

import re
from html.parser import HTMLParser

import pytest

from daisy_kernel import Algorithm, registry

VOID = {"br"}


class Page(HTMLParser):
    """Collects tags and text, and insists that every tag is closed."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.text = [], set(), ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data + " "


@pytest.fixture
def done(session, slow, scan, tmp_path):
    return session.run(slow, scan=scan, output=tmp_path / "out.h5").wait(20)


def _shown(value):
    html = value._repr_html_()
    assert len(html) < 20_000
    # A theme decides: nothing but what follows it, and the fallback of one variable.
    styles = ";".join(re.findall(r"style='([^']*)'", html)).split(";")
    assert all(s.startswith("color:var(--jp-") for s in styles if "color" in s or "back" in s)
    page = Page(html)
    assert page.tags <= {"div", "b", "table", "thead", "tbody", "tr", "th", "td", "progress"}
    return page.text


def test_a_session_tells_who_answers_and_how_much_there_is(session):
    session["volume"] = [[1.0, 2.0]]
    assert re.match(r"<Daisy \S+, process \d+ in /", repr(session))
    text = _shown(session)
    assert "volume" in text
    assert "1 data objects" in text
    assert f"{len(session.workflows)} workflows" in text


def test_an_object_tells_shape_type_axes_and_size(session):
    session["volume"] = [[1.0, 2.0]]
    handle = session["volume"]
    assert repr(handle) == "<volume: float64 (1, 2), array>"
    for told in ("volume", "1 × 2", "float64", "16 B", "array"):
        assert told in _shown(handle)
        assert told in _shown(session.objects) or told == "16 B"


def test_a_run_tells_state_outputs_and_errors(done, session, slow, scan, tmp_path):
    assert repr(done) == f"<run {done.id}: slow, done>"
    for told in (done.id, "slow", "✓ done", str(tmp_path / "out.h5")):
        assert told in _shown(done)
        assert told in _shown(session.runs)
    failing = session.run(slow, scan=scan, output=tmp_path / "new.h5", fail=True)
    with pytest.raises(Exception, match="told to fail"):
        failing.wait(20)
    assert "told to fail" in _shown(failing)
    assert "✗ failed" in _shown(session.runs)


def test_a_running_run_shows_how_far_it_is(session, slow, scan, tmp_path, toys):
    run = session.run(slow, scan=scan, output=tmp_path / "out.h5", hang=True)
    assert toys.ToySlow.started.wait(10)
    assert "▶ running" in _shown(run)
    assert "<progress value='0." in run._repr_html_()
    toys.ToySlow.release.set()
    run.wait(20)


def test_workflows_and_algorithms_tell_their_parameters_and_stay_json(session):
    workflow = session.workflows["tomography"]
    assert repr(workflow).startswith("<workflow tomography(scan, output,")
    assert "required" in _shown(workflow)
    assert "steps: " in _shown(workflow)
    algorithm = session.algorithms["Normalize"]
    assert repr(algorithm).startswith("<algorithm Normalize(projs_dataobj")
    text = _shown(algorithm)
    for told in ("(angle, row, col)", "data out", "median | error", "required"):
        assert told in text
    assert isinstance(workflow, dict)
    assert isinstance(algorithm, dict)
    for listing in (session.workflows, session.algorithms):
        for name, value in listing.items():
            assert name in _shown(value)
        assert next(iter(listing)) in _shown(listing)


def test_a_plan_tells_what_is_done_and_what_it_needs(session, slow, scan, tmp_path):
    plan = session.check(slow, scan=scan, output=tmp_path / "out.h5")
    assert repr(plan).splitlines()[0] == "slow is valid."
    for told in (plan["items"][0]["text"], f"{tmp_path / 'out.h5'}:y", "memory ", "disk "):
        assert told in repr(plan)
        assert told in _shown(plan)
    assert plan["memory"] > 0


def test_names_from_outside_are_text_and_never_markup(session):
    @registry.add
    class ToyMarkup(Algorithm):
        """Looks <b>bold</b> & <script>bad()</script>."""

        def execute(self, input_dataobj, output_dataobj):
            self.data[output_dataobj] = self.data[input_dataobj]

    session["<script>"] = [1]
    assert "<script>" in _shown(session["<script>"])
    assert "<script>" in _shown(session)
    assert "bad()" in _shown(session.algorithms["ToyMarkup"])


def test_a_long_list_is_cut_and_says_so(session):
    for number in range(80):
        session[f"x{number:02}"] = [number]
    text = _shown(session.objects)
    assert "x59" in text
    assert "x60" not in text
    assert "and 20 more" in text
