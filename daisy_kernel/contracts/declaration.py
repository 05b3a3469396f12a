"""How an algorithm declares itself: markers that stand in the signature of `execute`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Annotated, Any

import numpy as np
from pydantic import WithJsonSchema


@dataclass(frozen=True)
class Ref:
    """A parameter whose value is a scalar data object that an earlier step computes."""

    name: str


class Input:
    """Marks a parameter that names a data object to read.

    ``Annotated[str, Input("angle", "row", "col")]``: the consumer names the axes, in storage
    order. Without axes the object is passed whole, whatever its shape.

    Parameters
    ----------
    axes
        One name per dimension.
    lazy
        Name of the axis along which the algorithm reads the object piece by piece. It then gets a
        sliceable reference instead of an array, so nothing is loaded that it does not ask for.
    """

    def __init__(self, *axes: str, lazy: str | None = None):
        self.axes, self.lazy = axes, lazy

    def __repr__(self) -> str:
        return f"Input{self.axes}"


class Output:
    """Marks a parameter that names the data object to make, with its axes."""

    def __init__(self, *axes: str):
        self.axes = axes

    def __repr__(self) -> str:
        return f"Output{self.axes}"


FilePlace = Annotated[str, WithJsonSchema({"type": "string", "format": "path"})]
"""Type of a parameter that says where something is: file, ``FILE:/dataset``, folder or pattern.

So is a `pathlib.Path`. Callers from outside may only give places within the allowed folders, so
every parameter that leads to a file must have one of these types.
"""


@dataclass(frozen=True)
class Init:
    """Marks a class-level field that is given once, such as a file name."""

    description: str = ""


@dataclass(frozen=True)
class Unit:
    """The unit of a parameter, shown wherever the parameter is shown."""

    name: str


@dataclass(frozen=True)
class Advanced:
    """Marks a parameter that hardly anybody changes: forms show it last."""


@dataclass(frozen=True)
class Spec:
    """What is known of a data object without its data."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    axes: tuple[str, ...] | None = None
    """One name per dimension; None until somebody consumes the object."""

    @property
    def nbytes(self) -> int:
        """Size of the whole object [bytes]."""
        return prod(self.shape) * self.dtype.itemsize

    def length(self, axis: str) -> int:
        """Number of elements along a named axis."""
        return self.shape[(self.axes or ()).index(axis)]

    def resized(self, lengths: Mapping[str, int]) -> Spec:
        """The same object with other lengths along some named axes."""
        shape = tuple(lengths.get(a, n) for a, n in zip(self.axes or (), self.shape, strict=True))
        return Spec(shape, self.dtype, self.axes)
