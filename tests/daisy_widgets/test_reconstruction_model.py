"""Decisions of a reconstruction, what a preview shows, and what is exported."""

import dataclasses

import pytest

from daisy_widgets.form_fields import Field
from daisy_widgets.history_export import export_path, of_run, of_state
from daisy_widgets.preview_model import PreviewModel
from daisy_widgets.reconstruction_model import (
    Reconstruction,
    centre_accepted,
    fields_of_steps,
    output_name,
    parameters_set,
    run_taken_up,
    saving_inputs,
    scan_chosen,
    sheet_adopted,
)

KNOWN = ("scan", "profile", "output", "center", "filter", "stripes")
DOCUMENT = {
    "algorithms": {
        "load": {"class": "Load", "init_paras": {"file": {"input": "scan"}}},
        "stripes": {"class": "Stripes", "init_paras": {"size": {"input": "stripes"}}},
        "find": {"class": "Find"},
        "reconstruct": {"class": "Make", "init_paras": {"filter": {"input": "filter"}}},
        "save": {"class": "Save", "init_paras": {"file": {"input": "output"}}},
    },
    "steps": [
        {"algorithm": "load"},
        {"algorithm": "stripes"},
        {"algorithm": "find", "params": {"center": {"input": "center"}}},
        {"algorithm": "reconstruct", "params": {"center": {"ref": "c"}}},
        {"algorithm": "save"},
    ],
}
CENTER, FILTER, STRIPES = Field("center", "number"), Field("filter"), Field("stripes", "number")


@pytest.fixture
def state():
    chosen = scan_chosen({"scan": "/data/tooth.v2.h5"}, KNOWN)
    return Reconstruction("tomography").decided(chosen)


def test_the_inputs_are_what_was_decided_last(state):
    later = state.decided(centre_accepted(295.74162, 0.0)).decided(parameters_set({"stripes": 9}))
    later = later.decided(sheet_adopted({"center": 296.0, "filter": "hann"}))
    assert later.inputs == {
        "scan": "/data/tooth.v2.h5",
        "output": "tooth_reco.h5",
        "center": 296.0,
        "stripes": 9,
        "filter": "hann",
    }
    assert later.decided(parameters_set({"stripes": None})).inputs.get("stripes") is None
    assert later.remarks == [
        "Scan tooth.v2.h5 chosen.",
        "Centre 295.742 accepted.",
        "Stripes set to 9.",
        "Adopted from a contact sheet: center 296, filter hann.",
    ]


def test_what_is_decided_is_never_changed_but_taken_back(state):
    later = state.decided(parameters_set({"stripes": 9}))
    assert later.undone() == state
    with pytest.raises(dataclasses.FrozenInstanceError):
        later.history = ()


def test_another_scan_has_another_centre_and_another_volume(state):
    later = state.decided(centre_accepted(295.7, 0.0)).decided(
        scan_chosen({"scan": "b.h5", "profile": "mine"}, KNOWN)
    )
    assert later.inputs == {"scan": "b.h5", "profile": "mine", "output": "b_reco.h5"}
    again = later.decided(scan_chosen({"scan": "c.h5"}, KNOWN))
    assert len(again.history) == len(later.history)  # b was only looked at
    assert again.inputs == {"scan": "c.h5", "output": "c_reco.h5"}


def test_a_tilt_that_is_not_used_is_told():
    assert "tilt of +0.200° is left alone" in centre_accepted(3.0, 0.2).said


def test_a_run_that_is_taken_up_brings_its_inputs(state):
    record = {"id": "r", "inputs": {"scan": "x.h5", "output": "y.h5", "center": None}}
    later = state.decided(centre_accepted(3.0, 0.0)).decided(run_taken_up(record, KNOWN))
    assert later.inputs == {"scan": "x.h5", "output": "y.h5"}


def test_only_what_differs_is_a_decision(state):
    later = state.decided(parameters_set({"stripes": 9}))
    assert later.differing({"stripes": 9}) == {}
    assert later.differing({"stripes": None, "filter": None}) == {"stripes": None}


@pytest.mark.parametrize(
    ("scan", "name"),
    [("/a/b.nxs", "b_reco.h5"), ("/a/b/", "b_reco.h5"), ("x_%d.tif", "x_%d_reco.h5")],
)
def test_a_volume_is_called_after_its_scan(scan, name):
    assert output_name(scan) == name


def test_inputs_belong_to_the_step_that_can_be_looked_at():
    fields = (CENTER, FILTER, STRIPES)
    found = fields_of_steps(DOCUMENT, fields, ["load", "stripes", "reconstruct"])
    assert found == {"load": (), "stripes": (STRIPES,), "reconstruct": (CENTER, FILTER)}


def test_inputs_of_saving_steps_are_told_apart():
    making = {"properties": {"output_dataobj": {"x-kind": "output"}}}
    saving = {"properties": {"file": {"x-kind": "init"}}}
    classes = dict.fromkeys(("Load", "Stripes", "Find", "Make"), making) | {"Save": saving}
    assert saving_inputs(DOCUMENT, classes) == ["output"]


def preview(idle):
    def step(name, before, after, seconds=0.5):
        return {"step": name, "before": before, "after": after, "seconds": seconds, "note": ""}

    return {
        "index": 3,
        "count": 8,
        "steps": [
            step("load", None, "a", 0.0),
            step("stripes", "a", "a" if idle else "b"),
            step("find", None, None),
            step("reconstruct", "b", "c"),
            step("save", None, None),
        ],
    }


def test_a_step_that_can_be_idle_is_switched_off_and_on_as_it_was():
    model = PreviewModel(DOCUMENT, (CENTER, FILTER, STRIPES))
    model.see(preview(idle=True))
    assert [s.label for s in model.steps] == ["load", "stripes (off)", "reconstruct"]
    assert [s.can_be_off for s in model.steps] == [False, True, False]
    assert model.chosen == "reconstruct"
    assert model.switched("stripes", is_used=True) == {"stripes": 9}
    model.inputs = {"stripes": 5}
    model.see(preview(idle=False))
    assert model.steps[1].label == "stripes"
    assert model.steps[1].can_be_off
    assert model.switched("stripes", is_used=False) == {"stripes": None}
    model.inputs = {}
    model.see(preview(idle=True))
    assert model.switched("stripes", is_used=True) == {"stripes": 5}


def test_a_step_that_a_preview_leaves_out_says_why():
    model = PreviewModel(DOCUMENT, (CENTER, FILTER, STRIPES))
    told = preview(idle=True)
    model.see(told)
    assert model.note == ""
    told["steps"][2]["note"] = "Step 'find' takes in 3 GB."
    told["steps"][3] |= {"after": None, "note": "It follows a step that a preview leaves out."}
    model.see(told)
    assert model.note == "Step 'find' takes in 3 GB."
    assert [step.name for step in model.steps] == ["load", "stripes"]


def test_what_a_run_has_found_is_exported_as_a_constant(state):
    record = {
        "id": "r1",
        "document": {"daisy": 1, "name": "tomography"},
        "inputs": {"scan": "/data/tooth.h5", "output": "/out/reco.h5", "center": None},
        "values": {"center": 295.74, "n_dead_pixels": 0},
    }
    export = of_run(state, record)
    assert export.inputs == {**record["inputs"], "center": 295.74}
    assert export.remarks[-2:] == (
        "center 295.74 was found by run r1.",
        "Run r1 gave /out/reco.h5.",
    )
    assert export_path(export.output, "script") == "/out/reco.py"
    assert export_path(of_state(state).output, "document") == "tooth_reco.daisy.json"
