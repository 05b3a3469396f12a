"""What only OME-Zarr promises: levels and metadata."""

import json
import sys

import numpy as np
import pytest
import zarr

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.errors import FileProblem, MissingLibrary
from daisy_kernel.formats import ZarrArray, ZarrTarget, read_provenance
from daisy_kernel.formats.zarr_levels import chunk_shape, halved, levels_of

AXES = ("slice", "y", "x")


def make(path, volume, axes=AXES, **options):
    target = ZarrTarget(path, path.with_name(f".{path.name}.part"), **options)
    try:
        target.allocate({"0": Spec(volume.shape, volume.dtype, axes)})
        target.write("0", (0, 0, 0), volume)
        return target.commit({"process": {"document": {"daisy": 1}, "parameters": {"low": 0.5}}})
    finally:
        target.discard()


def mean_of_blocks(volume, factors):
    """The level with these factors in plain NumPy: means of the voxels that are there."""
    shape = [-(-n // f) for n, f in zip(volume.shape, factors, strict=True)]
    means = np.empty(shape)
    for index in np.ndindex(*shape):
        place = tuple(slice(i * f, (i + 1) * f) for i, f in zip(index, factors, strict=True))
        means[index] = volume[place].mean(dtype=np.float64)
    return means


@pytest.mark.parametrize("shape", [(6, 5, 8), (7, 5, 9), (1, 4, 3), (1, 1, 1)])
def test_a_level_holds_the_means_of_two_by_two_by_two_voxels(shape):
    volume = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    expected = mean_of_blocks(volume, (2, 2, 2))
    np.testing.assert_allclose(halved(volume), expected, atol=3e-7)
    assert halved(volume).dtype == np.float32


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "f8"])
def test_means_of_whole_numbers_are_rounded_to_the_nearest_and_ties_go_up(dtype):
    volume = np.random.default_rng(1).integers(0, 256, (7, 6, 5)).astype(dtype)
    expected = mean_of_blocks(volume, (2, 2, 2))
    if dtype != "f8":
        expected = np.floor(expected + 0.5)
    np.testing.assert_array_equal(halved(volume), expected)
    largest = np.full((2, 2, 2), np.iinfo("u2").max, "u2")
    assert halved(largest) == largest[0, 0, 0]


def test_a_value_that_is_no_number_spoils_the_voxel_that_it_is_in_only():
    volume = np.ones((4, 4, 4), np.float32)
    volume[1, 2, 3] = np.nan
    found = halved(volume)
    assert np.isnan(found[0, 1, 1])
    assert np.isnan(found).sum() == 1


def test_levels_end_where_the_longest_edge_fits_and_never_halve_a_single_voxel():
    levels = levels_of((5, 1000, 129))
    assert [level.shape for level in levels] == [
        (5, 1000, 129), (3, 500, 65), (2, 250, 33), (1, 125, 17)
    ]  # fmt: skip
    assert levels[-1].factors == (8, 8, 8)
    assert levels_of((1, 300, 20))[-1].factors == (1, 4, 4)
    assert len(levels_of((128, 128, 128))) == 1


def test_chunks_are_even_so_that_the_last_ones_waste_little():
    assert chunk_shape((6, 130, 2160)) == (6, 65, 128)
    assert chunk_shape((128, 129, 256)) == (128, 65, 128)


@pytest.mark.parametrize("dtype", ["f4", "u1", "u2"])
def test_every_level_is_right_everywhere(tmp_path, dtype):
    rng = np.random.default_rng(2)
    volume = (rng.random((37, 270, 150)) * 250).astype(dtype)
    make(tmp_path / "v.zarr", volume)
    group = zarr.open_group(tmp_path / "v.zarr", mode="r")
    assert sorted(dict(group.members())) == ["0", "1", "2"]
    previous = volume
    for name in ("0", "1", "2"):
        level = group[name][...]
        expected = previous if name == "0" else halved(previous)
        np.testing.assert_array_equal(level, expected)
        assert level.dtype == dtype
        previous = level
    assert group["2"].shape == (10, 68, 38)
    if dtype == "f4":
        np.testing.assert_allclose(group["1"][...], mean_of_blocks(volume, (2, 2, 2)), rtol=1e-6)


