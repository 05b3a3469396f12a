"""Lines of patterns: where they are, how wide and how strong, for many patterns at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks as scipy_find_peaks
from scipy.signal import peak_widths

Floats = NDArray[np.float64]

FWHM = 2 * np.sqrt(2 * np.log(2))
"""Full width at half maximum of a Gaussian, in standard deviations."""
_STEPS = 12
_SIGNIFICANT = 3.0


def strongest_peaks(pattern: Floats, axis: Floats, n_peak: int) -> Floats:
    """Positions of the strongest lines of one pattern.

    Parameters
    ----------
    pattern : (n_bin,)
        NaN where a bin is empty.
    axis : (n_bin,) evenly spaced
    n_peak
        How many at most.

    Returns
    -------
    positions : (n_peak,), increasing, in units of the axis
        NaN at the end where there are fewer.

    Notes
    -----
    A line stands out of its surroundings by eight times the noise, which is judged from the
    differences of neighbouring bins, and is at least three bins wide.
    """
    values = np.where(np.isfinite(pattern), pattern, np.nanmin(pattern, initial=np.inf))
    noise = 1.4826 * np.median(np.abs(np.diff(values))) / np.sqrt(2)
    peaks, found = scipy_find_peaks(values, prominence=max(8 * noise, 1e-12), width=2)
    strongest = peaks[np.argsort(-found["prominences"], kind="stable")[:n_peak]]
    positions = np.full(n_peak, np.nan)
    positions[: len(strongest)] = np.sort(axis[strongest])
    return positions


def usual_width(pattern: Floats, axis: Floats, positions: Floats) -> float:
    """Median full width at half maximum of lines that were found, in units of the axis."""
    values = np.where(np.isfinite(pattern), pattern, np.nanmin(pattern, initial=np.inf))
    places = np.searchsorted(axis, positions[np.isfinite(positions)]).clip(1, len(axis) - 2)
    widths = peak_widths(values, places)[0]
    in_bins = float(np.median(widths)) if len(widths) else 3.0
    return max(in_bins, 1.0) * float(axis[1] - axis[0])


def fit_line(
    patterns: Floats, axis: Floats, position: float, half_window: float
) -> tuple[Floats, Floats, Floats]:
    """Position, full width at half maximum and area of one line in every pattern.

    Parameters
    ----------
    patterns : (n_pattern, n_bin)
        NaN where a bin is empty; it does not count then.
    axis : (n_bin,) evenly spaced
    position, half_window
        Where to look, in units of the axis.

    Returns
    -------
    position, width, area : (n_pattern,) each
        In units of the axis, and of intensity times axis. NaN where there is no line that stands
        out of the noise, or its middle is not inside of the window.

    Notes
    -----
    A Gaussian on a sloping background, fitted by damped Gauss-Newton steps to all patterns at once;
    every pattern by itself, so that it does not matter which ones come together.
    """
    n_pattern = len(patterns)
    inside = np.flatnonzero(np.abs(axis - position) <= half_window)
    nothing = np.full(n_pattern, np.nan)
    if len(inside) < 6:
        return nothing, nothing.copy(), nothing.copy()
    x = (axis[inside] - position) / half_window
    y = patterns[:, inside].astype(np.float64)
    weights = np.isfinite(y).astype(np.float64)
    y = np.where(weights > 0, y, 0)
    enough = weights.sum(axis=1) >= 6
    bottom = np.min(np.where(weights > 0, y, np.inf), axis=1, initial=np.inf)
    bottom = np.where(np.isfinite(bottom), bottom, 0)
    top = np.argmax(np.where(weights > 0, y, -np.inf), axis=1)
    # background, slope, height, middle, standard deviation
    p = np.stack(
        [bottom, np.zeros(n_pattern), y[np.arange(n_pattern), top] - bottom, x[top],
         np.full(n_pattern, 0.25)], axis=1,
    )  # fmt: skip
    for _ in range(_STEPS):
        p = _better(p, x, y, weights)
    _, model = _terms(p, x)
    noise = np.sqrt(
        np.sum(weights * (y - model) ** 2, axis=1) / np.maximum(weights.sum(axis=1) - 5, 1)
    )
    n_under = np.maximum(p[:, 4] * FWHM / (x[1] - x[0]), 1)
    clear = enough & (p[:, 2] * np.sqrt(n_under) > _SIGNIFICANT * noise)
    clear &= (np.abs(p[:, 3]) < 0.8) & (p[:, 2] > 0) & (p[:, 4] < 0.7)
    sigma = p[:, 4] * half_window
    return (
        np.where(clear, position + p[:, 3] * half_window, np.nan),
        np.where(clear, FWHM * sigma, np.nan),
        np.where(clear, p[:, 2] * sigma * np.sqrt(2 * np.pi), np.nan),
    )


def _terms(p: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Derivatives by each parameter (n_pattern, 5, n_bin), and the model itself."""
    u = (x - p[:, 3:4]) / p[:, 4:5]
    bell = np.exp(-u * u / 2)
    slope = p[:, 2:3] * bell * u / p[:, 4:5]
    terms = np.stack([np.ones_like(u), np.broadcast_to(x, u.shape), bell, slope, slope * u], axis=1)
    return terms, p[:, 0:1] + p[:, 1:2] * x + p[:, 2:3] * bell


def _better(p: Floats, x: Floats, y: Floats, weights: Floats) -> Floats:
    terms, model = _terms(p, x)
    weighted = terms * weights[:, None]
    matrix = np.einsum("pib,pjb->pij", weighted, terms)
    right = np.einsum("pib,pb->pi", weighted, y - model)
    diagonal = np.einsum("pii->pi", matrix)
    damping = 1e-3 * diagonal + 1e-9 * (1 + diagonal.max(axis=1, keepdims=True))
    step = np.linalg.solve(matrix + damping[:, :, None] * np.eye(5), right[..., None])[..., 0]
    step[:, 3] = np.clip(step[:, 3], -0.3, 0.3)
    step[:, 4] = np.clip(step[:, 4], -0.5 * p[:, 4], p[:, 4])
    moved = p + step
    moved[:, 4] = np.clip(moved[:, 4], 0.2 * (x[1] - x[0]), 1.0)
    return np.asarray(moved)
