"""The cases before reconstruction: counts to line integrals, and stripes."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.limits import Limits
from benchmarks.records import Row
from benchmarks.timing import interleaved
from benchmarks.tomography.scan import n_angle_for
from daisy_kernel.simulate import shepp_logan

_STRIPE_WINDOW = 21


def normalise_rows(
    contestants: Mapping[str, ModuleType],
    limits: Limits,
    *,
    shape: tuple[int, int, int],
    repeats: int,
    budget: float,
) -> list[Row]:
    """Flat field and minus log from uint16; the error is the largest of |x - exact| / max(1, |x|).

    Parameters
    ----------
    contestants
        Those with functions in ``NORMALISE``.
    limits
        Of one thread.
    shape
        (n_angle, n_row, n_col) of the block.
    repeats, budget
        See `interleaved`.
    """
    projections, flats, darks = _counts(shape)
    able = {
        who: function
        for module in contestants.values()
        for who, function in getattr(module, "NORMALISE", {}).items()
    }
    measured = interleaved(
        {who: _call(function, projections, flats, darks) for who, function in able.items()},
        repeats=repeats,
        budget=budget,
    )
    moved = projections.nbytes + 4 * projections.size
    return [
        Row(
            case="normalise + minus log",
            who=name,
            seconds=found.seconds,
            per="block",
            error=_largest_error(found.result, projections, flats, darks),
            threads=1,
            n=shape[2],
            bytes=projections.nbytes,
            peak_memory=found.peak_memory,
            share=moved / found.seconds / limits.copy,
            limit="copy",
            repeats=found.repeats,
        )
        for name, found in measured.items()
    ]


def stripe_rows(
    contestants: Mapping[str, ModuleType],
    *,
    n: int,
    n_row: int,
    repeats: int,
    budget: float,
) -> list[Row]:
    """Vo's sorting method on a sinogram with stripes; the error is what differs from the clean one.

    Parameters
    ----------
    contestants
        Those with a function ``remove_stripes``.
    n, n_row
        Columns, and how many sinograms.
    repeats, budget
        See `interleaved`.
    """
    n_angle = n_angle_for(n)
    angles = np.arange(n_angle) * (np.pi / n_angle)
    clean = shepp_logan().line_integrals(angles, 1, n, (n - 1) / 2) * np.float32(4 / n)
    rng = np.random.default_rng(11)
    stripes = rng.normal(0, 0.03, n) * (rng.random(n) < 0.05)
    sinograms = np.repeat(clean + stripes.astype(np.float32), n_row, axis=1)
    able = {m.WHO: m for m in contestants.values() if hasattr(m, "remove_stripes")}
    measured = interleaved(
        {name: _call(m.remove_stripes, sinograms, _STRIPE_WINDOW) for name, m in able.items()},
        repeats=repeats,
        budget=budget,
    )
    return [
        Row(
            case="stripes, sorting",
            who=name,
            seconds=found.seconds / n_row,
            per="slice",
            error=float(np.sqrt(np.mean((found.result[:, :1] - clean) ** 2, dtype=np.float64))),
            threads=1,
            n=n,
            bytes=sinograms.nbytes // n_row,
            peak_memory=found.peak_memory,
            repeats=found.repeats,
        )
        for name, found in measured.items()
    ]


def _call(function: Any, *arguments: Any) -> Any:
    return lambda: function(*arguments)


def _counts(
    shape: tuple[int, int, int],
) -> tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.uint16]]:
    """Projections of every transmission that a detector can tell, some above 1."""
    rng = np.random.default_rng(5)
    _, n_row, n_col = shape
    flats = rng.integers(30_000, 60_000, (10, n_row, n_col), np.uint16)
    darks = rng.integers(90, 110, (10, n_row, n_col), np.uint16)
    return rng.integers(120, 65_000, shape, np.uint16), flats, darks


def _largest_error(
    found: NDArray[np.float32],
    projections: NDArray[np.uint16],
    flats: NDArray[np.uint16],
    darks: NDArray[np.uint16],
) -> float:
    """Over all pixels."""
    dark = darks.mean(axis=0)
    beam = flats.mean(axis=0) - dark
    worst = 0.0
    for values, frame in zip(found, projections, strict=True):
        exact = -np.log((frame - dark) / beam)
        relative = np.abs(values - exact) / np.maximum(1, np.abs(exact))
        worst = max(worst, float(relative.max()))
    return worst