def test_a_point_lies_at_the_same_place_in_every_level(tmp_path):
    volume = np.zeros((8, 260, 300), np.float32)
    volume[4:8, 100:104, 40:44] = 1
    make(tmp_path / "v.zarr", volume, voxel_size_m=0.5e-6)
    group = zarr.open_group(tmp_path / "v.zarr", mode="r")
    scales = group.attrs["ome"]["multiscales"][0]
    middles = []
    for dataset in scales["datasets"]:
        weights = group[dataset["path"]][...]
        scale, translation = dataset["coordinateTransformations"]
        indices = [np.average(i, weights=weights) for i in np.indices(weights.shape)]
        middles.append(np.array(scale["scale"]) * indices + translation["translation"])
    for middle in middles:  # micrometres
        np.testing.assert_allclose(middle, [0.5 * 5.5, 0.5 * 101.5, 0.5 * 41.5], rtol=1e-6)
    assert len(middles) == 3


def test_the_metadata_follow_the_specification(tmp_path):
    make(tmp_path / "v.zarr", np.zeros((3, 4, 5), "u1"), voxel_size_m=2e-6, title="Foam")
    content = json.loads((tmp_path / "v.zarr" / "zarr.json").read_text())
    assert (content["zarr_format"], content["node_type"]) == (3, "group")
    ome = content["attributes"]["ome"]
    assert ome["version"] == "0.5"
    (scales,) = ome["multiscales"]
    assert scales["name"] == "Foam"
    assert scales["axes"] == [
        {"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"
    ]
    assert scales["datasets"] == [
        {"path": "0", "coordinateTransformations": [
            {"type": "scale", "scale": [2.0, 2.0, 2.0]},
            {"type": "translation", "translation": [0.0, 0.0, 0.0]}]}
    ]  # fmt: skip
    array = json.loads((tmp_path / "v.zarr" / "0" / "zarr.json").read_text())
    assert array["dimension_names"] == ["z", "y", "x"]
    assert read_provenance(tmp_path / "v.zarr")["parameters"] == {"low": 0.5}


def test_a_voxel_of_unknown_size_has_no_unit_and_axes_may_come_in_another_order(tmp_path):
    make(tmp_path / "v.zarr", np.zeros((3, 4, 5), "u1"), axes=("y", "slice", "x"))
    (scales,) = zarr.open_group(tmp_path / "v.zarr", mode="r").attrs["ome"]["multiscales"]
    assert scales["axes"] == [{"name": name, "type": "space"} for name in "yzx"]
    with pytest.raises(FileProblem, match="has the axes angle, y, x"):
        make(tmp_path / "w.zarr", np.zeros((3, 4, 5), "u1"), axes=("angle", "row", "col"))
    assert [p.name for p in tmp_path.iterdir()] == ["v.zarr"]


def test_the_reference_reads_any_part_and_says_when_it_is_gone(tmp_path):
    volume = np.random.default_rng(2).random((20, 600, 30)).astype(np.float32)
    reference = make(tmp_path / "v.zarr", volume)["0"]
    part = (slice(3, 11), slice(60, 539), slice(0, 30))
    np.testing.assert_array_equal(reference.read(part), volume[part])
    assert reference.dear_axes() == (0, 2)
    assert reference.identity()["file"] == str(tmp_path / "v.zarr")
    (tmp_path / "v.zarr").rename(tmp_path / "w.zarr")
    for read in (lambda: reference.read(part), reference.identity):
        with pytest.raises(FileProblem, match="cannot be read"):
            read()
    with pytest.raises(FileProblem, match="cannot be read"):
        ZarrArray(tmp_path / "w.zarr", "7")


def test_a_result_with_further_arrays_in_it_is_not_replaced(tmp_path):
    make(tmp_path / "v.zarr", np.zeros((3, 4, 5), "u1"))
    make(tmp_path / "v.zarr", np.ones((3, 4, 5), "u1"), overwrite=True)
    zarr.open_group(tmp_path / "v.zarr").create_group("labels")
    with pytest.raises(FileProblem, match="labels"):
        make(tmp_path / "v.zarr", np.zeros((3, 4, 5), "u1"), overwrite=True)
    assert zarr.open_group(tmp_path / "v.zarr", mode="r")["0"][...].all()


def test_a_zarr_folder_of_somebody_else_is_not_replaced(tmp_path):
    zarr.create_group(tmp_path / "v.zarr").create_array("0", shape=(2,), dtype="u1")
    with pytest.raises(FileProblem, match="did not write"):
        make(tmp_path / "v.zarr", np.zeros((3, 4, 5), "u1"), overwrite=True)


def test_without_the_library_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(MissingLibrary, match=r"daisy-xray\[zarr\]"):
        ZarrTarget(tmp_path / "v.zarr", tmp_path / ".v.part")
    assert list(tmp_path.iterdir()) == []
