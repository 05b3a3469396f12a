"""One slice through every step: the numbers of a run, and only what changed is computed."""

import threading

import h5py
import numpy as np
import pytest

from daisy_kernel.engines import slice_preview
from daisy_kernel.errors import Cancelled, DaisyError, InvalidParameter, OutOfReach
from daisy_kernel.formats import only_within


@pytest.fixture
def chain(scan, tmp_path):
    """Every kind of step between a file and a volume: neighbours, pairs, another name, a mirror."""
    return {
        "daisy": 1,
        "name": "chain",
        "inputs": {
            "factor": {"type": "number", "default": 2.0},
            "size": {"type": "integer", "default": 1},
            "output": {"type": "path", "default": str(tmp_path / "out.h5")},
        },
        "algorithms": {
            "load": {"class": "LoadHDF5", "init_paras": {"inputfile_name": str(scan)}},
            "scale": {"class": "ToyScale", "init_paras": {"factor": {"input": "factor"}}},
            "smooth": {"class": "ToySmooth", "init_paras": {"size": {"input": "size"}}},
            "pairs": {"class": "ToyPairs"},
            "total": {"class": "ToyTotal"},
            "slices": {"class": "ToySlices"},
            "save": {"class": "SaveHDF5", "init_paras": {"outputfile_name": {"input": "output"}}},
        },
        "steps": [
            {"algorithm": "load", "params": {"input_path": "tomo", "output_dataobj": "x"}},
            {"algorithm": "scale", "params": {"input_dataobj": "x", "output_dataobj": "y"}},
            {"algorithm": "smooth", "params": {"input_dataobj": "y", "output_dataobj": "y"}},
            {"algorithm": "pairs", "params": {"input_dataobj": "y", "output_dataobj": "p"}},
            {"algorithm": "slices", "params": {"input_dataobj": "p", "output_dataobj": "z"}},
            {"algorithm": "save", "params": {"input_dataobj": "z", "output_path": "z"}},
        ],
    }


def shown(preview):
    return {step["step"]: step["after"] for step in preview["steps"] if step["after"]}


def computed(preview):
    return [step["step"] for step in preview["steps"] if step["seconds"] > 0]


@pytest.mark.parametrize("size", [1, 3])
def test_a_preview_has_the_numbers_of_a_run_in_every_slice(session, chain, tmp_path, stack, size):
    chain["outputs"] = ["y", "p", "z"]
    session.run(chain, size=size).wait(30)
    whole = {name: session[name][...] for name in ("y", "p", "z")}
    for index in range(stack.shape[1]):
        preview = session.preview(chain, index=index, size=size)
        assert (preview["index"], preview["count"]) == (index, stack.shape[1])
        steps = shown(preview)
        assert list(steps) == ["load", "scale", "smooth", "pairs", "slices"]
        np.testing.assert_array_equal(session[steps["load"]][...], stack[:, index])
        np.testing.assert_array_equal(session[steps["smooth"]][...], whole["y"][:, index])
        np.testing.assert_array_equal(session[steps["pairs"]][...], whole["p"][:, index])
        np.testing.assert_array_equal(session[steps["slices"]][...], whole["z"][index])


def test_what_goes_into_a_step_is_what_came_out_of_the_one_before(session, chain):
    steps = session.preview(chain)["steps"]
    before = [step["before"] for step in steps]
    after = [step["after"] for step in steps]
    assert before[0] is None
    assert before[1:5] == after[:4]
    assert session[after[4]].axes == ("angle", "col")


def test_only_steps_behind_a_change_are_computed_again(session, chain):
    assert computed(session.preview(chain)) == ["scale", "smooth", "pairs", "slices"]
    assert computed(session.preview(chain)) == []
    assert computed(session.preview(chain, size=3)) == ["scale", "smooth", "pairs", "slices"]
    assert computed(session.preview(chain, size=1)) == []
    chain["algorithms"]["flip"] = {"class": "ToyFlipSlices"}
    flip = {"algorithm": "flip", "params": {"input_dataobj": "z", "output_dataobj": "z"}}
    chain["steps"].insert(5, flip)
    assert computed(session.preview(chain)) == ["flip"]
    everything = ["scale", "smooth", "pairs", "slices", "flip"]
    assert computed(session.preview(chain, factor=5.0)) == everything


def test_nothing_is_saved(session, chain, tmp_path):
    session.preview(chain)
    assert not (tmp_path / "out.h5").exists()
    assert not list(session.runs)


def test_a_file_that_has_changed_is_read_again(session, chain, scan, stack):
    session.preview(chain, index=0)
    with h5py.File(scan, "w") as file:
        file["tomo"] = stack[:, ::-1]
    name = shown(session.preview(chain, index=0))["load"]
    np.testing.assert_array_equal(session[name][...], stack[:, -1])


def test_an_object_that_has_changed_is_taken_anew(session, chain, stack):
    chain["steps"] = chain["steps"][1:]
    session["x"] = stack
    session.preview(chain, index=2)
    session["x"] = stack + 1
    name = shown(session.preview(chain, index=2))["scale"]
    np.testing.assert_array_equal(session[name][...], (stack[:, 2] + 1) * np.float32(2))


