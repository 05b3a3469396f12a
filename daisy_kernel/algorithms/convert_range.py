"""Volumes of 8 or 16 bits, and the range of values that they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Ref, Spec, Unit
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.numba_kernels import convert_range, count_outside, require_range


def _whole_number(bits: Any) -> Any:
    return int(bits) if isinstance(bits, str) and bits.isdigit() else bits


Bits = Annotated[
    Literal[8, 16, 32],
    BeforeValidator(_whole_number),
    Unit("bit"),
    Field(description="of a value; 32: the values themselves (float32), 8 or 16: codes"),
]
Bound = Annotated[float, Unit("as the input")]
_DTYPES = {8: np.uint8, 16: np.uint16, 32: np.float32}


class ConvertRange(Algorithm):
    """A volume as whole numbers of 8 or 16 bits; code c is low + c (high - low) / (2**bits - 1)."""

    along = ("slice",)

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """Like the input, in the type of the codes."""
        spec, bits = inputs["input_dataobj"], params["bits"]
        if isinstance(bits, Ref):
            raise ValueError("bits refers to a data object, but types must be known: give it")
        if bits != 32:
            _check_bounds(params["low"], params["high"])
        return {"output_dataobj": Spec(spec.shape, np.dtype(_DTYPES[bits]), spec.axes)}

    def is_idle(self, params: Params) -> bool:
        """Values that stay what they are."""
        return bool(params["bits"] == 32)

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("slice", "y", "x")],
        output_dataobj: Annotated[str, Output("slice", "y", "x")],
        low: Annotated[Bound | None, Field(description="what code 0 stands for")] = None,
        high: Annotated[Bound | None, Field(description="what the largest code stands for")] = None,
        bits: Bits = 8,
    ) -> None:
        """See `convert_range`; how much of a block was clipped goes to the log."""
        volume = self.data[input_dataobj]
        if bits == 32:
            self.data[output_dataobj] = np.asarray(volume, np.float32)
            return
        if low is None or high is None:
            raise ValueError("the range of values is not known: give low and high")
        codes, outside = convert_range(volume, low=low, high=high, bits=bits)
        if outside.total:
            self.LogInfo(
                f"of {volume.size} values {outside.below} below {low:.6g} and {outside.above} "
                f"above {high:.6g} were clipped, {outside.nan} are no numbers and became 0"
            )
        self.data[output_dataobj] = codes


class CountOutside(Algorithm):
    """How many values lie outside of a range, so that `ConvertRange` would clip them."""

    along = ("slice",)
    combine = {  # noqa: RUF012 - a declaration, never changed
        name: lambda partials: np.sum(partials, dtype=np.int64)
        for name in ("below_dataobj", "above_dataobj", "nan_dataobj")
    }

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """Three single numbers."""
        _check_bounds(params["low"], params["high"])
        return dict.fromkeys(self.combine, Spec((), np.dtype(np.int64), ()))

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("slice", "y", "x")],
        below_dataobj: Annotated[str, Output(), Field(description="how many are too small")],
        above_dataobj: Annotated[str, Output(), Field(description="how many are too large")],
        nan_dataobj: Annotated[str, Output(), Field(description="how many are no numbers")],
        low: Annotated[Bound, Field(description="least value of the range")],
        high: Annotated[Bound, Field(description="largest value of the range")],
    ) -> None:
        """See `count_outside`."""
        outside = count_outside(self.data[input_dataobj], low=low, high=high)
        self.data[below_dataobj] = np.int64(outside.below)
        self.data[above_dataobj] = np.int64(outside.above)
        self.data[nan_dataobj] = np.int64(outside.nan)


class FindRange(Algorithm):
    """Range of the values of a volume, from a few of its slices."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """Two single numbers."""
        if params["low"] is not None and params["high"] is not None:
            _check_bounds(params["low"], params["high"])
        _check_percentiles(params["low_percentile"], params["high_percentile"])
        number = Spec((), np.dtype(np.float64), ())
        return {"low_dataobj": number, "high_dataobj": number}

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """The slices, what is inside of the circle, and what sorting takes."""
        _, n_y, n_x = inputs["input_dataobj"].shape
        slices = params["slices"]
        return 3 * 4 * n_y * n_x * (slices if isinstance(slices, int) else 20)

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("slice", "y", "x", lazy="slice")],
        low_dataobj: Annotated[str, Output(), Field(description="lower end of the range")],
        high_dataobj: Annotated[str, Output(), Field(description="upper end of the range")],
        low: Annotated[
            Bound | None, Field(description="taken as it is if given; otherwise found")
        ] = None,
        high: Annotated[
            Bound | None, Field(description="taken as it is if given; otherwise found")
        ] = None,
        low_percentile: Annotated[
            float, Unit("%"), Field(ge=0, le=100, description="so many values are below low")
        ] = 0.1,
        high_percentile: Annotated[
            float, Unit("%"), Field(ge=0, le=100, description="so many values are below high")
        ] = 99.9,
        slices: Annotated[
            int, Field(ge=1, le=1000, description="slices to look at, spread evenly")
        ] = 5,
        ratio: Annotated[
            float,
            Field(
                ge=0,
                le=1.5,
                description="only a circle counts, of this share of the width; 0: everything",
            ),
        ] = 1.0,
    ) -> None:
        """Percentiles of the values that are numbers; nothing is read if both ends are given."""
        if low is None or high is None:
            values = _sample(self.data[input_dataobj], slices, ratio)
            found = np.percentile(values, [low_percentile, high_percentile])
            low = float(found[0]) if low is None else low
            high = float(found[1]) if high is None else high
            self.LogInfo(f"{low:.6g} to {high:.6g}, from {values.size} values")
        require_range(low, high)
        self.data[low_dataobj], self.data[high_dataobj] = np.float64(low), np.float64(high)


def _sample(volume: Reference, count: int, ratio: float) -> NDArray[Any]:
    """What is finite, inside of the circle, in some slices."""
    n_slice, n_y, n_x = volume.shape
    y = 2.0 * np.arange(n_y)[:, np.newaxis] - (n_y - 1)
    x = 2.0 * np.arange(n_x) - (n_x - 1)
    inside = y**2 + x**2 <= (ratio * n_x) ** 2 if ratio else np.ones((n_y, n_x), bool)
    found = []
    for i in sorted({int((k + 0.5) * n_slice / count) for k in range(count)}):
        values = volume.read((slice(i, i + 1), slice(0, n_y), slice(0, n_x)))[0][inside]
        found.append(values[np.isfinite(values)])
    values = np.concatenate(found)
    if not values.size or values.min() == values.max():
        what = "no numbers" if not values.size else f"only the value {values[0]:g}"
        raise ValueError(
            f"the {len(found)} slices that were looked at hold {what}, which is no range: look at "
            "more slices, or give low and high"
        )
    return values


def _check_bounds(low: Any, high: Any) -> None:
    """What can be said before anything is computed."""
    for name, bound in (("low", low), ("high", high)):
        if bound is None:
            raise ValueError(f"{name} is missing: give it, or take it from FindRange")
    if not isinstance(low, Ref) and not isinstance(high, Ref):
        require_range(low, high)


def _check_percentiles(low: Any, high: Any) -> None:
    if not isinstance(low, Ref) and not isinstance(high, Ref) and not low < high:
        raise ValueError(
            f"the percentiles are {low:g} and {high:g}: give a second one that is larger"
        )
