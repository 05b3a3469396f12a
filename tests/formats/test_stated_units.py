"""Units beside a dataset: what is stated well is taken, all else is not known."""

import h5py
import numpy as np
import pytest

from daisy_kernel.contracts.units import NOTHING_KNOWN, Units
from daisy_kernel.formats import describe_volume, stated_units

SHAPE = (2, 3, 4)


@pytest.fixture
def stated(tmp_path):
    """What is stated of /g/data in a file that was prepared."""

    def state(prepare):
        path = tmp_path / "some.h5"
        with h5py.File(path, "w") as file:
            group = file.create_group("g")
            group["data"] = np.zeros(SHAPE, np.float32)
            prepare(group)
        return stated_units(path, "/g/data")

    return state


def axes(names, unit="mm", **places):
    def prepare(group):
        group.attrs["axes"] = names
        for name, values in places.items():
            group[name] = values
            group[name].attrs["units"] = unit

    return prepare


def test_a_volume_of_daisy_states_its_unit_and_the_edge_of_its_voxels(tmp_path):
    with h5py.File(tmp_path / "volume.h5", "w") as file:
        file["entry/data/data"] = np.zeros(SHAPE, np.float32)
        describe_volume(file, shape=SHAPE, voxel_size_m=2e-6, unit="1/pixel")
    units = stated_units(tmp_path / "volume.h5", "/entry/data/data")
    assert units.value == "1/pixel"
    assert units.steps_m == pytest.approx((2e-6, 2e-6, 2e-6))


def test_a_volume_whose_voxels_have_no_size_states_none(tmp_path):
    with h5py.File(tmp_path / "volume.h5", "w") as file:
        file["entry/data/data"] = np.zeros(SHAPE, np.float32)
        describe_volume(file, shape=SHAPE)
    assert stated_units(tmp_path / "volume.h5", "/entry/data/data") == Units("", (None,) * 3)


def test_only_even_lengths_are_steps(stated):
    prepare = axes(["a", "b", "c"], a=[0.0, 2.0], b=[0.0, 1.0, 3.0], c=[9.0, 6.0, 3.0, 0.0])
    slow, middle, fast = stated(prepare).steps_m
    assert (slow, fast) == pytest.approx((2e-3, 3e-3))
    assert middle is None


@pytest.mark.parametrize("names", [[".", "b", "."], ".:b:.", [b".", b"b", b"."]])
def test_names_of_axes_are_read_however_they_are_written(stated, names):
    assert stated(axes(names, unit="um", b=[0.0, 0.5, 1.0])) == Units("", (None, 0.5e-6, None))


@pytest.mark.parametrize("unit", ["degree", "pixel", "", "furlong"])
def test_what_is_no_length_is_no_step(stated, unit):
    assert stated(axes([".", "b", "."], unit, b=[0.0, 1.0, 2.0])).steps_m == (None, None, None)


@pytest.mark.parametrize(
    "places", [[0.0, 0.0, 0.0], [0.0, np.nan, 1.0], [0.0, 1.0], [[0.0, 1.0, 2.0]], ["a", "b", "c"]]
)
def test_places_that_are_none_are_no_step(stated, places):
    assert stated(axes([".", "b", "."], b=places)).steps_m == (None, None, None)


def test_axes_that_do_not_fit_the_dimensions_say_nothing(stated):
    assert stated(axes(["a", "b"], a=[0.0, 2.0], b=[0.0, 1.0, 2.0])) == NOTHING_KNOWN


def test_a_missing_axis_and_a_unit_that_is_a_novel_do_no_harm(stated):
    def prepare(group):
        group.attrs["axes"] = ["missing", ".", "."]
        group["data"].attrs["units"] = "counts " * 99

    assert stated(prepare) == Units("", (None, None, None))


def test_what_cannot_be_read_states_nothing(tmp_path):
    assert stated_units(tmp_path / "missing.h5", "/data") == NOTHING_KNOWN
