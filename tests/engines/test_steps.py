"""What a step makes is what its class declares; what goes wrong in it is explained."""

from pathlib import Path
from typing import Annotated

import numpy as np
import pytest

from daisy_kernel import Algorithm, Input, Output, Spec, registry
from daisy_kernel.errors import (
    DaisyError,
    FileProblem,
    StepFailed,
)


def load(engine, name="x"):
    engine["load"].execute(input_path="tomo", output_dataobj=name)


def test_an_error_in_the_data_names_the_recording_line(engine, run):
    def script(e):
        load(e)
        e["slow"].execute(input_dataobj="x", output_dataobj="y", fail=True)  # this line
        e["scale"].execute(input_dataobj="y", output_dataobj="z")

    with pytest.raises(StepFailed) as caught:
        run(engine, script, outputs=("z",))
    message = str(caught.value)
    lines = Path(__file__).read_text().splitlines()
    line = next(n for n, text in enumerate(lines, 1) if text.endswith("# this line"))
    assert f"test_steps.py:{line}" in message
    assert "'slow' (ToySlow)" in message
    assert "told to fail" in message
    assert "(11, " in message


def test_an_error_of_a_loading_step_is_explained(engine, run):
    def script(e):
        e["load"].execute(input_path="tomography", output_dataobj="x")

    with pytest.raises(FileProblem, match="tomo"):
        run(engine, script)


class ToyLiar(Algorithm):
    """Makes something else than it says."""

    lie = "shape"

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
    ) -> None:
        if self.lie == "shape":
            self.data[output_dataobj] = self.data[input_dataobj][:1]
        elif self.lie == "type":
            self.data[output_dataobj] = self.data[input_dataobj] * 1j
        elif self.lie == "more":
            self.data[output_dataobj] = self.data["extra"] = self.data[input_dataobj]
        elif self.lie == "in place":
            self.data[input_dataobj][:] = 0


@pytest.mark.parametrize(
    ("lie", "hint"),
    [("shape", "(1, 13, 8)"), ("type", "complex128"), ("nothing", "did not make"),
     ("in place", "read-only"), ("more", "does not declare")],
)  # fmt: skip
def test_a_step_that_does_not_make_what_it_declares_is_named(engine, run, lie, hint):
    registry.add(type("ToyLiar", (ToyLiar,), {"lie": lie}))

    def script(e):
        load(e)
        e["ToyLiar"].execute(input_dataobj="x", output_dataobj="y")

    with pytest.raises(StepFailed) as caught:
        run(engine, script, outputs=("y",))
    assert hint in str(caught.value)


def test_outputs_that_contradict_the_signature_are_refused(engine, run):
    class ToyWrong(ToyLiar):
        def outputs(self, inputs, params):
            return {"output_dataobj": Spec((3,), np.dtype(float), ("angle",))}

    class ToyTypo(ToyLiar):
        def outputs(self, inputs, params):
            return {"output": Spec((3,), np.dtype(float), ("angle",))}

    for wrong in (ToyWrong, ToyTypo):
        registry.add(wrong)
        with pytest.raises(DaisyError, match="mend it"):
            run(engine, lambda e, name=wrong.__name__: (
                load(e), e[name].execute(input_dataobj="x", output_dataobj="y")
            ))  # fmt: skip


class ToyAnything(Algorithm):
    """Takes objects of every shape."""

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input()],
        output_dataobj: Annotated[str, Output()],
    ) -> None:
        self.data[output_dataobj] = self.data[input_dataobj] + 1


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 4, 5)])
def test_an_algorithm_without_axes_takes_every_shape(engine, run, shape):
    registry.add(ToyAnything)
    engine.data["x"] = np.zeros(shape)
    run(engine, lambda e: e["ToyAnything"].execute(input_dataobj="x", output_dataobj="y"),
        outputs=("y",))  # fmt: skip
    np.testing.assert_array_equal(engine.data["y"], np.ones(shape, np.float32))
    assert engine.data["y"].shape == shape


def test_an_input_without_axes_is_passed_whole_even_if_others_named_its_axes(engine, run, stack):
    class ToyAgainst(Algorithm):
        along = ("angle",)

        def execute(
            self,
            *,
            input_dataobj: Annotated[str, Input("angle", "row", "col")],
            all_dataobj: Annotated[str, Input()],
            output_dataobj: Annotated[str, Output("angle", "row", "col")],
        ) -> None:
            everything = self.data[all_dataobj]
            self.data[output_dataobj] = self.data[input_dataobj] - np.float32(everything.max())

    registry.add(ToyAgainst)
    engine.data["all"] = stack

    def script(e):
        load(e)
        e["scale"].execute(input_dataobj="all", output_dataobj="unused")  # names the axes of all
        e["ToyAgainst"].execute(input_dataobj="x", all_dataobj="all", output_dataobj="y")

    run(engine, script, outputs=("y",))
    expected = stack.astype(np.float32) - np.float32(stack.max())
    np.testing.assert_array_equal(engine.data["y"], expected)
