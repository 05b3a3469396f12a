"""The powder, the detector and the truth: pyFAI's patterns, which all others are compared with."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.integrator import Experiment, Frames, Patterns
from daisy_kernel.formats.poni import poni_text
from daisy_kernel.simulate import PowderStack

OFTEN = 4
"""Pixels of each frame that see nothing though the mask does not say so: other ones every time."""
_OF_MAXIMUM = 0.1


@dataclass(frozen=True)
class Size:
    """Of the detector and the patterns."""

    n_row: int
    n_col: int
    n_bin: int


def powder_stack(size: Size, n_frame: int) -> PowderStack:
    """CeO2 that expands and fades on a flat EIGER, a twentieth of it gaps and dead pixels."""
    return PowderStack(n_frame, size.n_row, size.n_col, seed=7)


def experiment_of(stack: PowderStack, n_bin: int) -> Experiment:
    """What is known about the frames beforehand."""
    pixel_m = stack.pixel_size_m
    place = (stack.distance_m, stack.poni1_m, stack.poni2_m)
    angles = (stack.rot1_rad, stack.rot2_rad, stack.rot3_rad)
    return Experiment(
        poni=poni_text(np.array([*place, *angles, pixel_m, pixel_m], float), stack.wavelength_m),
        mask=stack.mask,
        n_bin=n_bin,
        polarization=stack.polarization,
        sentinel=stack.sentinel,
    )


def frames_of(stack: PowderStack, threads: int) -> Frames:
    """(n_frame, row, col) of counts with noise, and `OFTEN` sentinels that differ in each."""
    frames = np.empty((stack.n_frame, stack.n_row, stack.n_col), stack.dtype)

    def fill(k: int) -> None:
        frames[k] = stack.frames(slice(k, k + 1))[0]
        places = np.random.default_rng((stack.seed, k)).integers(0, frames[k].size, OFTEN)
        frames[k].flat[places] = stack.sentinel

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(fill, range(stack.n_frame)))
    return frames


def largest_deviation(found: Patterns, expected: Patterns) -> float:
    """Over all bins of all frames, of its intensity plus a tenth of the largest in the frame.

    1e-5 of that is 1e-5 of the intensity and 1e-6 of the highest peak, which is what float32 sums
    may differ by.

    Raises
    ------
    ValueError
        If they differ in shape, or a bin is not finite.
    """
    if found.shape != expected.shape or not np.isfinite(found).all():
        raise ValueError(
            f"The patterns have shape {found.shape} instead of {expected.shape}; they must be "
            "alike and finite: mend the adapter of this library."
        )
    known: NDArray[np.float64] = np.asarray(expected, np.float64)
    scale = np.abs(known) + _OF_MAXIMUM * np.abs(known).max(axis=1, keepdims=True)
    return float((np.abs(found - known) / scale).max())


def repeated(frames: Frames, n_frame: int) -> Iterable[Frames]:
    """One frame at a time, again and again until there are enough."""
    for k in range(n_frame):
        yield frames[k % len(frames)][np.newaxis]
