"""Comparing two datasets element by element, bit by bit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from daisy_kernel.errors import FileProblem
from daisy_kernel.formats import open_result

_BYTES = 64 << 20
"""Read at once from each file."""


@dataclass(frozen=True)
class Comparison:
    """How a dataset differs from its counterpart in another file."""

    dataset: str
    elements: int
    """How many there are."""
    different: int
    """How many have other bits."""
    largest_difference: float | None
    """Among the finite ones; None if there is no such pair."""
    problem: str = ""
    """Why they could not be compared."""

    @property
    def identical(self) -> bool:
        """Whether every bit is the same."""
        return not self.problem and not self.different

    @property
    def words(self) -> str:
        """The comparison in words."""
        if self.problem:
            return self.problem
        if not self.different:
            return f"bit-identical, all {self.elements} elements"
        size = self.largest_difference
        by = "" if size is None else f", by up to {size:.3g}"
        return f"{self.different} of {self.elements} elements differ{by}"


def compare(old: Path, new: Path, dataset: str) -> Comparison:
    """Compare a dataset in two files; NaNs are equal if their bits are.

    Raises
    ------
    FileProblem
        If the new file cannot be read.
    """
    second = open_result(new, dataset)
    elements = math.prod(second.shape)
    try:
        first = open_result(old, dataset)
    except FileProblem as problem:
        return Comparison(dataset, elements, elements, None, str(problem))
    if (first.shape, first.dtype) != (second.shape, second.dtype):
        problem_text = (
            f"was {first.dtype} of shape {first.shape}, is {second.dtype} of shape {second.shape}"
        )
        return Comparison(dataset, elements, elements, None, problem_text)
    different, largest = 0, None
    for selection in _pieces(first.shape, first.dtype.itemsize):
        a, b = first.read(selection), second.read(selection)
        unequal = _bits(a) != _bits(b)
        if not unequal.any():
            continue
        elementwise = unequal.reshape(-1, a.dtype.itemsize).any(axis=1)
        different += int(elementwise.sum())
        with np.errstate(invalid="ignore", over="ignore"):
            distances = np.abs(a.ravel()[elementwise].astype(np.float64) - b.ravel()[elementwise])
        finite = distances[np.isfinite(distances)]
        if finite.size:
            largest = max(largest or 0.0, float(finite.max()))
    return Comparison(dataset, elements, different, largest)


def _pieces(shape: tuple[int, ...], itemsize: int) -> list[tuple[slice, ...]]:
    if not shape:
        return [()]
    whole = tuple(slice(0, n) for n in shape[1:])
    rows = max(1, _BYTES // max(1, math.prod(shape[1:]) * itemsize))
    return [(slice(i, min(i + rows, shape[0])), *whole) for i in range(0, shape[0], rows)]


def _bits(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)
