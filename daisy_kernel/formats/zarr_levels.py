"""The levels of an OME-Zarr volume: each half as fine as the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK = 128
"""Longest edge of a chunk [voxels]: 8 MB of float32."""
COARSEST = 128
"""The last level is at most so long along every axis [voxels]."""


@dataclass(frozen=True)
class Level:
    """One of the volumes."""

    number: int
    shape: tuple[int, ...]
    factors: tuple[int, ...]
    """Voxels of level 0 along the edge of one of this level."""


def levels_of(shape: tuple[int, ...]) -> list[Level]:
    """All levels of a volume, the whole one first; a last voxel without partner is kept."""
    levels = [Level(0, shape, (1,) * len(shape))]
    while max(levels[-1].shape) > COARSEST:
        last = levels[-1]
        factors = tuple(
            2 * f if n > 1 else f for f, n in zip(last.factors, last.shape, strict=True)
        )
        levels.append(Level(last.number + 1, tuple(-(-n // 2) for n in last.shape), factors))
    return levels


def chunk_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """As few and as equal chunks as possible, so that those at the end waste little room."""
    return tuple(-(-n // -(-n // CHUNK)) for n in shape)


def make_level(fine: Any, coarse: Any) -> None:
    """Fill an array with the means of two by two by two voxels of another.

    Chunk by chunk: about eight chunks are in memory at once, however large the volume is.

    Parameters
    ----------
    fine, coarse
        Zarr arrays; `coarse` has half as many voxels along every axis, rounded up.
    """
    grid = (range(0, n, c) for n, c in zip(coarse.shape, coarse.chunks, strict=True))
    for corner in product(*grid):
        ends = [min(a + c, n) for a, c, n in zip(corner, coarse.chunks, coarse.shape, strict=True)]
        source = tuple(slice(2 * a, 2 * b) for a, b in zip(corner, ends, strict=True))
        target = tuple(slice(a, b) for a, b in zip(corner, ends, strict=True))
        coarse[target] = halved(fine[source])


def halved(volume: NDArray[Any]) -> NDArray[Any]:
    """Means of two by two by two voxels; at an odd end the mean of those that are there.

    Integers are rounded to the nearest, ties up; NaN where one of the values is.

    Parameters
    ----------
    volume : (n_z, n_y, n_x)
        Real numbers.
    """
    n_z, n_y, n_x = volume.shape
    kind = volume.dtype
    coarse = np.empty(tuple(-(-n // 2) for n in (n_z, n_y, n_x)), kind)
    # Two slices at a time stay in the cache, and their sums in memory that is not fresh.
    for z in range(coarse.shape[0]):
        two = volume[2 * z], volume[min(2 * z + 1, n_z - 1)]
        eight = _pairs(_pairs(np.add(*two, dtype=kind if kind.kind == "f" else np.int64), 0), 1)
        coarse[z] = eight * kind.type(0.125) if kind.kind == "f" else (eight + 4) >> 3
    return coarse


def _pairs(image: NDArray[Any], axis: int) -> NDArray[Any]:
    """Sums of neighbours; a last one without partner counts twice, which is its own mean."""
    if image.shape[axis] % 2:
        image = np.concatenate((image, np.take(image, [-1], axis)), axis)
    return image[::2] + image[1::2] if axis == 0 else image[:, ::2] + image[:, 1::2]


def multiscales(
    levels: Sequence[Level], axes: Sequence[str], voxel_size_m: float | None, title: str
) -> dict[str, Any]:
    """The attribute ``ome`` of the group, after the specification of OME-Zarr 0.5.

    Parameters
    ----------
    levels
        As `levels_of`.
    axes
        z, y and x in storage order.
    voxel_size_m
        Edge of a voxel [m].
    title
        What is shown.

    Notes
    -----
    A voxel of level 1 lies half a voxel further than its first one of level 0, because coordinates
    are those of the middle: scale 2, translation 1/2.
    """
    size, unit = (1.0, {}) if voxel_size_m is None else (voxel_size_m * 1e6, {"unit": "micrometer"})
    datasets = [
        {
            "path": str(level.number),
            "coordinateTransformations": [
                {"type": "scale", "scale": [size * f for f in level.factors]},
                {"type": "translation", "translation": [size * (f - 1) / 2 for f in level.factors]},
            ],
        }
        for level in levels
    ]
    scales = {
        "name": title,
        "axes": [{"name": name, "type": "space", **unit} for name in axes],
        "datasets": datasets,
        "type": "mean",
    }
    return {"version": "0.5", "multiscales": [scales]}
