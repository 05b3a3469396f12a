"""Flat-field correction of projections."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.image_stack import dense_rows, image_stack
from daisy_kernel.numba_kernels.minus_log import require_floor
from daisy_kernel.numba_kernels.pixel_correction import correct_counts
from daisy_kernel.numba_kernels.result_memory import results

DeadPixels = Literal["median", "error"]

_NEIGHBOURS = 4
_FAINTEST = 1e-37


def flat_field(
    projections: NDArray[Any],
    flats: NDArray[Any],
    darks: NDArray[Any] | None,
    *,
    dead_pixels: DeadPixels = "median",
) -> NDArray[np.float32]:
    """Transmission of the sample: how much of the beam each pixel let through.

    Parameters
    ----------
    projections : (n_angle, n_row, n_col) [counts]
        Any real type; the arithmetic is in float32, so unsigned counts cannot wrap.
    flats : (n_flat, n_row, n_col) [counts]
        Images of the beam without the sample.
    darks : (n_dark, n_row, n_col) [counts] or None
        Images without the beam. None, or no frames, counts as zero everywhere.
    dead_pixels
        What to do where the beam gave no signal (see the function of this name): "median" takes
        the median of the nearest live pixels of the same row and projection, two on the left and
        two on the right where there are so many; "error" refuses.

    Returns
    -------
    transmission : (n_angle, n_row, n_col) [1]

    Raises
    ------
    ValueError
        If the shapes differ or there is no flat; if a pixel is dead and must not be; if a row has
        no live pixel at all.

    Notes
    -----
    T = (I - D) / (F - D), with F and D averaged over their frames in float64 and 1 / (F - D)
    rounded to float32 before it is multiplied with. Replacements come
    from the same row only, so that rows can be computed apart.
    """
    return _corrected(projections, flats, darks, dead_pixels, None)


def line_integrals(
    projections: NDArray[Any],
    flats: NDArray[Any],
    darks: NDArray[Any] | None,
    *,
    dead_pixels: DeadPixels = "median",
    floor: float = 1e-6,
) -> NDArray[np.float32]:
    """How much sample the beam met in each pixel, straight from the counts.

    Parameters
    ----------
    projections : (n_angle, n_row, n_col) [counts]
    flats : (n_flat, n_row, n_col) [counts]
    darks : (n_dark, n_row, n_col) [counts] or None
    dead_pixels
        See `flat_field` for these four.
    floor : [1]
        Transmissions below this, also zero and negative ones, count as this.

    Returns
    -------
    line_integrals : (n_angle, n_row, n_col) [1]
        To the last bit what `minus_log` makes of the result of `flat_field`, in one pass over the
        data.

    Raises
    ------
    ValueError
        Where `flat_field` or `minus_log` would.
    """
    require_floor(floor)
    return _corrected(projections, flats, darks, dead_pixels, floor)


def dead_pixels(flats: NDArray[Any], darks: NDArray[Any] | None) -> NDArray[np.bool_]:
    """Where the detector sees no beam, so that a transmission is not defined.

    Parameters
    ----------
    flats : (n_flat, n_row, n_col) [counts]
    darks : (n_dark, n_row, n_col) [counts] or None
        None, or no frames, counts as zero everywhere.

    Returns
    -------
    dead : (n_row, n_col)
        True where the mean flat is not above the mean dark or one of them is not finite.

    Raises
    ------
    ValueError
        If the shapes differ or there is no flat.
    """
    return _is_dead(_dark_and_beam(flats, darks)[1])


def _corrected(
    projections: NDArray[Any],
    flats: NDArray[Any],
    darks: NDArray[Any] | None,
    dead_pixels: DeadPixels,
    floor: float | None,
) -> NDArray[np.float32]:
    """Transmissions, or with a floor their logarithms."""
    projections = image_stack("projections", projections, ("n_angle", "n_row", "n_col"))
    means = BeamImages(flats, darks, dead_pixels, projections.shape[1:])
    corrected = results.empty(*projections.shape)
    means.correct(projections, (1 / means.beam).astype(np.float32), floor, corrected)
    return corrected


class BeamImages:
    """Means of flats and darks, with what it takes to divide by them.

    Attributes
    ----------
    dark : (n_row, n_col) float32 [counts]
    beam : (n_row, n_col) float64 [counts]
        Mean flat minus mean dark, 1 where it is dead.
    dead : (n_row, n_col)
        See `dead_pixels`.
    """

    def __init__(
        self,
        flats: NDArray[Any],
        darks: NDArray[Any] | None,
        dead_pixels: DeadPixels,
        shape: tuple[int, ...],
    ):
        """Of projections with this shape (n_row, n_col); raises what `flat_field` does."""
        if dead_pixels not in get_args(DeadPixels):
            raise ValueError(
                f"dead_pixels is {dead_pixels!r}; known are {', '.join(get_args(DeadPixels))}: "
                "choose one."
            )
        dark, beam = _dark_and_beam(flats, darks)
        if beam.shape != shape:
            raise ValueError(
                f"flats show {beam.shape} pixels but projections show {shape}: "
                "crop or bin both the same way."
            )
        self.dead = dead = _is_dead(beam)
        if dead_pixels == "error" and dead.any():
            first = ", ".join(f"({row}, {col})" for row, col in np.argwhere(dead)[:5])
            raise ValueError(
                f"{np.count_nonzero(dead)} of {dead.size} pixels are dead (mean flat not above "
                f"mean dark), the first at (row, column) {first}; none is allowed: check flats "
                'and darks, or choose dead_pixels="median".'
            )
        beam[dead] = 1
        self.dark, self.beam = dark.astype(np.float32), beam
        self._places = np.argwhere(dead)
        self._neighbours = _live_neighbours(dead, self._places)

    def correct(
        self,
        projections: NDArray[Any],
        gain: NDArray[np.float32],
        floor: float | None,
        out: NDArray[np.float32],
    ) -> None:
        """Transmissions, or with a floor minus their logarithms; gain is one over the beam."""
        correct_counts(
            dense_rows(projections),
            self.dark,
            gain,
            self._places,
            self._neighbours,
            np.searchsorted(self._places[:, 0], np.arange(len(gain) + 1)),
            floor is not None,
            np.float32(0 if floor is None else floor),
            out,
        )


def _dark_and_beam(
    flats: NDArray[Any], darks: NDArray[Any] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean dark, and mean flat minus mean dark."""
    flats = image_stack("flats", flats, ("n_flat", "n_row", "n_col"))
    if darks is None or len(darks) == 0:
        darks = np.zeros((1, *flats.shape[1:]), np.uint8)
    darks = image_stack("darks", darks, ("n_dark", "n_row", "n_col"))
    if darks.shape[1:] != flats.shape[1:]:
        raise ValueError(
            f"darks show {darks.shape[1:]} pixels but flats show {flats.shape[1:]}: crop or bin "
            "both the same way."
        )
    dark, flat = np.empty(flats.shape[1:]), np.empty(flats.shape[1:])
    _mean_frame(darks, dark)
    _mean_frame(flats, flat)
    with np.errstate(invalid="ignore"):  # infinite minus infinite is a dead pixel, no surprise
        return dark, flat - dark