def test_a_step_that_does_nothing_gives_what_it_was_given(session, chain):
    chain["algorithms"]["mask"] = {"class": "CircularMask", "init_paras": {"ratio": 0}}
    chain["algorithms"]["volume"] = {"class": "ToyVolume"}
    chain["steps"][4] = {
        "algorithm": "volume",
        "params": {"input_dataobj": "p", "output_dataobj": "z"},
    }
    chain["steps"].insert(
        5, {"algorithm": "mask", "params": {"input_dataobj": "z", "output_dataobj": "z"}}
    )
    idle = session.preview(chain)["steps"][5]
    assert idle["before"] == idle["after"] is not None
    active = session.preview(chain, overrides={"mask.ratio": 0.5})["steps"][5]
    assert active["before"] != active["after"]


def test_a_step_that_would_take_in_the_whole_scan_is_left_out_and_says_so(
    session, chain, monkeypatch, stack
):
    chain["algorithms"]["phase"] = {"class": "ToyPhase"}
    chain["steps"].insert(
        2, {"algorithm": "phase", "params": {"input_dataobj": "y", "output_dataobj": "y"}}
    )
    complete = session.preview(chain, index=1)
    assert list(shown(complete)) == ["load", "scale", "phase", "smooth", "pairs", "slices"]
    monkeypatch.setattr(slice_preview, "_WHOLE_BYTES", stack.nbytes)
    chain["algorithms"]["scale"]["init_paras"]["factor"] = 7
    told = {step["step"]: step for step in session.preview(chain, index=1)["steps"]}
    assert "more than the" in told["phase"]["note"]
    assert told["phase"]["after"] is None
    assert "follows a step" in told["slices"]["note"]
    assert told["load"]["after"] is not None


def test_what_is_kept_has_a_limit(session, service, chain, monkeypatch):
    monkeypatch.setattr(slice_preview, "_KEPT_BYTES", 1)
    session.preview(chain, index=0)
    for index in (4, 8):
        preview = session.preview(chain, index=index)
        assert computed(preview) == ["scale", "smooth", "pairs", "slices"]
    assert len([name for name in session.objects if name.startswith("preview/")]) == 5


def test_another_workflow_takes_the_names_of_the_first_away(session, chain):
    session.preview(chain)
    del chain["steps"][3]
    chain["steps"][3]["params"]["input_dataobj"] = "y"
    session.preview(chain)
    names = {name for name in session.objects if name.startswith("preview/")}
    assert names == {f"preview/{step}" for step in ("load", "scale", "smooth", "slices")}


def test_the_newest_preview_wins(session, chain, toys):
    chain["algorithms"]["slow"] = {"class": "ToySlow", "init_paras": {"hang": True}}
    chain["steps"].insert(
        2, {"algorithm": "slow", "params": {"input_dataobj": "y", "output_dataobj": "y"}}
    )
    outcome = []

    def ask():
        try:
            session.preview(chain)
        except DaisyError as error:
            outcome.append(type(error))

    older = threading.Thread(target=ask)
    older.start()
    assert toys.ToySlow.started.wait(20)
    newer = threading.Thread(target=lambda: outcome.append(session.preview(chain)["index"]))
    newer.start()
    newer.join(0.5)
    toys.ToySlow.release.set()
    older.join(20)
    newer.join(20)
    assert outcome == [Cancelled, 4]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"index": 9}, "There is no slice 9: there are 9"),
        ({"factor": "wide"}, "cannot be 'wide'"),
        ({"overrides": {"slices.width": 3}}, "width"),
    ],
)
def test_what_cannot_be_previewed_says_why(session, chain, change, said):
    with pytest.raises(DaisyError, match=said):
        session.preview(chain, **change)


def test_a_workflow_without_slices_has_no_preview(session, chain):
    chain["steps"] = chain["steps"][:1]
    with pytest.raises(DaisyError, match="nothing that can be cut into slices"):
        session.preview(chain)


def test_a_file_out_of_reach_stays_out_of_reach(session, chain, tmp_path):
    with only_within((tmp_path / "elsewhere",)), pytest.raises(OutOfReach):
        session.preview(chain)


def exported(session, **arguments):
    return session.transport.call("workflow.export", arguments)[0]


def test_an_exported_document_has_the_values_as_its_defaults(session, chain, tmp_path):
    path = tmp_path / "mine.daisy.json"
    told = exported(
        session, workflow=chain, inputs={"factor": 3.5}, path=str(path), remarks=["Seen."]
    )
    assert told == {"text": path.read_text(), "path": str(path)}
    session.run(path).wait(30)
    assert '"default": 3.5' in told["text"]
    assert '"help": "Seen."' in told["text"]
    with pytest.raises(DaisyError, match=r"mine\.daisy\.json"):
        exported(session, workflow=chain, path=str(path))
    exported(session, workflow=chain, path=str(path), overwrite=True)
    assert '"default": 3.5' not in path.read_text()


def test_an_exported_script_is_python_without_a_sweep(session, chain):
    text = exported(session, workflow=chain, inputs={"factor": 3.5}, form="script")["text"]
    compile(text, "exported", "exec")
    assert "FACTOR = 3.5\n" in text
    assert '"init_paras": {"factor": FACTOR},' in text
    chain["sweep"] = {"parameters": {"factor": [1, 2]}}
    with pytest.raises(DaisyError, match="sweep"):
        exported(session, workflow=chain, form="script")


def test_an_export_stays_within_the_allowed_folders(session, chain, scan, tmp_path):
    with only_within((scan.parent / "elsewhere",)), pytest.raises(OutOfReach):
        exported(session, workflow="tomography", inputs={"scan": "a", "output": "b"}, path="/x.py")


def test_an_unknown_form_is_refused(session, chain):
    with pytest.raises(InvalidParameter, match="form"):
        exported(session, workflow=chain, form="poem")
