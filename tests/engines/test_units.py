"""What files say of the units of their numbers goes along with the data objects of a run."""

import h5py
import pytest

from daisy_kernel.contracts.units import NOTHING_KNOWN, Units
from daisy_kernel.datastore import DataStore


@pytest.fixture
def store():
    return DataStore()


@pytest.fixture
def scan_in_counts(scan):
    """The scan, whose file says what its numbers are."""
    with h5py.File(scan, "r+") as file:
        file["tomo"].attrs["units"] = "counts"
    return scan


def test_what_is_loaded_is_in_the_units_of_its_file(make_engine, store, scan_in_counts, run):
    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["scale"].execute(input_dataobj="x", output_dataobj="y")

    run(make_engine(store=store), script)
    assert store.object("x").units == Units("counts")
    assert store.object("y").units == NOTHING_KNOWN


def test_what_was_opened_before_keeps_its_units(make_engine, store, scan_in_counts, run):
    engine = make_engine(store=store)
    engine["load"].execute(input_path="tomo", output_dataobj="x")
    run(engine, lambda e: e["scale"].execute(input_dataobj="x", output_dataobj="y"))
    assert store.object("x").units == Units("counts")


def test_what_is_saved_is_read_from_its_file_with_the_units_in_it(make_engine, store, run, output):
    save = {"class_name": "SaveVolume", "init_paras": {"outputfile_name": output}}

    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["volume"].execute(input_dataobj="x", output_dataobj="y")
        e["save_volume"].execute(input_dataobj="y", voxel_size=2e-6)

    run(make_engine(store=store, save_volume=save), script)
    held = store.object("y")
    assert held.kind == "reference"
    assert held.units.value == "1/pixel"
    assert held.units.steps_m == pytest.approx((2e-6, 2e-6, 2e-6))
