"""What comes after the reconstruction, from the command line: mask, bits, TIFF, OME-Zarr."""

import json

import h5py
import numpy as np
import pytest
import tifffile
import zarr

from daisy_kernel.numba_kernels import circular_mask, convert_range

WORDS = ("--center", 24.3, "--json")


def hdf5(path):
    with h5py.File(path) as file:
        return file["entry/data/data"][()]


def images(folder):
    return np.stack([tifffile.imread(path) for path in sorted(folder.glob("*.tif"))])


@pytest.fixture
def reconstruct(daisy, scan):
    """Run `tomography` with further words; what it said."""

    def run(*words):
        said = daisy("run", "tomography", "--scan", scan, "--output", "reco.h5", *WORDS, *words)
        assert said.code == 0, said.err
        return said.json

    return run


@pytest.fixture
def values(daisy, scan, tmp_path):
    """The float volume of a run without any of it."""
    said = daisy("run", "tomography", "--scan", scan, "--output", "values.h5", *WORDS)
    assert said.code == 0, said.err
    assert said.json["parameters"]["range_low"] is None  # not given, not needed, not found
    return hdf5(tmp_path / "values.h5")


def test_one_run_writes_hdf5_tiff_and_zarr_with_the_same_codes(reconstruct, values, tmp_path):
    answer = reconstruct("--tiff", "T", "--zarr", "Z.zarr", "--bits", 8, "--mask", 0.9)
    assert answer["outputs"] == [str(tmp_path / name) for name in ("reco.h5", "T", "Z.zarr")]
    low, high = (answer["parameters"][name] for name in ("range_low", "range_high"))
    masked = circular_mask(values, ratio=0.9)
    y, x = np.indices((48, 48)) - 23.5
    seen = masked[[0, 1, 3, 4, 5]][:, np.hypot(y, x) <= 0.45 * 48]
    np.testing.assert_allclose([low, high], np.percentile(seen, [0.1, 99.9]), rtol=1e-6)
    codes, _ = convert_range(masked, low=low, high=high, bits=8)
    for found in (
        hdf5(tmp_path / "reco.h5"),
        images(tmp_path / "T"),
        zarr.open_group(tmp_path / "Z.zarr", mode="r")["0"][...],
    ):
        assert found.dtype == np.uint8
        np.testing.assert_array_equal(found, codes)
    kept = json.loads((tmp_path / "T" / "daisy.json").read_text())
    assert (kept["parameters"]["range_low"], kept["parameters"]["range_high"]) == (low, high)
    assert kept["inputs"]["bits"] == 8
    with h5py.File(tmp_path / "reco.h5") as file:
        assert "units" not in file["entry/data/data"].attrs


def test_a_stated_range_gives_the_values_back(reconstruct, values, tmp_path):
    low, high = float(values.min()), float(values.max())
    reconstruct("--bits", 16, "--range-low", repr(low), "--range-high", repr(high))
    step = (high - low) / 65535
    back = low + hdf5(tmp_path / "reco.h5") * step
    assert np.abs(back - values).max() <= step / 2 * 1.0001


def test_without_conversion_every_output_holds_the_values_themselves(reconstruct, values, tmp_path):
    reconstruct("--tiff", "T", "--zarr", "Z.zarr")
    np.testing.assert_array_equal(hdf5(tmp_path / "reco.h5"), values)
    np.testing.assert_array_equal(images(tmp_path / "T"), values)
    group = zarr.open_group(tmp_path / "Z.zarr", mode="r")
    np.testing.assert_array_equal(group["0"][...], values)


def test_one_thread_and_other_outputs_give_the_same_bits(reconstruct, tmp_path):
    words = ("--mask", 0.8, "--bits", 8)
    reconstruct(*words)
    whole = hdf5(tmp_path / "reco.h5")
    reconstruct(*words, "--tiff", "T", "--zarr", "Z", "--overwrite", "--threads", 1)
    np.testing.assert_array_equal(hdf5(tmp_path / "reco.h5"), whole)
    np.testing.assert_array_equal(images(tmp_path / "T"), whole)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--bits", 7), "choose one of 32, 16, 8"),
        (("--bits", 8, "--range-low", 1, "--range-high", 1), "the second one larger"),
        (("--bits", 8, "--range-low", 2, "--range-high", 1), "the range is 2 to 1"),
        (("--bits", 8, "--range-low", 1e9), "the second one larger"),
        (("--mask", -0.5), "'ratio' cannot be -0.5"),
        (("--mask", 3), "'ratio' cannot be 3"),
        (("--tiff", "there"), "there is already there"),
        (("--zarr", "there"), "there is already there"),
        (("--tiff", "there", "--overwrite"), "did not write"),
        (("--tiff", "none/T"), "none of the output T does not exist"),
        (("--tiff", "same", "--zarr", "same"), "where another step saves"),
        (("--tiff", "reco.h5"), "where another step saves"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_left(daisy, scan, tmp_path, words, why):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "notes.txt").touch()
    before = sorted(p.name for p in tmp_path.iterdir())
    said = daisy("run", "tomography", "--scan", scan, "--output", "reco.h5", *WORDS, *words)
    assert said.code == 1
    assert why in said.err
    lines = [line for line in said.err.splitlines() if line.startswith("daisy: ")]
    assert len([line for line in lines if "warning" not in line]) == 1
    assert {p.name for p in tmp_path.iterdir()} - {*before, "runs"} == set()
    assert [p.name for p in (tmp_path / "there").iterdir()] == ["notes.txt"]


