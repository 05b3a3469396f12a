"""Names stand for the newest object; who holds an older one keeps it."""

import h5py
import numpy as np
import pytest

from daisy_kernel.errors import (
    DaisyError,
    InvalidParameter,
    UnknownName,
)


def load(engine, name="x"):
    engine["load"].execute(input_path="tomo", output_dataobj=name)


def test_the_newest_object_wins_and_older_readers_keep_theirs(engine, run, read, output, stack):
    def script(e):
        load(e)
        e["scale"].execute(input_dataobj="x", output_dataobj="y", factor=3)
        e["scale"].execute(input_dataobj="y", output_dataobj="kept", factor=1)
        e["scale"].execute(input_dataobj="x", output_dataobj="y", factor=5)
        e["scale"].execute(input_dataobj="y", output_dataobj="y", factor=2)
        e["save"].execute(input_dataobj="kept", output_path="kept")
        e["save"].execute(input_dataobj="y", output_path="y")

    run(engine, script)
    np.testing.assert_array_equal(read(output, "kept"), stack * np.float32(3))
    np.testing.assert_array_equal(read(output, "y"), stack * np.float32(10))
    np.testing.assert_array_equal(engine.data["y"], stack * np.float32(10))


def test_a_name_that_was_deleted_starts_anew(engine, run, stack):
    def script(e):
        load(e)
        e["scale"].execute(input_dataobj="x", output_dataobj="y", factor=3)
        e["scale"].execute(input_dataobj="y", output_dataobj="z", factor=1)
        del e.data["y"]
        assert "y" not in e.data
        e["scale"].execute(input_dataobj="x", output_dataobj="y", factor=7)

    run(engine, script, outputs=("z", "y"))
    np.testing.assert_array_equal(engine.data["z"], stack * np.float32(3))
    np.testing.assert_array_equal(engine.data["y"], stack * np.float32(7))


def test_deleting_an_unknown_object_is_answered_with_what_there_is(engine):
    engine.data["first"] = 1
    with pytest.raises(UnknownName, match="first"):
        del engine.data["fist"]


@pytest.mark.parametrize("where", ["load", "script", "store"])
def test_only_numbers_are_data(engine, run, scan, where):
    with h5py.File(scan, "r+") as file:
        file["note"] = "text"
    attempts = {
        "load": lambda: run(
            engine, lambda e: e["load"].execute(input_path="note", output_dataobj="x")
        ),
        "script": lambda: run(engine, lambda e: e.data.update(x=np.array(["a"]))),
        "store": lambda: engine.data.update(x=np.array([None])),
    }
    with pytest.raises(DaisyError):
        attempts[where]()
    assert "x" not in engine.data


def test_a_parameter_that_no_document_can_hold_is_refused(refused):
    def script(e):
        load(e)
        e["twice"].execute(input_dataobj="x", factor=object(), output_dataobj="y")

    assert "'factor'" in refused(script, InvalidParameter)