def _is_dead(beam: NDArray[np.float64]) -> NDArray[np.bool_]:
    # A beam whose reciprocal is no float32 is as good as none.
    return ~((beam > _FAINTEST) & (beam < 1 / _FAINTEST))


def _live_neighbours(dead: NDArray[np.bool_], places: NDArray[np.intp]) -> NDArray[np.intp]:
    """Columns of up to two live pixels on each side of each dead one; -1 where there is none."""
    neighbours = np.full((len(places), _NEIGHBOURS), -1)
    for row in np.unique(places[:, 0]):
        live = np.flatnonzero(~dead[row])
        if not live.size:
            raise ValueError(
                f"Row {row} has no live pixel (mean flat above mean dark); a dead pixel needs a "
                "live one in its row: crop the row, or check flats and darks."
            )
        here = np.flatnonzero(places[:, 0] == row)
        right = np.searchsorted(live, places[here, 1])
        for i, offset in enumerate((-2, -1, 0, 1)):
            index = right + offset
            exists = (index >= 0) & (index < live.size)
            neighbours[here[exists], i] = live[index[exists]]
    return neighbours


@njit(nogil=True, cache=True)
def _mean_frame(frames, out):
    """Frame by frame, so that the bits do not depend on how many rows are averaged at once."""
    n_frame, n_row, n_col = frames.shape
    out[:] = 0
    for frame in range(n_frame):
        for row in range(n_row):
            for col in range(n_col):
                out[row, col] += frames[frame, row, col]
    out /= n_frame
