"""Algorithms that work on volumes and save them, driven as a script drives them."""

import sys

import h5py
import numpy as np
import pytest
import tifffile
import zarr

from daisy_kernel import Ref
from daisy_kernel.contracts.run import RunOptions, RunRequest
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.inprocess import InProcessEngine
from daisy_kernel.errors import (
    AxesClash,
    DiskFull,
    FileProblem,
    InvalidParameter,
    MissingLibrary,
    OutputExists,
    StepFailed,
)
from daisy_kernel.numba_kernels import circular_mask, convert_range

VOLUME = np.random.default_rng(1).normal(1, 1, (12, 20, 24)).astype(np.float32)


@pytest.fixture
def events():
    return []


@pytest.fixture
def engine(events):
    store = DataStore()
    store.put("v", VOLUME)
    return InProcessEngine(store, RunOptions(100_000_000, 2), observers=[events.append])


def run(engine, script, outputs=()):
    return engine.run(RunRequest("test", outputs=outputs), script)


def saving(class_name, path):
    return {"save": {"class_name": class_name, "init_paras": {"outputfile_name": path}}}


def find_range(engine, name="v", **params):
    engine["FindRange"].execute(input_dataobj=name, low_dataobj="lo", high_dataobj="hi", **params)
    return float(engine.data["lo"]), float(engine.data["hi"])


def test_a_mask_and_a_conversion_are_those_of_the_kernels(engine):
    engine["CircularMask"].execute(input_dataobj="v", output_dataobj="m", ratio=0.9, value=-3)
    engine["ConvertRange"].execute(input_dataobj="m", output_dataobj="c", low=-1, high=2)
    masked = circular_mask(VOLUME, ratio=0.9, value=-3)
    np.testing.assert_array_equal(engine.data["m"], masked)
    codes, _ = convert_range(masked, low=-1, high=2, bits=8)
    np.testing.assert_array_equal(engine.data["c"], codes)


def test_a_range_from_some_slices_is_that_of_plain_numpy(engine):
    chosen = VOLUME[[1, 4, 7, 10]]
    low, high = find_range(engine, slices=4, ratio=0, low_percentile=5, high_percentile=80)
    np.testing.assert_allclose([low, high], np.percentile(chosen, [5, 80]), rtol=1e-6)
    y, x = np.indices((20, 24))
    inside = np.hypot(y - 9.5, x - 11.5) <= 0.7 * 12
    low, high = find_range(engine, slices=4, ratio=0.7, low_percentile=0, high_percentile=100)
    assert low == chosen[:, inside].min()
    assert high == chosen[:, inside].max()


def test_values_that_are_no_numbers_do_not_count_for_the_range(engine):
    spoilt = VOLUME.copy()
    spoilt[:, ::3], spoilt[:, 1, 1], spoilt[:, 4, 4] = np.nan, np.inf, -np.inf
    engine.data["s"] = spoilt
    found = find_range(engine, "s", slices=12, ratio=0, low_percentile=0, high_percentile=100)
    finite = spoilt[np.isfinite(spoilt)]
    assert found == (finite.min(), finite.max())


def test_a_given_range_is_taken_as_it_is_and_one_end_may_be_given(engine):
    assert find_range(engine, low=-5, high=9) == (-5, 9)
    assert find_range(engine, low=-5)[0] == -5
    with pytest.raises(StepFailed, match="the second one larger"):
        find_range(engine, low=50)


@pytest.mark.parametrize(("fill", "why"), [(2, "only the value 2"), (np.nan, "no numbers")])
def test_slices_without_a_range_say_so(engine, fill, why):
    engine.data["flat"] = np.full((3, 8, 8), fill, np.float32)
    with pytest.raises(StepFailed, match=why):
        find_range(engine, "flat")


def test_a_found_range_is_part_of_what_the_run_tells(engine, events):
    def script():
        engine["FindRange"].execute(input_dataobj="v", low_dataobj="lo", high_dataobj="hi")
        engine["ConvertRange"].execute(
            input_dataobj="v", output_dataobj="c", low=Ref("lo"), high=Ref("hi"), bits=16
        )

    record = run(engine, script, outputs=("c",))
    low, high = record.values["lo"], record.values["hi"]
    codes, outside = convert_range(VOLUME, low=low, high=high, bits=16)
    np.testing.assert_array_equal(engine.data["c"], codes)
    lines = [e.data["message"] for e in events if e.kind == "log" and "clipped" in str(e.data)]
    assert outside.below + outside.above > 0
    words = [line.split() for line in lines]
    assert sum(int(w[4]) for w in words) == outside.below
    assert sum(int(w[w.index("and") + 1]) for w in words) == outside.above


def test_what_is_clipped_can_be_counted(engine):
    spoilt = VOLUME.copy()
    spoilt[3, :2, 5] = np.nan
    engine.data["s"] = spoilt
    names = {"below_dataobj": "b", "above_dataobj": "a", "nan_dataobj": "n"}
    engine["CountOutside"].execute(input_dataobj="s", low=0.5, high=1.5, **names)
    found = [int(engine.data[name]) for name in "ban"]
    assert found == [(spoilt < 0.5).sum(), (spoilt > 1.5).sum(), 2]


