"""How the beam varies from flat to flat: the principal components of the flats."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.flat_field import BeamImages
from daisy_kernel.numba_kernels.image_stack import image_stack

Selection = Literal["significant", "all"]

_FEWEST_FLATS = 3
_ROWS_AT_ONCE = 16
_SPIKE = 10.0
"""Deviations beyond this many times the mean one of their flat are stray gamma rays; it is 0.8
standard deviations in noise, and such a ray changes it little."""
_DRAWS = 50


def eigen_flats(
    flats: NDArray[Any],
    darks: NDArray[Any] | None,
    *,
    components: int = 5,
    selection: Selection = "significant",
) -> NDArray[np.float32]:
    """The shapes in which the beam varies, strongest first.

    Parameters
    ----------
    flats : (n_flat, n_row, n_col) [counts]
        Images of the beam without the sample, best spread over the scan; three or more.
    darks : (n_dark, n_row, n_col) [counts] or None
    components
        How many images to return.
    selection
        "significant": images that are no more than noise, by parallel analysis, are zero; "all":
        as many as there are.

    Returns
    -------
    eigen_flats : (components, n_row, n_col) [counts]
        What to add to the mean flat for one standard deviation of this component. Zero in dead
        pixels (see `dead_pixels`), and behind the last component.

    Raises
    ------
    ValueError
        If there are fewer than three flats, or as many components as flats, all of which are
        wanted; if the shapes differ, or a flat shows no beam.

    Notes
    -----
    V. Van Nieuwenhove et al., "Dynamic intensity normalization using eigen flat fields in X-ray
    imaging", Opt. Express 23, 27975 (2015). Flats are scaled to the same sum first: how bright
    the beam was behind a sample cannot be known from it (see `correct_drift_air`). Parallel
    analysis asks, component after component, whether noise of the variance that is left could
    give such an eigenvalue; the covariance matrices of the noise are drawn from their limit for
    many pixels, with the same random numbers in every call.
    """
    flats = image_stack("flats", flats, ("n_flat", "n_row", "n_col"))
    n_flat, n_row, n_col = flats.shape
    if n_flat < _FEWEST_FLATS:
        raise ValueError(
            f"There are {n_flat} flats; how the beam varies shows in {_FEWEST_FLATS} or more: use "
            "flat_field (Normalize) for this scan."
        )
    if selection not in get_args(Selection):
        raise ValueError(
            f"selection is {selection!r}; known are {', '.join(get_args(Selection))}: choose one."
        )
    most = n_flat - 1
    if components < 1 or (selection == "all" and components > most):
        raise ValueError(
            f"components is {components}, but {n_flat} flats have 1 to {most}: give a number "
            "between."
        )
    means = BeamImages(flats, darks, "median", (n_row, n_col))
    deviations = _Deviations(flats, means)
    gram = np.zeros((n_flat, n_flat))
    for _, chunk in deviations.chunks():
        gram += chunk @ chunk.T
    values, vectors = np.linalg.eigh(gram)
    vectors = vectors[:, ::-1][:, : min(components, most)]
    # The sign of an eigenvector is arbitrary: the flat that has most of it has it positively.
    vectors *= np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(vectors.shape[1])])
    found = np.zeros((components, n_row, n_col), np.float32)
    fourth = np.zeros(vectors.shape[1])
    for rows, chunk in deviations.chunks():
        images = vectors.T @ chunk
        left = (chunk**2).sum(axis=0) - np.cumsum(images**2, axis=0)
        left = np.vstack([(chunk**2).sum(axis=0), left[:-1]])
        fourth += (left**2).sum(axis=1)
        found[: len(images), rows] = (images / np.sqrt(n_flat)).reshape(len(images), -1, n_col)
    if selection == "significant":
        found[_significant(values[::-1], fourth) :] = 0
    return found


def eigen_flats_scratch_bytes(n_flat: int, n_row: int, n_col: int) -> int:
    """Upper estimate of what `eigen_flats` needs beside flats and results [bytes]."""
    return 8 * n_row * n_col * 5 + 8 * _ROWS_AT_ONCE * n_col * n_flat * 6 + 2**20


class _Deviations:
    """Flats of equal sum, minus their mean, a few rows at a time."""

    def __init__(self, flats: NDArray[Any], means: BeamImages):
        self._flats, self._means = flats, means
        self._sums = np.empty(len(flats))
        _live_sums(flats, means.dark, means.dead, self._sums)
        bad = np.flatnonzero(~(np.isfinite(self._sums) & (self._sums > 0)))
        if bad.size:
            raise ValueError(
                f"Flat {bad[0]} shows no beam (the sum of its live pixels minus the dark is "
                f"{self._sums[bad[0]]:g}): drop it."
            )
        self._limits = np.full((len(flats), 1), np.inf)
        sizes = sum(np.abs(chunk).sum(axis=1, keepdims=True) for _, chunk in self.chunks())
        self._limits = _SPIKE * sizes / np.count_nonzero(~means.dead)

    def chunks(self) -> Any:
        """(rows, (n_flat, pixels of these rows) [counts]); zero where dead."""
        factors = (self._sums.mean() / self._sums)[:, np.newaxis, np.newaxis]
        for start in range(0, self._flats.shape[1], _ROWS_AT_ONCE):
            rows = slice(start, start + _ROWS_AT_ONCE)
            beams = (self._flats[:, rows] - self._means.dark[rows].astype(np.float64)) * factors
            beams[:, self._means.dead[rows]] = 0
            beams -= beams.mean(axis=0)
            flat = beams.reshape(len(beams), -1)
            yield rows, np.clip(flat, -self._limits, self._limits, out=flat)


@njit(nogil=True, cache=True)
def _live_sums(flats, dark, dead, out):
    n_flat, n_row, n_col = flats.shape
    for flat in range(n_flat):
        total = 0.0
        for row in range(n_row):
            for col in range(n_col):
                if not dead[row, col]:
                    total += flats[flat, row, col] - dark[row, col]
        out[flat] = total


def _significant(values: NDArray[np.float64], fourth: NDArray[np.float64]) -> int:
    """How many of the largest eigenvalues are more than noise.

    values (n_flat,): descending; fourth: for each, the sum over pixels of the squared sum of
    squares that it and those behind it have.
    """
    rng = np.random.default_rng(0)
    most = len(values) - 1  # one is zero, because the mean is taken out
    for found, moment in enumerate(fourth):
        left = most - found
        if left < 2:
            return found
        noise = rng.standard_normal((_DRAWS, left, left))
        noise = (noise + noise.swapaxes(1, 2)) / np.sqrt(2)
        largest = np.linalg.eigvalsh(noise)[:, -1] * np.sqrt(moment / (left * (left + 2)))
        expected = values[found:most].sum() / left
        if values[found] <= expected + largest.mean() + 3 * largest.std():
            return found
    return len(fourth)
