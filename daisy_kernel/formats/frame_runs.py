"""Some of the frames of a series, as runs of neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Runs = tuple[tuple[int, int], ...]
"""First index and the one after the last, for each run of neighbouring frames."""


def frame_runs(frames: Sequence[slice] | NDArray[np.integer[Any]], n_frame: int) -> Runs:
    """The chosen frames as runs that can each be read at once.

    Parameters
    ----------
    frames
        Slices or indices, in the order in which the frames are wanted.
    n_frame
        Number of frames there are.

    Raises
    ------
    ValueError
        If an index lies outside.
    """
    if isinstance(frames, np.ndarray):
        indices = frames.astype(np.int64)
    else:
        everything = np.arange(n_frame)
        indices = np.concatenate([everything[:0], *(everything[piece] for piece in frames)])
    if indices.size and (indices.min() < 0 or indices.max() >= n_frame):
        raise ValueError(
            f"Frames {indices.min()} to {indices.max()} are wanted of a series of {n_frame}: the "
            "selection belongs to another series."
        )
    cuts = np.flatnonzero(np.diff(indices) != 1) + 1
    pieces = [piece for piece in np.split(indices, cuts) if piece.size]
    return tuple((int(piece[0]), int(piece[-1]) + 1) for piece in pieces)


def n_frames(runs: Runs) -> int:
    """Number of frames in all runs."""
    return sum(stop - start for start, stop in runs)


def runs_within(runs: Runs, start: int, count: int) -> Iterator[tuple[int, int]]:
    """Where frames ``start .. start + count`` of the chosen ones lie: (first, how many), in order.

    Parameters
    ----------
    runs
        The chosen frames.
    start, count
        Part of them, counted within the chosen frames.
    """
    position = 0
    for first, stop in runs:
        low = max(start - position, 0)
        high = min(start + count - position, stop - first)
        if low < high:
            yield first + low, high - low
        position += stop - first