@pytest.mark.parametrize(
    ("step", "params", "error", "why"),
    [
        ("ConvertRange", {"low": 2, "high": 2}, AxesClash, "the second one larger"),
        ("ConvertRange", {"low": 2, "high": 1}, AxesClash, "2 to 1"),
        ("ConvertRange", {"low": 2}, AxesClash, "high is missing"),
        ("ConvertRange", {"low": 0, "high": 1, "bits": 7}, InvalidParameter, "cannot be 7"),
        ("ConvertRange", {"low": 0, "high": 1, "bits": Ref("b")}, AxesClash, "must be known"),
        ("CircularMask", {"ratio": -0.5}, InvalidParameter, r"'ratio' cannot be -0\.5"),
        ("CircularMask", {"ratio": 2}, InvalidParameter, "'ratio' cannot be 2"),
        ("ReorderAxes", {"order": "y,slice"}, InvalidParameter, "'order' cannot be"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_is_written(engine, step, params, error, why):
    engine.data["b"] = np.int64(8)
    with pytest.raises(error, match=why):
        engine[step].execute(input_dataobj="v", output_dataobj="w", **params)


def test_a_range_that_is_none_is_refused_where_it_is_written(engine):
    for params, why in (
        ({"low": 1, "high": 0}, "1 to 0"),
        ({"low_percentile": 50, "high_percentile": 50}, "percentiles are 50 and 50"),
    ):
        with pytest.raises(AxesClash, match=why):
            find_range(engine, **params)


def test_numbers_as_text_are_understood(engine):
    engine["ConvertRange"].execute(
        input_dataobj="v", output_dataobj="w", low="0", high="1e0", bits="16"
    )
    assert engine.data["w"].dtype == np.uint16


IDLE = [("CircularMask", {"ratio": 0}), ("ConvertRange", {"bits": 32}),
        ("ReorderAxes", {"order": "slice,y,x"})]  # fmt: skip


@pytest.mark.parametrize(("step", "params"), IDLE)
def test_a_step_that_does_nothing_is_left_out(engine, step, params):
    def script():
        engine["CircularMask"].execute(input_dataobj="v", output_dataobj="w", ratio=0.8)
        engine[step].execute(input_dataobj="w", output_dataobj="u", **params)
        engine["CircularMask"].execute(input_dataobj="u", output_dataobj="u", ratio=0.5)

    def plan(script):
        return engine.plan(RunRequest("test", outputs=("u",)), script)["items"]

    (item,) = plan(script)
    assert item["steps"] == ["CircularMask", "CircularMask"]
    run(engine, script, outputs=("u", "w"))
    np.testing.assert_array_equal(engine.data["u"], circular_mask(VOLUME, ratio=0.5))
    np.testing.assert_array_equal(engine.data["w"], circular_mask(VOLUME, ratio=0.8))


@pytest.mark.parametrize(("step", "params"), IDLE)
def test_a_step_that_does_nothing_to_an_object_of_the_store_gives_it_another_name(
    engine, step, params
):
    engine[step].execute(input_dataobj="v", output_dataobj="u", **params)
    np.testing.assert_array_equal(engine.data["u"], VOLUME)
    engine["CircularMask"].execute(input_dataobj="u", output_dataobj="v", ratio=0.5)
    np.testing.assert_array_equal(engine.data["u"], VOLUME)
    np.testing.assert_array_equal(engine.data["v"], circular_mask(VOLUME, ratio=0.5))


def test_what_only_an_idle_step_refers_to_is_not_computed(engine):
    def script():
        engine["FindRange"].execute(input_dataobj="v", low_dataobj="lo", high_dataobj="hi")
        engine["ConvertRange"].execute(
            input_dataobj="v", output_dataobj="v", low=Ref("lo"), high=Ref("hi"), bits=32
        )

    assert run(engine, script, outputs=("v",)).values == {}


def test_32_bits_of_another_type_are_converted_after_all(engine):
    engine.data["d"] = VOLUME.astype(np.float64) + 1e-9
    engine["ConvertRange"].execute(input_dataobj="d", output_dataobj="f", bits=32)
    assert engine.data["f"].dtype == np.float32
    np.testing.assert_array_equal(engine.data["f"], (VOLUME.astype(np.float64) + 1e-9).astype("f4"))


def test_axes_in_another_order_are_cut_into_blocks_and_saved_so(tmp_path):
    store = DataStore()
    store.put("v", VOLUME)
    engine = InProcessEngine(store, RunOptions(40_000, 2))
    engine.initialize(saving("SaveTiffStack", tmp_path / "side"), {})

    def script():
        engine["ReorderAxes"].execute(input_dataobj="v", output_dataobj="w", order="y,slice,x")
        engine["save"].execute(input_dataobj="w")

    (item,) = engine.plan(RunRequest("test", outputs=()), script)["items"]
    assert item["blocks"] > 2
    run(engine, script)
    images = [tifffile.imread(p) for p in sorted((tmp_path / "side").glob("*.tif"))]
    np.testing.assert_array_equal(np.stack(images), VOLUME.transpose(1, 0, 2))


@pytest.mark.parametrize(("order", "axes"), [("y,slice,x", "yzx"), ("x,y,slice", "xyz")])
def test_zarr_is_told_the_order_of_the_axes(engine, tmp_path, order, axes):
    engine.initialize(saving("SaveZarr", tmp_path / "v.zarr"), {})

    def script():
        engine["ReorderAxes"].execute(input_dataobj="v", output_dataobj="w", order=order)
        engine["save"].execute(input_dataobj="w", voxel_size=1e-6)

    run(engine, script)
    array = zarr.open_group(tmp_path / "v.zarr", mode="r")["0"]
    assert array.metadata.dimension_names == tuple(axes)
    position = [("slice", "y", "x").index(axis) for axis in order.split(",")]
    np.testing.assert_array_equal(array[...], VOLUME.transpose(position))


@pytest.mark.parametrize("class_name", ["SaveTiffStack", "SaveZarr"])
def test_a_result_that_lies_in_a_folder_only_is_read_from_there(engine, tmp_path, class_name):
    engine.initialize(saving(class_name, tmp_path / "out"), {})

    def script():
        engine["CircularMask"].execute(input_dataobj="v", output_dataobj="w", ratio=0.7)
        engine["save"].execute(input_dataobj="w")

    run(engine, script, outputs=("w",))
    np.testing.assert_array_equal(engine.data["w"], circular_mask(VOLUME, ratio=0.7))
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("class_name", ["SaveTiffStack", "SaveZarr"])
def test_without_a_name_nothing_is_saved(engine, class_name):
    engine.initialize({"save": {"class_name": class_name}}, {})
    assert run(engine, lambda: engine["save"].execute(input_dataobj="v")).outputs == ()


@pytest.mark.parametrize("class_name", ["SaveTiffStack", "SaveZarr"])
def test_saving_what_is_no_volume_is_refused_where_it_is_written(engine, tmp_path, class_name):
    engine.initialize(saving(class_name, tmp_path / "out"), {})
    engine.data["image"] = VOLUME[0]
    with pytest.raises(AxesClash, match="no volume"):
        engine["save"].execute(input_dataobj="image")
    if class_name == "SaveTiffStack":
        engine.data["double"] = VOLUME.astype(np.float64)
        with pytest.raises(AxesClash, match="images of float64 cannot be saved"):
            engine["save"].execute(input_dataobj="double")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("class_name", ["SaveTiffStack", "SaveZarr"])
def test_two_outputs_in_one_place_are_refused_where_they_are_written(engine, tmp_path, class_name):
    engine.initialize(saving(class_name, tmp_path / "out"), {})
    other = {"class_name": "SaveHDF5", "init_paras": {"outputfile_name": tmp_path / "out"}}
    engine.initialize({"other": other}, {})

    def script():
        engine["save"].execute(input_dataobj="v")
        engine["other"].execute(input_dataobj="v", output_path="v")

    with pytest.raises(InvalidParameter, match="where another step saves"):
        run(engine, script)


@pytest.mark.parametrize("class_name", ["SaveTiffStack", "SaveZarr"])
def test_an_output_that_cannot_be_is_refused_before_anything_is_computed(
    engine, events, tmp_path, class_name, monkeypatch
):
    def refused(error, path):
        engine.initialize(saving(class_name, path), {})
        events.clear()
        with pytest.raises(error):
            run(engine, lambda: engine["save"].execute(input_dataobj="v"))
        assert not [event for event in events if event.kind == "plan"]

    (tmp_path / "there").mkdir()
    refused(OutputExists, tmp_path / "there")
    refused(FileProblem, tmp_path / "none" / "out")
    monkeypatch.setattr("daisy_kernel.formats.folder_target.HEADROOM_BYTES", 1 << 60)
    refused(DiskFull, tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["there"]
    assert not any((tmp_path / "there").iterdir())


def test_an_output_around_what_is_read_is_refused(tmp_path):
    folder = tmp_path / "scan"
    folder.mkdir()
    with h5py.File(folder / "scan.h5", "w") as file:
        file["v"] = VOLUME
    engine = InProcessEngine(DataStore(), RunOptions(10**9, 1, overwrite=True))
    load = {"class_name": "LoadHDF5", "init_paras": {"inputfile_name": folder / "scan.h5"}}
    engine.initialize({"load": load, **saving("SaveTiffStack", folder)}, {})

    def script():
        engine["load"].execute(input_path="v", output_dataobj="x")
        engine["save"].execute(input_dataobj="x")

    with pytest.raises(FileProblem, match="read by this run"):
        run(engine, script)
    assert [p.name for p in folder.iterdir()] == ["scan.h5"]


def test_without_zarr_saving_so_fails_where_it_is_written(engine, tmp_path, monkeypatch):
    engine.initialize(saving("SaveZarr", tmp_path / "out"), {})
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(MissingLibrary, match=r"daisy-xray\[zarr\]"):
        engine["save"].execute(input_dataobj="v")
