"""Small algorithms of every kind that the engine knows, with the same in plain NumPy.

Also imported by child processes, so that they know the same algorithms.
"""

import threading
import time
from collections.abc import Mapping
from typing import Annotated

import numpy as np

from daisy_kernel import Algorithm, Input, Output, Spec, registry
from daisy_kernel.contracts.algorithm import Params

SCALAR = Spec((), np.dtype(np.float64), ())
InStack = Annotated[str, Input("angle", "row", "col")]
OutStack = Annotated[str, Output("angle", "row", "col")]


def scale(x, factor=2.0, offset=0.0):
    return np.asarray(x, np.float32) * np.float32(factor) + np.float32(offset)


def smooth(x, size=1):
    x = np.asarray(x, np.float32)
    padded = np.pad(x, ((0, 0), (size, size), (0, 0)), mode="edge")
    total = np.zeros_like(x)
    for k in range(2 * size + 1):
        total += padded[:, k : k + x.shape[1]]
    return total / np.float32(2 * size + 1)


def phase(x):
    x = np.asarray(x, np.float32)
    return np.stack([frame - frame.mean(dtype=np.float64).astype(np.float32) for frame in x])


def pair_rows(x):
    """Rows 2k and 2k + 1 become their sum; a last row without partner stays."""
    result = np.array(x, np.float32)
    paired = result.shape[1] // 2 * 2
    result[:, :paired:2] += result[:, 1:paired:2]
    result[:, 1:paired:2] = result[:, :paired:2]
    return result - result[:1]


def total(x):
    return np.float64(np.asarray(x).sum(dtype=np.float64))


def mean_frame(x):
    return np.asarray(x).mean(axis=0, dtype=np.float64).astype(np.float32)


def whole(x):
    x = np.asarray(x, np.float32)
    return x - x.max()


def peek(x):
    return np.float64(np.asarray(x)[:, :1].max())


def slices(x):
    return np.asarray(x, np.float32).transpose(1, 0, 2).copy()


def flip_slices(x):
    return np.asarray(x, np.float32)[:, ::-1].copy()


@registry.add
class ToyScale(Algorithm):
    """Every value by itself."""

    along = ("angle", "row")

    def execute(
        self,
        *,
        input_dataobj: InStack,
        output_dataobj: OutStack,
        factor: float = 2.0,
        offset: float = 0.0,
    ) -> None:
        self.data[output_dataobj] = scale(self.data[input_dataobj], factor, offset)


@registry.add
class ToySmooth(Algorithm):
    """Needs neighbouring rows; how many, depends on a parameter."""

    along = ("angle", "row")
    halo = {"row": lambda params: params["size"]}  # noqa: RUF012

    def execute(self, *, input_dataobj: InStack, output_dataobj: OutStack, size: int = 1) -> None:
        self.data[output_dataobj] = smooth(self.data[input_dataobj], size)


@registry.add
class ToyPhase(Algorithm):
    """Needs whole frames."""

    along = ("angle",)

    def execute(self, *, input_dataobj: InStack, output_dataobj: OutStack) -> None:
        self.data[output_dataobj] = phase(self.data[input_dataobj])


@registry.add
class ToyPairs(Algorithm):
    """Needs whole sinograms, two at a time."""

    along = ("row",)
    step = 2

    def execute(self, *, input_dataobj: InStack, output_dataobj: OutStack) -> None:
        self.data[output_dataobj] = pair_rows(self.data[input_dataobj])


@registry.add
class ToyTotal(Algorithm):
    """A reduction to one number."""

    along = ("angle", "row")
    combine = {"output_dataobj": sum}  # noqa: RUF012

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        return {"output_dataobj": SCALAR}

    def execute(self, *, input_dataobj: InStack, output_dataobj: Annotated[str, Output()]) -> None:
        self.data[output_dataobj] = self.data[input_dataobj].sum(dtype=np.float64)