def test_all_outputs_are_overwritten_together(reconstruct, tmp_path):
    words = ("--tiff", "T", "--zarr", "Z.zarr")
    reconstruct(*words)
    reconstruct(*words, "--bits", 8, "--overwrite")
    assert images(tmp_path / "T").dtype == np.uint8
    assert zarr.open_group(tmp_path / "Z.zarr", mode="r")["0"].dtype == np.uint8
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", ["T", "Z.zarr"])
def test_a_folder_is_made_again_from_what_it_says_of_itself(reconstruct, daisy, tmp_path, name):
    reconstruct("--tiff", "T", "--zarr", "Z.zarr", "--bits", 16, "--mask", 1)
    said = daisy("rerun", name, "--json")
    assert said.code == 0, said.err
    assert said.json["identical"] is True
    assert said.json["datasets"][0]["elements"] == 6 * 48 * 48
    file = next(p for p in (tmp_path / name).rglob("*") if p.suffix == ".tif" or p.name == "0")
    file = tmp_path / name / "0/c/0/0/0" if name == "Z.zarr" else file
    content = bytearray(file.read_bytes())
    content[-7] ^= 255
    file.write_bytes(content)
    said = daisy("rerun", name, "--output", "again", "--json")
    assert said.code == 1
    assert said.json["datasets"][0]["different"] == 1


@pytest.mark.parametrize(
    ("name", "definition", "dataset"),
    [("T", "TIFF images", "images"), ("Z.zarr", "OME-Zarr with 1 levels", "0")],
)
def test_info_says_how_a_folder_was_made(reconstruct, daisy, name, definition, dataset):
    answer = reconstruct("--tiff", "T", "--zarr", "Z.zarr", "--bits", 8)
    said = daisy("info", name, "--json").json
    assert said["format"] == "Daisy result"
    assert said["definition"] == definition
    assert said["datasets"][0]["path"] == dataset
    assert said["datasets"][0]["shape"] == [6, 48, 48]
    assert said["made"]["run"] == answer["run"]


@pytest.mark.parametrize(
    ("workflow", "further"),
    [
        ("tomography-attenuation", ()),
        ("tomography-360", ()),
        ("tomography-phase", ("--delta-beta", 100, "--distance", 0.1, "--energy", 20,
                              "--pixel-size", 1e-6)),
    ],
)  # fmt: skip
def test_the_other_workflows_take_the_same_options(daisy, scan, workflow, further):
    words = ("--scan", scan, "--output", "r.h5", "--bits", 8, "--mask", 0.9, "--tiff", "T",
             "--zarr", "Z", "--range-low", 0, "--range-high", 1)  # fmt: skip
    said = daisy("check", workflow, *words, *further, "--json")
    assert said.code == 0, said.err
    assert [o["dtype"] for o in said.json["outputs"]] == ["uint8"] * 3
    assert said.json["items"][-1]["steps"][-3:] == ["reconstruct", "mask", "convert"]


def test_a_workflow_with_phase_finds_the_range_too(daisy, scan, tmp_path):
    said = daisy("run", "tomography-phase", "--scan", scan, "--output", "r.h5", "--delta-beta", 10,
                 "--distance", 0.01, "--energy", 20, "--pixel-size", 1e-6, "--bits", 8, "--tiff",
                 "T", *WORDS)  # fmt: skip
    assert said.code == 0, said.err
    assert said.json["parameters"]["range_low"] < said.json["parameters"]["range_high"]
    np.testing.assert_array_equal(images(tmp_path / "T"), hdf5(tmp_path / "r.h5"))
