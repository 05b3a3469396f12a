"""The workflow builder without a browser, on a real session."""

import json
import threading
from html import unescape

import h5py
import numpy as np
import pytest

from daisy_kernel import registry
from daisy_kernel.cli import main
from daisy_kernel.datastore import DataStore
from daisy_kernel.errors import DaisyError, InvalidDocument, UnknownName
from daisy_kernel.session import DirectTransport, Service, Session
from daisy_widgets import WorkflowBuilder, build


@pytest.fixture
def session(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("daisy_widgets.workflow_builder._PAUSE_S", 0.01)
    return Session(DirectTransport(Service(DataStore(), tmp_path / "runs")))


@pytest.fixture
def builder(session):
    made = build("tomography", session=session)
    yield made
    made.jobs.wait(60)
    made.close()


def said(builder):
    """(step, parameter) of what is wrong, once the kernel has answered."""
    assert builder.jobs.wait(30)
    return [(p["step"], p["parameter"]) for p in builder.editor.problems]


def do(builder, kind, **numbers):
    """What the browser sends when something is done to the drawing."""
    builder.flow._handle_custom_msg({"type": kind, **numbers}, [])


def titles(builder):
    return [node["title"] for node in builder.flow.drawing["nodes"]]


def test_a_template_is_drawn_and_nothing_is_wrong_with_it(builder):
    assert isinstance(builder, WorkflowBuilder)
    assert said(builder) == []
    assert titles(builder)[:3] == ["load", "inspect", "line_integrals"]
    assert "Still needed: scan, output" in builder.runs.state.value
    assert builder.bar.undo.disabled
    assert builder.bar.state.value == ""


def test_what_cannot_be_edited_is_refused(session, tmp_path):
    with pytest.raises(InvalidDocument, match="tomograph"):
        build("tomograph", session=session)
    (tmp_path / "x.daisy.json").write_text('{"steps": 3}')
    with pytest.raises(InvalidDocument, match="cannot be edited"):
        build(tmp_path / "x.daisy.json", session=session)


def test_an_algorithm_from_the_palette_is_put_behind_the_chosen_step_and_connected(builder):
    builder.flow.choose(1)
    builder.palette._handle_custom_msg({"type": "add", "kind": "algorithm", "name": "Nobody"}, [])
    assert len(titles(builder)) == 12
    builder.palette._handle_custom_msg(
        {"type": "add", "kind": "algorithm", "name": "RemoveOutliers"}, []
    )
    assert titles(builder)[2] == "remove_outliers"
    assert builder.flow.chosen == range(2, 3)
    given = builder.editor.draft.params(2)
    assert given == {"input_dataobj": "projections", "output_dataobj": "projections"}
    assert said(builder) == [(2, "threshold")]
    assert "lacks the parameter 'threshold'" in unescape(builder.problems.value)
    assert "lacks the parameter" in builder.form._remarks["threshold"].value
    assert builder.flow.drawing["nodes"][2]["n_problems"] == 1
    builder.form.controls["threshold"].value = "0.2"
    assert said(builder) == []
    assert builder.editor.draft.params(2)["threshold"] == 0.2
    assert builder.problems.layout.display == "none"


def test_while_somebody_types_the_newest_document_wins(session, monkeypatch):
    monkeypatch.setattr("daisy_widgets.workflow_builder._PAUSE_S", 0.2)
    builder = build("tomography", session=session)
    assert builder.jobs.wait(30)
    asked, call = [], session.transport.call

    def note(operation, arguments, buffers=()):
        asked.append(operation)
        return call(operation, arguments, buffers)

    monkeypatch.setattr(session.transport, "call", note)
    builder.flow.choose(3)
    builder.form.sources["size"].value = "value"
    for text in ("f", "fi", "fiv", "five"):
        builder.form.controls["size"].value = text
    assert said(builder) == [(3, "size")]
    assert asked.count("workflow.diagnose") == 1
    assert "cannot be 'five'" in unescape(builder.problems.value)
    do(builder, "undo")
    assert said(builder) == []
    builder.close()


def test_the_drawing_adds_removes_moves_and_copies_steps(builder):
    before = titles(builder)
    do(builder, "move", step=3, to=2)
    assert titles(builder)[2:4] == ["stripes", "line_integrals"]
    assert builder.flow.selected == 2
    assert said(builder) == [(2, "input_dataobj")]
    do(builder, "undo")
    do(builder, "duplicate", step=5)
    assert titles(builder)[5:7] == ["reconstruct", "reconstruct_2"]
    assert builder.editor.draft.params(6)["output_dataobj"] == "reco_2"
    assert said(builder) == []
    do(builder, "remove", step=0)
    assert {step for step, _ in said(builder)} >= {0, 1, 3}
    do(builder, "move", step=99, to=1)
    do(builder, "remove", step=-1)
    do(builder, "remove", step="all")
    for _ in range(5):
        do(builder, "undo")
    assert titles(builder) == before
    assert builder.bar.undo.disabled
    do(builder, "redo")
    assert titles(builder)[5:7] == ["reconstruct", "reconstruct_2"]


def test_a_new_name_for_what_a_step_gives_is_taken_by_all_its_readers(builder):
    builder.flow.choose(3)
    builder.form.controls["output_dataobj"].value = "clean"

    def params(step):
        return builder.editor.draft.params(step)

    assert params(4)["input_dataobj"] == params(5)["input_dataobj"] == "clean"
    assert said(builder) == []
    builder.flow.choose(4)
    builder.form.controls["output_dataobj"].value = "axis"
    assert params(5)["center"] == {"ref": "axis"}
    builder.flow.choose(8)
    builder.form.controls["output_dataobj"].value = "codes"
    assert params(9)["input_dataobj"] == params(11)["input_dataobj"] == "codes"
    assert builder.editor.draft.outputs == ["codes", "n_dead_pixels"]
    assert said(builder) == []


def test_a_parameter_becomes_an_input_of_the_workflow(builder):
    builder.flow.choose(5)
    builder.form.sources["padding"].value = "new input"
    assert builder.form.sources["padding"].value == "input padding"
    declared = builder.editor.draft.inputs["padding"]
    assert (declared["type"], declared["default"]) == ("string", "edge")
    assert declared["choices"] == ["edge", "zero"]
    assert "padding" in builder.runs.form.controls
    builder.form.sources["padding"].value = "value"
    assert builder.editor.draft.unused_inputs == ["padding"]
    builder.flow.choose(-1)
    builder.about.tidy.click()
    assert "padding" not in builder.editor.draft.inputs
    assert said(builder) == []


def test_saving_never_overwrites_what_somebody_else_wrote(builder, tmp_path):
    path = tmp_path / "mine.daisy.json"
    path.write_text('{"daisy": 1, "name": "theirs"}')
    builder.bar.path.value = "mine"
    builder.bar.save.click()
    assert builder.jobs.wait(30)
    assert "is already there and is kept" in builder.notice.text
    assert path.read_text() == '{"daisy": 1, "name": "theirs"}'
    builder.bar.path.value = "other"
    builder.bar.save.click()
    assert builder.jobs.wait(30)
    assert builder.notice.text == f"Saved as {tmp_path / 'other.daisy.json'}."
    builder.flow.choose(-1)
    builder.about.controls["name"].value = "changed"
    assert builder.bar.state.value == "unsaved changes"
    builder.bar.save.click()
    assert builder.jobs.wait(30)
    assert json.loads((tmp_path / "other.daisy.json").read_text())["name"] == "changed"
    (tmp_path / "other.daisy.json").write_text("{}")
    builder.about.controls["name"].value = "again"
    builder.bar.save.click()
    assert builder.jobs.wait(30)
    assert "has changed since it was opened" in builder.notice.text
    assert (tmp_path / "other.daisy.json").read_text() == "{}"


def test_a_document_is_opened_changed_back_and_saved_to_the_last_byte(session, tmp_path):
    text = '{"daisy": 1,  "name": "mine", "steps": [ ],\n "remark": "kept"}\n\n'
    (tmp_path / "mine.daisy.json").write_text(text)
    builder = build(tmp_path / "mine.daisy.json", session=session)
    assert said(builder) == [(None, "")]
    assert "remark" in builder.problems.value
    builder.about.controls["name"].value = "yours"
    builder.about.controls["name"].value = "mine"
    builder.bar.path.value = "copy.daisy.json"
    builder.bar.save.click()
    assert builder.jobs.wait(30)
    assert (tmp_path / "copy.daisy.json").read_text() == text
    builder.close()


def test_steps_become_a_sub_workflow_that_gives_the_same_volume(builder, scan, tmp_path):
    builder.flow.selected, builder.flow.until = 2, 5
    assert builder.wrap.widget.layout.display == ""
    builder.wrap.path.value = str(tmp_path / "core.daisy.json")
    builder.wrap.start.click()
    assert said(builder) == []
    assert titles(builder)[2] == "core"
    taken = [p["name"] for p in builder.flow.drawing["nodes"][2]["ports"] if not p["is_output"]]
    assert taken == ["projections", "darks", "flats", "theta"]
    builder.flow.choose(2)
    builder.tools.buttons["inside"].click()
    assert builder.jobs.wait(30)
    assert titles(builder) == ["line_integrals", "stripes", "find_center", "reconstruct"]
    assert builder.about.widget.layout.display == "none"
    do(builder, "remove", step=0)
    assert len(titles(builder)) == 4
    assert "only looked at" in builder.notice.text
    builder.tools.buttons["back"].click()
    run(builder, scan, tmp_path / "wrapped.h5")
    compute("tomography", scan, tmp_path / "plain.h5")
    np.testing.assert_array_equal(volume(tmp_path / "wrapped.h5"), volume(tmp_path / "plain.h5"))


def volume(path):
    with h5py.File(path) as file:
        return file["entry/data/data"][...]


def compute(workflow, scan, output):
    """The command line runs it."""
    inputs = ["--scan", str(scan), "--output", str(output), "--center", "23.5"]
    assert main(["run", workflow, *inputs]) == 0


def run(builder, scan, output):
    builder.runs.form.fill(scan=str(scan), output=str(output), center="23.5")
    builder.runs.start.click()
    assert builder.runs.start.disabled
    assert builder.jobs.wait(120)
    assert builder.notice.text.startswith("Done in"), builder.notice.text
    assert not builder.runs.start.disabled


def test_the_saved_document_gives_the_command_line_the_same_volume(builder, scan, tmp_path):
    builder.flow.choose(1)
    builder._add("algorithm", "RemoveOutliers")
    builder.form.controls["threshold"].value = "50"
    builder.bar.path.value = "mine"
    builder.bar.save.click()
    assert said(builder) == []
    run(builder, scan, tmp_path / "here.h5")
    path = tmp_path / "mine.daisy.json"
    compute(str(path), scan, tmp_path / "there.h5")
    np.testing.assert_array_equal(volume(tmp_path / "here.h5"), volume(tmp_path / "there.h5"))
    again = build(path, session=builder.session)
    assert again.editor.draft.text == builder.editor.draft.text == path.read_text()
    assert again.flow.drawing == builder.flow.drawing
    again.jobs.wait(30)
    again.close()


def test_one_step_runs_with_the_objects_that_are_there(builder, scan):
    builder.runs.form.fill(scan=str(scan))
    assert builder.runs.single.disabled
    for step, made in ((0, "projections"), (2, "attenuation"), (3, "sinograms")):
        builder.flow.choose(step)
        assert not builder.runs.single.disabled
        builder.runs.single.click()
        assert builder.jobs.wait(60)
        assert builder.notice.text.startswith("Done in"), builder.notice.text
        assert builder.session[made].shape == (61, 6, 48)
    sinograms = builder.session["sinograms"][...]
    assert np.isfinite(sinograms).all()
    assert sinograms.max() > 0.1


def test_a_file_that_is_missing_is_told_at_the_step_that_reads_it(builder):
    builder.runs.form.fill(scan="absent.h5", output="out.h5")
    assert said(builder) == [(0, "")]
    assert "absent.h5" in builder.problems.value
    builder.runs.form.fill(stripes="many")
    assert (None, "stripes") in said(builder)


def test_a_document_as_a_step_is_added_by_its_path(builder, tmp_path):
    (tmp_path / "in.daisy.json").write_text(json.dumps({"daisy": 1, "name": "inner"}))
    builder.palette._handle_custom_msg(
        {"type": "add", "kind": "file", "name": str(tmp_path / "in.daisy.json")}, []
    )
    assert said(builder) == []
    assert titles(builder)[-1] == "inner"
    builder.palette._handle_custom_msg(
        {"type": "add", "kind": "file", "name": str(tmp_path / "absent.daisy.json")}, []
    )
    assert builder.jobs.wait(30)
    assert "absent.daisy.json" in builder.notice.text
    assert len(titles(builder)) == 13


def test_what_the_form_shows_follows_undo(builder):
    builder.flow.choose(5)
    builder.form.sources["filter_name"].value = "value"
    builder.form.controls["filter_name"].value = "hann"
    assert builder.editor.draft.params(5)["filter_name"] == "hann"
    builder.bar.undo.click()
    assert builder.form.sources["filter_name"].value == "input filter"
    builder.bar.redo.click()
    assert builder.form.controls["filter_name"].value == "hann"


def test_an_unknown_template_names_the_nearest(session):
    with pytest.raises(DaisyError):
        build("tomografy", session=session)
    with pytest.raises(UnknownName, match="'tomography'"):
        session.run("tomografy")


def test_no_thread_is_left_waiting(builder):
    assert builder.jobs.wait(30)
    for thread in threading.enumerate():  # they end a little after their last job
        if thread.name == "daisy-panel":
            thread.join(30)
            assert not thread.is_alive()


def test_what_must_be_given_comes_first_and_what_hardly_anybody_changes_last(session):
    builder = build(session=session)
    builder._add("algorithm", "AlgFAIIntegrate")
    groups = builder.form._groups.children
    required, more, further, rare, last = groups
    assert [len(group.children) for group in (required, further, last)] == [2, 20, 9]
    assert (more.description, rare.description) == ("More parameters (20)", "Rarely needed (9)")
    assert further.layout.display == last.layout.display == "none"
    rare.value = True
    assert last.layout.display == ""
    builder.form.controls["tilt"].value = "3"
    builder.flow.choose(-1)
    builder.flow.choose(0)
    first = builder.form._groups.children[0]
    assert [row in first.children for row in map(builder.form._rows.get, ("tilt", "flip"))] == [
        True,
        False,
    ]
    assert said(builder) != []
    builder.close()


def test_the_lab_extension_opens_it_by_the_name_of_a_workflow(session):
    view = registry.views.get("workflow")(session, "powder")
    assert isinstance(view, WorkflowBuilder)
    assert view.editor.draft.name == "powder"
    assert said(view) == []
    view.close()


def test_a_step_is_tried_on_one_slice_with_the_parameters_of_the_moment(builder, scan):
    builder.runs.form.fill(scan=str(scan), center="23.5")
    builder.flow.choose(2)
    name = builder.editor.draft.title(builder.flow.selected)
    builder.tools.buttons["try"].click()
    trial = builder.trial.preview
    assert trial.jobs.wait(120)
    assert trial.notice.kind == "done", trial.notice.text
    assert trial.chosen == name
    before, after = (trial.sides[side].children[0] for side in ("before", "after"))
    assert before.shape == after.shape
    values = [view.model.value(axis=0, index=0, y=3, x=24) for view in (before, after)]
    assert values[0] != values[1]
    assert builder.session.runs.summaries("tomography") == []  # nothing was run or saved
    trial.slice.value = 0
    assert trial.jobs.wait(60)
    assert trial.model.index == 0
