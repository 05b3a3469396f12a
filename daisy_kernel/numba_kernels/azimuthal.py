"""Powder patterns of whole stacks: azimuthal integration of many frames at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.azimuthal_loops import TILE, add_up
from daisy_kernel.numba_kernels.azimuthal_table import BinTable
from daisy_kernel.numba_kernels.scratch import scratch
from daisy_kernel.numba_kernels.simd import LANES

_NEVER = np.float32(np.nan)
"""No number is within a distance of it, or at least as large."""


@dataclass(frozen=True)
class InvalidPixels:
    """Values that say that a pixel saw nothing; what is not finite never counts."""

    dummy: float | None = None
    """0xFFFFFFFF or -1, say; compared as float32, as pyFAI does."""
    delta: float = 0.0
    """How far from the dummy."""
    saturation: float | None = None
    """From here on, counts are too many to be right [counts]."""


def integrate_frames(
    frames: NDArray[np.generic],
    table: BinTable,
    *,
    invalid: InvalidPixels | None = None,
    dark: NDArray[np.float32] | None = None,
    monitors: NDArray[np.float64] | None = None,
    takes_variance: bool = False,
    empty: float = 0.0,
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """Intensity of every bin in every frame, and its standard error if counts are Poissonian.

    Parameters
    ----------
    frames : (n_frame, row, col) [counts]
        Of any real type.
    table
        Which pixel goes where, and its norm.
    invalid
        Pixels that are left out, frame by frame.
    dark : (n_tile * TILE,) [counts]
        An image without the beam, as `BinTable.in_tiles` gives it.
    monitors : (n_frame,)
        The beam of each frame; where it is not above 0 or no number, pattern and error are NaN.
    takes_variance
        Whether the standard errors are wanted.
    empty
        What a bin without pixels gets.

    Returns
    -------
    intensity, sigma : (n_frame, n_bin)
        In counts per norm.

    Raises
    ------
    ValueError
        If the frames are not as large as the table says.

    Notes
    -----
    I = sum w (raw - dark) / (m sum w n) and sigma = sqrt(sum w^2 var) / (m sum w n) with weights w,
    norms n, monitor m, and var = max(1, raw): the weighted mean and its standard error of pyFAI's
    compiled methods (version 2026.9; the dark does not enter the variance there either).
    Sums are float32 within 2048 pixels and float64 across. Frames do not meet: a pattern has the
    same bits wherever its frame stands and whatever stands beside it.
    """
    frames = _native(frames)
    if frames.shape[1:] != table.shape:
        raise ValueError(
            f"frames show {frames.shape[1:]} pixels but the geometry is for {table.shape}: "
            "give the mask, the flat field and the frames of one detector."
        )
    invalid = invalid or InvalidPixels()
    edges, is_exact = _edges(frames.dtype, invalid)
    limits = np.array(
        [
            _NEVER if invalid.dummy is None else invalid.dummy,
            invalid.delta,
            _NEVER if invalid.saturation is None else invalid.saturation,
        ],
        np.float32,
    )
    n_frame, n_bin = len(frames), table.n_bin
    intensity = np.empty((n_frame, n_bin), np.float32)
    sigma = np.empty((n_frame, n_bin if takes_variance else 0), np.float32)
    monitors = np.ones(n_frame) if monitors is None else np.asarray(monitors, np.float64)
    dark = np.empty(0, np.float32) if dark is None else dark
    n = n_bin * LANES
    sums = scratch.floats("azimuthal sums", 6 * n).view(np.float64).reshape(3, n)
    entries = scratch.floats("azimuthal entries", 2 * n).view(np.int64)
    variances = scratch.floats("azimuthal variances", 2 * n * takes_variance).view(np.float64)
    values = scratch.floats("azimuthal values", (TILE + 1) * LANES)
    spreads = scratch.floats("azimuthal spreads", (TILE + 1) * LANES)
    bits = scratch.floats("azimuthal bits", 2 * (TILE + 1)).view(np.int64)
    values[-LANES:], spreads[-LANES:], bits[:] = 0, 0, 0
    for first in range(0, n_frame, LANES):
        last = min(first + LANES, n_frame)
        batch = frames[first:last]
        sums[:], entries[:], variances[:] = 0, 0, 0
        lanes = np.minimum(np.arange(LANES), len(batch) - 1)  # the rest repeat the last frame
        add_up(
            batch,
            lanes * batch.strides[0],
            *(table.first_run, table.run_bin, table.run_end),
            *(table.places, table.weights, table.squares, table.norms),
            *(table.is_used, dark, edges, limits, is_exact, takes_variance),
            *(values, spreads, bits),
            *(sums[0], variances, sums[1], entries),
        )
        _divide(
            *(sums[0], variances, sums[1], entries),
            *(table.bin_norms, table.bin_entries, monitors[first:last], np.float32(empty)),
            *(intensity[first:last], sigma[first:last]),
        )
    scratch.trim()
    return intensity, sigma if takes_variance else None


def azimuthal_scratch_bytes(n_bin: int) -> int:
    """What a thread needs for sums [bytes]."""
    return 5 * 8 * LANES * n_bin + 4 * TILE * LANES * 3


@njit(nogil=True, cache=True)
def _divide(sums, variances, lost, lost_entries, norms, entries, monitors, empty, intensity, sigma):
    for frame in range(len(intensity)):
        monitor = monitors[frame]
        if not (monitor > 0 and np.isfinite(monitor)):  # nobody knows what the sample would do
            intensity[frame] = sigma[frame] = np.nan
            continue
        for i in range(len(norms)):
            at = i * 16 + frame
            norm = (norms[i] - lost[at]) * monitor
            # Entries are counted, because a difference of norms may miss zero by a rounding.
            is_empty = lost_entries[at] == entries[i] or norm == 0 or not np.isfinite(norm)
            intensity[frame, i] = empty if is_empty else sums[at] / norm
            if sigma.shape[1]:
                sigma[frame, i] = empty if is_empty else np.sqrt(variances[at]) / norm


def _native(frames: NDArray[np.generic]) -> NDArray[np.generic]:
    """Frames that the loops can read: dense each, in the byte order and a width of the machine."""
    dtype = frames.dtype
    if dtype == np.bool_:
        dtype = np.dtype(np.uint8)
    elif dtype.kind not in "iuf":
        raise ValueError(f"frames hold {dtype}, but counts are real numbers: take a real part.")
    elif dtype.itemsize == 8 and dtype.kind in "iu":
        dtype = np.dtype(np.float64)
    elif dtype.kind == "f" and dtype.itemsize not in (4, 8):
        dtype = np.dtype(np.float32)
    frames = frames.astype(dtype.newbyteorder("="), copy=False)
    is_dense = frames.strides[1:] == (frames.shape[2] * frames.itemsize, frames.itemsize)
    return frames if is_dense else np.ascontiguousarray(frames)


def _edges(
    dtype: np.dtype[np.generic], invalid: InvalidPixels
) -> tuple[NDArray[np.int32] | NDArray[np.float32], bool]:
    """Between which values no pixel is invalid, see `turn_pixels`; and whether there are none.

    A dummy has all of its own side, so that one comparison finds it: what it finds too much is
    looked at exactly. Margins are for float32, whose neighbours are up to 1.2e-7 apart.
    """
    low, high = -math.inf, math.inf
    if invalid.dummy is not None:
        reach = abs(invalid.delta) + 1e-6 * (abs(invalid.dummy) + abs(invalid.delta))
        if invalid.dummy <= 0:
            low = invalid.dummy + reach
        else:
            high = invalid.dummy - reach
    if invalid.saturation is not None:
        high = min(high, invalid.saturation - 1e-6 * abs(invalid.saturation))
    if dtype.kind == "f":
        return np.array([low, high], np.float32), False
    information = np.iinfo(dtype)  # type: ignore[type-var]
    lowest = max(information.min, math.floor(low) + 1 if math.isfinite(low) else -(2**31))
    highest = min(information.max, 2**31 - 1, math.ceil(high) - 1 if math.isfinite(high) else 2**31)
    if highest < lowest:
        return np.zeros(2, np.int32), True
    return np.array([lowest, highest - lowest], np.int64).astype(np.uint32).view(np.int32), False
