"""How far integrated patterns and fitted lines are from the truth."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.simulate import CERIA_LINES, PowderStack

_POINTS = 9
"""At which the truth is taken in each bin, to be averaged over it."""


@dataclass(frozen=True)
class PowderErrors:
    """Patterns and lines against those that were simulated."""

    lines_there: int
    """Number of lines in all frames."""
    lines_fitted: int
    """How many of them were found."""
    lines_deg: float
    """Root mean square of fitted minus true position [degree]."""
    lines_worst_deg: float
    """The largest of them [degree]."""
    lattice: float
    """Root mean square of fitted edge of the cell minus true one, relative."""
    growth: float
    """Of the cell from the first frame to the last, relative, by a straight line."""
    in_sigmas: float
    """Root mean square of intensity minus truth, in its standard errors."""
    in_sigmas_worst: float
    """The largest of them."""
    n_bin: int

    def as_json(self) -> dict[str, Any]:
        """Everything."""
        return asdict(self)


def measure(
    stack: PowderStack,
    axis: NDArray[np.float64],
    intensity: NDArray[np.float32],
    sigma: NDArray[np.float32],
    places: NDArray[np.float64],
) -> PowderErrors:
    """Compare patterns and lines with the truth.

    Parameters
    ----------
    stack
        What was simulated.
    axis : (n_bin,) [degree]
    intensity, sigma : (n_frame, n_bin)
    places : (n_frame, n_line) [degree]
        Fitted positions in the order of the lines; NaN where none was found.
    """
    frames = range(stack.n_frame)
    true_places = np.stack([np.rad2deg(stack.lines(frame)[0]) for frame in frames])
    off = places - true_places
    true_edges = np.array([stack.lattice_m(frame) for frame in frames])
    edges = lattice_m(places, stack.wavelength_m)
    slope, start = np.polyfit(frames, edges, 1)
    truth = np.stack([true_pattern(stack, axis, frame) for frame in frames])
    in_sigmas = np.divide(intensity - truth, sigma, dtype=np.float64)
    return PowderErrors(
        lines_there=off.size,
        lines_fitted=int(np.isfinite(off).sum()),
        lines_deg=float(np.sqrt(np.nanmean(off**2))),
        lines_worst_deg=float(np.nanmax(np.abs(off))),
        lattice=float(np.sqrt(np.mean((edges / true_edges - 1) ** 2))),
        growth=float(slope * (stack.n_frame - 1) / start),
        in_sigmas=float(np.sqrt(np.mean(in_sigmas**2))),
        in_sigmas_worst=float(np.abs(in_sigmas).max()),
        n_bin=len(axis),
    )


def true_pattern(stack: PowderStack, axis: NDArray[np.float64], frame: int) -> NDArray[np.float64]:
    """(n_bin,) mean of the simulated pattern over each bin [counts].

    Parameters
    ----------
    stack
        What was simulated.
    axis : (n_bin,) evenly spaced [degree]
    frame
        Number of the frame.
    """
    within = ((np.arange(_POINTS) + 0.5) / _POINTS - 0.5) * (axis[1] - axis[0])
    points = np.deg2rad(axis[:, None] + within)
    mean: NDArray[np.float64] = stack.pattern(points, frame).mean(axis=1)
    return mean


def lattice_m(places: NDArray[np.float64], wavelength_m: float) -> NDArray[np.float64]:
    """(n_frame,) edge of the unit cell [m] from the positions of the lines of ceria.

    Parameters
    ----------
    places : (n_frame, n_line) 2 theta [degree]
        In the order of the lines; NaN does not count.
    wavelength_m
        [m]

    Notes
    -----
    Bragg: sin² theta = (wavelength / (2 edge))² (h² + k² + l²), a straight line through the
    origin, whose slope is fitted by least squares.
    """
    indices = np.array([n for n, _ in CERIA_LINES], np.float64)
    sines = np.sin(np.deg2rad(places) / 2) ** 2
    known = np.isfinite(sines)
    slopes = np.nansum(sines * indices, axis=1) / np.sum(known * indices**2, axis=1)
    edges: NDArray[np.float64] = wavelength_m / (2 * np.sqrt(slopes))
    return edges
