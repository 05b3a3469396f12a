import json

import h5py
import numpy as np
import pytest

from daisy_kernel.cli.start import open_session


def test_a_scan_is_reconstructed_and_the_last_line_says_what_came_out(daisy, scan, simulated):
    said = daisy("run", "tomography", "--scan", scan, "--output", "reco.h5", "--stripes", 3,
                 "--json")  # fmt: skip
    assert said.code == 0, said.err
    answer = said.json
    assert set(answer) == {"run", "state", "output", "parameters", "seconds"}
    assert answer["state"] == "done"
    assert abs(answer["parameters"]["center"] - simulated.centre) < 1
    assert answer["parameters"]["filter"] == "shepp"
    assert answer["seconds"] > 0
    with h5py.File(answer["output"]) as file:
        volume = file["entry/data/data"][()]
    truth = simulated.truth()
    assert volume.shape == truth.shape == (6, 48, 48)
    assert np.corrcoef(volume.ravel(), truth.ravel())[0, 1] > 0.8


def test_command_line_and_session_give_the_same_bits(daisy, scan):
    given = {"center": 24.3, "filter": "hann"}
    words = [f"--{name}={value}" for name, value in given.items()]
    assert daisy("run", "tomography", "--scan", scan, "--output", "a.h5", *words).code == 0
    session = open_session()
    session.run("tomography", scan=scan, output="b.h5", **given).wait(60)
    with h5py.File("a.h5") as a, h5py.File("b.h5") as b:
        np.testing.assert_array_equal(a["entry/data/data"][()], b["entry/data/data"][()])


def test_without_json_it_prints_the_output_the_found_values_and_the_time(daisy, scan):
    said = daisy("run", "tomography", "--scan", scan, "--output", "reco.h5")
    assert said.code == 0
    assert "center = " in said.out
    assert "pixel" in said.out
    assert "\nreco.h5\n" in said.out
    assert "done in " in said.out


def test_progress_in_a_log_is_a_few_lines_per_stage(daisy, document, stack):
    said = daisy("run", document(), "--source", stack, "--output", "o.h5", "--memory", "2kB")
    assert said.code == 0, said.err
    assert said.err.splitlines()[0] == "[1/1] work"
    assert said.err.splitlines()[1].startswith("[1/1] work: done in ")
    assert len(said.err.splitlines()) == 2


def test_warnings_of_the_run_are_shown(daisy, simulated, tmp_path):
    with h5py.File("scan.h5", "w") as file:  # no darks, so that the reader has to assume some
        file["exchange/data"] = simulated.projections()
        file["exchange/data_white"] = simulated.flats()
        file["exchange/theta"] = simulated.angles_deg
    said = daisy("run", "tomography", "--scan", "scan.h5", "--output", "o.h5", "--center", 24.3)
    assert said.code == 0
    assert "daisy: warning: " in said.err
    assert "dark" in said.err


def test_an_output_that_is_there_is_kept_unless_overwritten(daisy, document, stack, tmp_path):
    kept = tmp_path / "o.h5"
    kept.write_text("mine")
    words = ("run", document(), "--source", stack, "--output", "o.h5")
    said = daisy(*words)
    assert said.code == 1
    assert str(kept) in said.err
    assert "--overwrite" in said.err
    assert kept.read_text() == "mine"
    assert daisy(*words, "--overwrite").code == 0
    assert h5py.is_hdf5(kept)


def test_set_reaches_parameters_that_are_no_inputs(daisy, document, stack):
    words = ("run", document(), "--source", stack, "--output", "o.h5", "--json")
    said = daisy(*words, "--set", "work.floor=0.5")
    assert said.json["parameters"]["work.floor"] == "0.5"
    with h5py.File("o.h5") as file, h5py.File(stack) as source:
        expected = -np.log(np.maximum(source["stack"][()], 0.5))
        np.testing.assert_allclose(file["result"][()], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--center", "abc"), "Input 'center' [pixel] of workflow 'tomography' cannot be 'abc'"),
        (("--center", "4000"), "outside of the detector"),
        (("--algorithm", "magic"), "choose one of fourier, fbp"),
        (("--set", "stripes.sise=3"), "Did you mean 'size'"),
        (("--set", "strips.size=3"), "Did you mean 'stripes'"),
        (("--memory", "much"), "'much' is not a size"),
        (("--engine", "spork"), "No workflow engine is called 'spork'"),
        (("--flats", "none.h5"), "none.h5"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_left(daisy, scan, tmp_path, words, why):
    (tmp_path / "out").mkdir()
    said = daisy("run", "tomography", "--scan", scan, "--output", "out/o.h5", *words)
    assert said.code == 1
    assert why in said.err
    complaints = [line for line in said.err.splitlines() if line.startswith("daisy: ")]
    assert len(complaints) == 1
    assert not list((tmp_path / "out").iterdir())


def test_a_failed_run_says_so_in_json_too(daisy, scan):
    said = daisy("run", "tomography", "--scan", scan, "--output", "o.h5", "--center", "4000",
                 "--json")  # fmt: skip
    assert said.code == 1
    assert said.json["state"] == "failed"
    assert said.json["output"] is None
    assert "outside of the detector" in said.json["error"]


def test_paths_are_recorded_from_the_root_so_that_any_folder_can_repeat_the_run(
    daisy, document, stack, tmp_path
):
    said = daisy("run", document(), "--source", stack.name, "--output", "o.h5", "--json")
    assert said.json["parameters"]["source"] == str(stack)
    assert said.json["output"] == str(tmp_path / "o.h5")


def test_inputs_called_like_options_reach_the_workflow(daisy, document, stack):
    path = document(
        extra={"memory": {"type": "number", "default": 1e-6}, "engine": {"type": "string"}},
        floor={"input": "memory"},
    )
    said = daisy("run", path, "--source", stack, "--output", "o.h5", "--memory", "1MB",
                 "--input-memory", "0.9", "--input-engine", "any", "--json")  # fmt: skip
    assert said.code == 0, said.err
    assert said.json["parameters"]["memory"] == 0.9
    with h5py.File("o.h5") as file:
        assert file["result"][()].max() == pytest.approx(-np.log(0.9), rel=1e-5)


def test_a_workflow_that_saves_nothing_says_so(daisy, document, stack):
    path = document()
    content = json.loads(path.read_text())
    content["steps"].pop()
    content["outputs"] = ["result"]
    path.write_text(json.dumps(content))
    said = daisy("run", path, "--source", stack, "--output", "o.h5")
    assert said.code == 0
    assert "Nothing was saved" in said.out


def test_only_with_debug_an_error_inside_a_run_shows_where_it_happened(daisy, scan):
    words = ["run", "tomography", "--scan", scan, "--output", "reco.h5", "--center", 999]
    plain, debugged = daisy(*words), daisy(*words, "--debug")
    assert plain.code == debugged.code == 1
    assert "Traceback" not in plain.err
    assert "Traceback" in debugged.err
    assert "find_center.py" in debugged.err
