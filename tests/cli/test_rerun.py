import json
import os
import shutil

import h5py
import numpy as np
import pytest

import daisy_kernel
from daisy_kernel.cli.comparison import compare
from daisy_kernel.cli.start import open_session


@pytest.fixture
def result(daisy, document, stack, tmp_path):
    """What the little workflow gave."""
    said = daisy("run", document(), "--source", stack, "--output", "result.h5")
    assert said.code == 0, said.err
    return tmp_path / "result.h5"


def test_a_result_made_again_is_bit_identical(daisy, result, tmp_path):
    said = daisy("rerun", result, "--json")
    assert said.code == 0, said.err
    assert said.json["identical"] is True
    assert said.json["output"] == str(tmp_path / "result_rerun.h5")
    assert said.json["datasets"][0]["elements"] == 40 * 3 * 4
    again = daisy("rerun", result, "--output", "other.h5")
    assert "/result: bit-identical, all 480 elements" in again.out


def test_a_reconstruction_with_a_searched_centre_is_made_again(daisy, scan):
    first = daisy("run", "tomography", "--scan", scan, "--output", "reco.h5", "--json").json
    again = daisy("rerun", "reco.h5", "--json")
    assert again.code == 0, again.err
    assert again.json["identical"] is True
    assert again.json["parameters"]["center"] == first["parameters"]["center"]


def test_overrides_are_part_of_what_is_made_again(daisy, document, stack):
    words = ("run", document(), "--source", stack, "--output", "result.h5")
    assert daisy(*words, "--set", "work.floor=0.5").code == 0
    assert daisy("rerun", "result.h5").code == 0


def test_numbers_that_differ_are_counted_and_the_code_is_1(daisy, result):
    with h5py.File(result, "r+") as file:
        file["result"][7, 1, 2] += 0.5
        file["result"][0, 0, 0] = np.nan
    said = daisy("rerun", result, "--json")
    assert said.code == 1
    assert said.json["identical"] is False
    assert said.json["datasets"][0]["different"] == 2
    assert said.json["datasets"][0]["largest_difference"] == pytest.approx(0.5, rel=1e-5)
    assert "differs from result.h5: /result" in said.err


def test_a_source_that_changed_is_named_before_anything_runs(daisy, result, stack, tmp_path):
    os.utime(stack)
    said = daisy("rerun", result)
    assert said.code == 1
    assert str(stack) in said.err
    assert not (tmp_path / "result_rerun.h5").exists()
    stack.unlink()
    assert "is gone" in daisy("rerun", result).err


def test_other_versions_are_warned_of(daisy, result):
    with h5py.File(result, "r+") as file:
        place = next(p for p in _texts(file) if p.endswith("/versions"))
        versions = json.loads(file[place][()])
        versions["numpy"] = "0.0.1"
        text = json.dumps(versions).encode()
        del file[place]
        file.create_dataset(place, data=np.array(text, h5py.string_dtype("utf-8", len(text))))
    said = daisy("rerun", result)
    assert said.code == 0
    assert f"numpy was 0.0.1, is {np.__version__}" in said.err


def test_a_moved_result_is_made_again_beside_itself(daisy, result, tmp_path):
    (tmp_path / "archive").mkdir()
    moved = tmp_path / "archive" / "renamed.h5"
    result.rename(moved)
    said = daisy("rerun", moved, "--json")
    assert said.code == 0, said.err
    assert said.json["output"] == str(moved.with_name("renamed_rerun.h5"))
    assert not result.exists()


def test_the_result_itself_is_never_overwritten(daisy, result):
    before = result.read_bytes()
    assert daisy("rerun", result, "--output", result, "--overwrite").code == 1
    shutil.copy(result, "result_rerun.h5")
    assert daisy("rerun", result).code == 1
    assert daisy("rerun", result, "--overwrite").code == 0
    assert result.read_bytes() == before


def test_the_result_of_a_script_is_made_again_from_its_recorded_constants(daisy, stack, tmp_path):
    class Script(daisy_kernel.PyWorkflow):
        def execute(self):
            self.engine["load"].execute(input_path="/stack", output_dataobj="stack")
            self.engine["work"].execute(input_dataobj="stack", output_dataobj="result")
            self.engine["save"].execute(input_dataobj="result", output_path="/result")

    script = Script("script")
    environment = {
        "load": {"class_name": "LoadHDF5", "init_paras": {"inputfile_name": str(stack)}},
        "work": {"class_name": "MinusLog", "init_paras": {}},
        "save": {"class_name": "SaveHDF5", "init_paras": {"outputfile_name": "script.h5"}},
    }
    script.initialize(workflow_environment=environment)
    script.execute()
    script.finalize()
    said = daisy("rerun", "script.h5", "--json")
    assert said.code == 0, said.err
    assert said.json["identical"] is True
    assert said.json["output"] == str(tmp_path / "script_rerun.h5")


def test_a_source_given_from_another_folder_is_found_again(
    daisy, document, stack, tmp_path, monkeypatch
):
    session = open_session()
    run = session.run(str(document()), source="stack.h5", output="result.h5")
    run.wait(60)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with h5py.File("stack.h5", "w") as other:  # same name, other content
        other["stack"] = np.ones((40, 3, 4), np.float32)
    said = daisy("rerun", tmp_path / "result.h5")
    assert said.code == 0, said.err


def test_a_file_that_no_run_made_is_refused(daisy, stack):
    said = daisy("rerun", stack)
    assert said.code == 1
    assert str(stack) in said.err


def test_datasets_of_other_shape_or_type_are_not_compared_by_value(tmp_path):
    for name, value in (("a", np.zeros(4)), ("b", np.zeros(5)), ("c", np.zeros(5, "f4"))):
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            file["d"] = value
    a, b, c = (tmp_path / f"{name}.h5" for name in "abc")
    assert not compare(a, b, "/d").identical
    assert not compare(b, c, "/d").identical
    assert compare(b, b, "/d").identical


def test_minus_zero_and_another_nan_are_differences(tmp_path):
    other_nan = np.array([0x7FC00001], np.uint32).view(np.float32)[0]
    for name, values in (("a", [0.0, np.nan, 1]), ("b", [-0.0, other_nan, 1])):
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            file["d"] = np.array(values, np.float32)
    found = compare(tmp_path / "a.h5", tmp_path / "b.h5", "/d")
    assert (found.different, found.elements) == (2, 3)


def _texts(file):
    found = []
    file.visit(found.append)
    return found
