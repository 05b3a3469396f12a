"""Which pixel goes into which bin: a sparse matrix of pyFAI, sorted the way the loops walk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.azimuthal_loops import ENTRIES, LANES, TILE, TILE_COLS, TILE_ROWS


@dataclass(frozen=True)
class BinTable:
    """Entries (pixel, bin, weight), tile by tile, within a tile bin by bin."""

    shape: tuple[int, int]
    """(row, col) of the frames."""
    n_bin: int
    first_run: NDArray[np.int64]
    """(n_tile + 1,)"""
    run_bin: NDArray[np.int32]
    run_end: NDArray[np.int64]
    places: NDArray[np.uint16]
    """(n_entry,) 16 * place of the pixel in its tile."""
    weights: NDArray[np.float32]
    """(n_entry,) share of the pixel in the bin; empty if every share is 1."""
    squares: NDArray[np.float32]
    """Of the weights."""
    norms: NDArray[np.float32]
    """(n_tile * TILE,) what a pixel that gets the average intensity would count; 0 if in no bin."""
    is_used: NDArray[np.bool_]
    """(n_tile * TILE / 16,) whether any of sixteen pixels is in a bin."""
    bin_norms: NDArray[np.float64]
    """(n_bin,) sums of weight * norm."""
    bin_entries: NDArray[np.int64]
    """(n_bin,) number of entries."""

    def in_tiles(self, image: NDArray[Any]) -> NDArray[np.float32]:
        """An image (row, col) as the loops read it: (n_tile * TILE,), zero beyond the borders."""
        rows, cols = self.shape
        return _in_tiles(image, rows, cols)


def bin_table(
    matrix: tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int32]],
    norms: NDArray[np.float32],
) -> BinTable:
    """Sort a matrix for the loops.

    Parameters
    ----------
    matrix
        (weights, pixels, first entry of each bin), compressed rows: bins down, pixels across.
    norms : (row, col) [1]
        Solid angle * polarisation * flat field...; a pixel whose norm is 0 or no number is
        left out.
    """
    weights, pixels, first_of_bin = matrix
    rows, cols = norms.shape
    n_bin = len(first_of_bin) - 1
    bins = np.repeat(np.arange(n_bin, dtype=np.int32), np.diff(first_of_bin))
    flat = np.ascontiguousarray(norms, np.float32).reshape(-1)
    is_used = np.isfinite(flat) & (flat != 0)
    kept = is_used[pixels] & (weights != 0)
    weights, pixels, bins = weights[kept], pixels[kept].astype(np.int64), bins[kept]
    across = -(-cols // TILE_COLS)
    n_tile = across * -(-rows // TILE_ROWS)
    row, col = pixels // cols, pixels % cols
    tile = row // TILE_ROWS * across + col // TILE_COLS
    place = row % TILE_ROWS * TILE_COLS + col % TILE_COLS
    # One key that sorts by tile, bin, place.
    order = np.argsort((tile * n_bin + bins) * TILE + place, kind="stable")
    tile, bins, place, weights = tile[order], bins[order], place[order], weights[order]
    begins = np.flatnonzero(np.r_[True, np.diff(tile * n_bin + bins) != 0][: len(tile)])
    is_used[:] = False
    is_used[pixels] = True
    tile_norms = _in_tiles(np.where(is_used, flat, 0).reshape(rows, cols), rows, cols)
    products = weights.astype(np.float64) * tile_norms[tile * TILE + place]
    run_end, all_places, all_weights = _padded(begins, place, weights)
    return BinTable(
        shape=(rows, cols),
        n_bin=n_bin,
        first_run=np.searchsorted(tile[begins], np.arange(n_tile + 1)),
        run_bin=bins[begins],
        run_end=run_end,
        places=all_places,
        weights=all_weights,
        squares=all_weights**2,
        norms=tile_norms,
        is_used=np.any(tile_norms.reshape(-1, LANES) != 0, axis=1),
        bin_norms=np.asarray(np.bincount(bins, products, n_bin), np.float64),
        bin_entries=np.bincount(bins, minlength=n_bin),
    )


def _padded(
    begins: NDArray[np.int64], place: NDArray[np.int64], weights: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.uint16], NDArray[np.float32]]:
    """Ends of the runs, places and weights, when every run is a multiple of `ENTRIES` long."""
    lengths = np.diff(np.r_[begins, len(place)])
    padded = -(-lengths // ENTRIES) * ENTRIES
    run_end = np.cumsum(padded)
    n_entry = int(padded.sum())
    target = np.repeat(run_end - padded - begins, lengths) + np.arange(len(place))
    all_places = np.full(n_entry, TILE * LANES, np.uint16)
    all_places[target] = place * LANES
    if np.all(weights == 1):
        return run_end, all_places, np.empty(0, np.float32)
    all_weights = np.zeros(n_entry, np.float32)
    all_weights[target] = weights
    return run_end, all_places, all_weights


def _in_tiles(image: NDArray[Any], rows: int, cols: int) -> NDArray[np.float32]:
    down, across = -(-rows // TILE_ROWS), -(-cols // TILE_COLS)
    padded = np.zeros((down * TILE_ROWS, across * TILE_COLS), np.float32)
    padded[:rows, :cols] = image
    tiles = padded.reshape(down, TILE_ROWS, across, TILE_COLS).swapaxes(1, 2)
    return np.ascontiguousarray(tiles).reshape(-1)
