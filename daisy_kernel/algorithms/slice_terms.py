"""What algorithms that reconstruct slices have in common, whichever library computes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Spec, Unit

Center = Annotated[
    float | None,
    Unit("pixel"),
    Field(description="detector column of the rotation axis; default, the middle"),
]
Centers = Annotated[
    str | None,
    Input("row"),
    Field(description="column of the axis in every row, as FindTilt gives it"),
]


def square_slices(inputs: Mapping[str, Spec]) -> dict[str, Spec]:
    """One square slice per detector row, as wide as the detector."""
    _, n_row, n_col = inputs["input_dataobj"].shape
    shape = (n_row, n_col, n_col)
    return {"output_dataobj": Spec(shape, np.dtype(np.float32), ("slice", "y", "x"))}


def require_choices(params: Params, bounded: Sequence[str]) -> None:
    """Make sure that the axis is given once, and non_negative to a method that can do it.

    Parameters
    ----------
    params
        With center, centers_dataobj, alg_type and non_negative.
    bounded
        Methods that can keep negative values out.

    Raises
    ------
    ValueError
        If not.
    """
    if params["center"] is not None and params["centers_dataobj"] is not None:
        raise ValueError("both center and centers_dataobj are given: leave one of them out")
    if params["non_negative"] and params["alg_type"] not in bounded:
        raise ValueError(
            f"non_negative is asked of {params['alg_type']}, but only {', '.join(bounded)} "
            "can keep negative values out: choose one of them, or leave it out"
        )


def axis_columns(
    n_col: int, center: float | None, centers: NDArray[np.float64] | None
) -> float | NDArray[np.float64]:
    """The column of every row if they are given, else one for all, which is the middle if not."""
    if centers is not None:
        return centers
    return (n_col - 1) / 2 if center is None else center


def store_slices(algorithm: Algorithm, name: str, slices: NDArray[np.float32]) -> None:
    """Keep the slices as a data object, with a warning if some are not numbers.

    One value that is not finite, in one projection, makes the whole slice so: a detector's NaN
    must not come out as an empty image without a word.
    """
    bad = sum(not np.isfinite(one.sum()) for one in slices)
    if bad:
        algorithm.LogWarn(
            f"{bad} of {len(slices)} slices are not finite, because their projections are not: "
            "mask such pixels (MaskPixels, RepairPixels), or crop the rows"
        )
    algorithm.data[name] = slices