@registry.add
class ToyMeanFrame(Algorithm):
    """A reduction to an image."""

    along = ("angle",)
    combine = {"output_dataobj": lambda frames: np.mean(frames, 0, np.float64)}  # noqa: RUF012

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        shape = inputs["input_dataobj"].shape[1:]
        return {"output_dataobj": Spec(shape, np.dtype(np.float32), ("row", "col"))}

    def execute(
        self, *, input_dataobj: InStack, output_dataobj: Annotated[str, Output("row", "col")]
    ) -> None:
        self.data[output_dataobj] = self.data[input_dataobj][0]


@registry.add
class ToyWhole(Algorithm):
    """Needs everything at once."""

    def execute(self, *, input_dataobj: InStack, output_dataobj: OutStack) -> None:
        self.data[output_dataobj] = whole(self.data[input_dataobj])


@registry.add
class ToyPeek(Algorithm):
    """Looks at the first row only."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        return {"output_dataobj": SCALAR}

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col", lazy="row")],
        output_dataobj: Annotated[str, Output()],
    ) -> None:
        stack = self.data[input_dataobj]
        n_angle, _, n_col = stack.shape
        row = stack.read((slice(0, n_angle), slice(0, 1), slice(0, n_col)))
        self.data[output_dataobj] = row.max()


@registry.add
class ToySlices(Algorithm):
    """Stores sinogram by sinogram, and calls rows slices."""

    along = ("row",)
    renames = {"row": "slice"}  # noqa: RUF012

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        n_angle, n_row, n_col = inputs["input_dataobj"].shape
        axes = ("slice", "angle", "col")
        return {"output_dataobj": Spec((n_row, n_angle, n_col), np.dtype(np.float32), axes)}

    def execute(
        self,
        *,
        input_dataobj: InStack,
        output_dataobj: Annotated[str, Output("slice", "angle", "col")],
    ) -> None:
        self.data[output_dataobj] = slices(self.data[input_dataobj])


@registry.add
class ToyFlipSlices(Algorithm):
    """Works on what ToySlices makes."""

    along = ("slice",)

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("slice", "angle", "col")],
        output_dataobj: Annotated[str, Output("slice", "angle", "col")],
    ) -> None:
        self.data[output_dataobj] = flip_slices(self.data[input_dataobj])


@registry.add
class ToyVolume(Algorithm):
    """Stores rows as slices, with the angles as y."""

    along = ("row",)
    renames = {"row": "slice"}  # noqa: RUF012

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        n_angle, n_row, n_col = inputs["input_dataobj"].shape
        shape, axes = (n_row, n_angle, n_col), ("slice", "y", "x")
        return {"output_dataobj": Spec(shape, np.dtype(np.float32), axes)}

    def execute(
        self,
        *,
        input_dataobj: InStack,
        output_dataobj: Annotated[str, Output("slice", "y", "x")],
    ) -> None:
        self.data[output_dataobj] = slices(self.data[input_dataobj])


class Signal(threading.Event):
    """In another process it is another one."""

    def __reduce__(self):
        return Signal, ()


@registry.add
class ToySlow(Algorithm):
    """Takes its time over every row; can be told to hang or to fail."""

    along = ("row",)
    started = Signal()
    """Set once a block is in work."""
    release = Signal()
    """Ends the hanging."""

    def execute(
        self,
        *,
        input_dataobj: InStack,
        output_dataobj: OutStack,
        seconds: float = 0.0,
        hang: bool = False,
        fail: bool = False,
    ) -> None:
        type(self).started.set()
        x = self.data[input_dataobj]
        time.sleep(seconds * x.shape[1])
        if hang:
            self.release.wait(30)
        if fail:
            raise ValueError("told to fail")
        self.data[output_dataobj] = scale(x, 3.0)


@registry.add
class ToyTwice(Algorithm):
    """In the style of the paper: no annotations, whole arrays, returns True, works in place."""

    def __init__(self, name):
        super().__init__(name)

    def initialize(self):
        self.data = self.get("Datastore").data()
        self.LogInfo("initialized")
        return True

    def execute(self, input_dataobj, factor, output_dataobj):
        values = self.data[input_dataobj]
        values *= factor
        self.data[output_dataobj] = values
        return True

    def finalize(self):
        self.LogInfo("finalized")
        return True
