"""No room, no folder, nothing in it, nothing JSON can hold: runs at the edge."""

from typing import Annotated

import numpy as np
import pytest
import zeros  # noqa: F401 - registers ToyZeros

from daisy_kernel import Algorithm, Input, Output, Spec, registry
from daisy_kernel.errors import (
    DiskFull,
    FileProblem,
    OutOfBudget,
)
from daisy_kernel.formats import read_provenance


def _scale(e, fail=False, path="y"):
    e["load"].execute(input_path="tomo", output_dataobj="x")
    e["slow"].execute(input_dataobj="x", output_dataobj="y", fail=fail)
    e["save"].execute(input_dataobj="y", output_path=path)


def test_a_full_disk_is_noticed_before_anything_is_computed(engine, run, left_over):
    def script(e):
        e["ToyZeros"].execute(output_dataobj="x", shape=(10**11, 3, 1000))
        e["scale"].execute(input_dataobj="x", output_dataobj="y")
        e["save"].execute(input_dataobj="y", output_path="y")

    with pytest.raises(DiskFull, match=r"1200000\.0 GB"):
        run(engine, script)
    assert left_over() == []


def test_no_room_between_the_stages_is_noticed_before_anything_is_computed(
    make_engine, run, left_over
):
    def script(e):
        e["ToyZeros"].execute(output_dataobj="x", shape=(10**8, 1000, 1000))
        e["phase"].execute(input_dataobj="x", output_dataobj="y")
        e["slices"].execute(input_dataobj="y", output_dataobj="z")
        e["ToyFirst"].execute(input_dataobj="z", output_dataobj="one")
        e["save"].execute(input_dataobj="one", output_path="one")

    class ToyFirst(Algorithm):
        """A reduction, so that the output is small."""

        along = ("slice",)
        combine = {"output_dataobj": max}  # noqa: RUF012

        def outputs(self, inputs, params):
            return {"output_dataobj": Spec((), np.dtype(float), ())}

        def execute(
            self,
            *,
            input_dataobj: Annotated[str, Input("slice", "angle", "col")],
            output_dataobj: Annotated[str, Output()],
        ) -> None:
            raise AssertionError("nothing may be computed")

    registry.add(ToyFirst)
    with pytest.raises(DiskFull, match="between the stages need 400 TB"):
        run(make_engine(10**12), script)
    assert left_over() == []


def test_a_folder_that_is_missing_is_an_error_before_anything_is_computed(
    make_engine, run, tmp_path, toys
):
    save = {
        "class_name": "SaveHDF5",
        "init_paras": {"outputfile_name": tmp_path / "missing" / "out.h5"},
    }
    toys.ToySlow.started.clear()
    with pytest.raises(FileProblem, match="missing"):
        run(make_engine(save=save), _scale)
    assert not toys.ToySlow.started.is_set()


@pytest.mark.parametrize("shape", [(0, 3, 4), (3, 0, 4), (1, 1, 1)])
def test_an_empty_or_tiny_object_gives_an_empty_or_tiny_file(
    engine, run, read, output, toys, shape
):
    stack = np.ones(shape, np.uint16)
    engine.data["x"] = stack

    def script(e):
        e["scale"].execute(input_dataobj="x", output_dataobj="y")
        e["save"].execute(input_dataobj="y", output_path="y")
        e["total"].execute(input_dataobj="y", output_dataobj="sum")

    record = run(engine, script, outputs=("sum",))
    np.testing.assert_array_equal(read(output, "y"), toys.scale(stack))
    assert record.values["sum"] == 2 * stack.sum()


@pytest.mark.parametrize(
    "value", [np.nan, np.inf, 1 + 2j, True, np.uint64(2**63)], ids=["nan", "inf", "c", "b", "u8"]
)
def test_a_run_whose_numbers_json_cannot_hold_ends_well(engine, run, output, read, value):
    class ToyNumber(Algorithm):
        def outputs(self, inputs, params):
            return {"output_dataobj": Spec((), np.asarray(value).dtype, ())}

        def execute(self, *, output_dataobj: Annotated[str, Output()]) -> None:
            self.data[output_dataobj] = value

    registry.add(ToyNumber)

    def script(e):
        e["ToyNumber"].execute(output_dataobj="y")
        e["save"].execute(input_dataobj="y", output_path="y")

    record = run(engine, script)
    assert record.state == "done"
    assert str(record.values["y"]) == str(value)
    np.testing.assert_array_equal(read(output, "y"), value)
    assert read_provenance(output)["parameters"] == record.values


def test_a_block_beyond_the_memory_is_refused_with_both_numbers(make_engine, run, left_over):
    with pytest.raises(OutOfBudget, match=r"(?s)528 B.*100 B"):
        run(make_engine(100), _scale)
    assert left_over() == []
