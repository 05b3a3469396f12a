"""Spreading samples of a Fourier transform onto a regular grid with a Kaiser-Bessel window."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil, pi, sqrt

import numpy as np
import scipy.fft
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.spectrum import FFT_BATCH

WIDTH = 6
"""Grid points that a sample touches along each axis."""
OVERSAMPLING = 1.25
"""Grid points per image pixel. Width 6 with 1.25 aliases 5e-4 of the largest value of an image of
white noise, and 2e-4 of a head phantom; width 5 with 1.5 is as fast and as good for 512 and 1024
columns, but takes 1.4 times the memory."""
MARGIN = WIDTH // 2 + 1
"""Points beyond the edge of the grid that a sample at the edge may touch."""
STRIP = 8
"""Grid rows worked on at once, so that they stay in the cache."""
TABLE_STEP = 1024
"""Entries of the window table per grid point, interpolated linearly."""


@dataclass(frozen=True)
class Grid:
    """Half of the Fourier plane of a real (n_col, n_col) image; the other half is its conjugate."""

    n_col: int

    @cached_property
    def size(self) -> int:
        """Points along each axis of the full plane, even, with fast transforms."""
        least = max(ceil(OVERSAMPLING * self.n_col), self.n_col + FFT_BATCH)
        return 2 * int(scipy.fft.next_fast_len(ceil(least / 2), real=True))

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) stored: frequencies 0...size/2 along y, all along x, and margins.

        The rows are rounded up, so that FFT_BATCH of them can always be transformed at once.
        """
        rows = self.size // 2 + 1 + 2 * MARGIN + FFT_BATCH
        return rows, self.size + 2 * MARGIN + 1

    @property
    def n_point(self) -> int:
        """Points stored."""
        rows, columns = self.shape
        return rows * columns

    @cached_property
    def table(self) -> NDArray[np.float32]:
        """The window at distances 0, 1/TABLE_STEP, ... from the sample."""
        distance = np.arange(WIDTH * TABLE_STEP // 2 + 2) / TABLE_STEP
        inside = np.sqrt(np.maximum(0, 1 - (2 * distance / WIDTH) ** 2))
        return (np.i0(self._beta * inside) / np.i0(self._beta)).astype(np.float32)

    @cached_property
    def correction(self) -> NDArray[np.float32]:
        """(n_col,) What undoes the window in the image, along one axis.

        One over the Fourier transform of the window, which is known in closed form.
        """
        position = (np.arange(self.n_col) - self.n_col // 2) / self.size
        root = np.sqrt((self._beta**2 - (np.pi * WIDTH * position) ** 2).astype(np.complex128))
        transform = WIDTH * np.sinc(1j * root / np.pi).real / np.i0(self._beta)
        return (1 / transform).astype(np.float32)

    @property
    def _beta(self) -> float:
        # Beatty, Nishimura, Pauly, IEEE Trans. Med. Imaging 24, 799 (2005), eq. 5.
        oversampling = self.size / self.n_col
        return pi * sqrt((WIDTH / oversampling * (oversampling - 0.5)) ** 2 - 0.8)


@njit(nogil=True, cache=True)
def spread(samples, steps, table, size, out):
    """Add the samples of half rays from the origin to the grid.

    samples (n_ray, n_sample, n_lane): numbers that share the position, such as real and imaginary
    parts of several slices. steps (n_ray, 2): from sample to sample along x and y >= 0 [points].
    out (rows, columns, n_lane): see `Grid.shape`.
    """
    last = size // 2 + MARGIN
    for start in range(-MARGIN, last + 1, STRIP):
        stop = min(start + STRIP, last + 1)
        for ray in range(len(samples)):
            _spread_ray(samples[ray], steps[ray, 0], steps[ray, 1], table, size, start, stop, out)


@njit(nogil=True, cache=True)
def _spread_ray(samples, step_x, step_y, table, size, start, stop, out):
    """The part of one ray that touches the frequencies start <= y < stop."""
    n_sample, n_lane = samples.shape
    half = WIDTH / 2
    first_k, last_k = 0, n_sample - 1
    if step_y * last_k < WIDTH:
        if start > step_y * last_k + half:
            return
    else:
        first_k = max(0, int(np.ceil((start - half) / step_y)) - 1)
        last_k = min(last_k, int(np.floor((stop - 1 + half) / step_y)) + 1)
    weights_x = np.empty(WIDTH, np.float32)
    for k in range(first_k, last_k + 1):
        x, y = k * step_x, k * step_y
        first_x, first_y = int(np.ceil(x - half)), int(np.ceil(y - half))
        low, high = max(first_y, start), min(first_y + WIDTH, stop)
        if low >= high:
            continue
        for i in range(WIDTH):
            weights_x[i] = _window(table, abs(x - (first_x + i)))
        column = first_x + size // 2 + MARGIN
        for row in range(low, high):
            weight_y = _window(table, abs(y - row))
            for i in range(WIDTH):
                weight = weight_y * weights_x[i]
                for lane in range(n_lane):
                    out[row + MARGIN, column + i, lane] += weight * samples[k, lane]


@njit(nogil=True, cache=True)
def _window(table, distance):
    position = distance * TABLE_STEP
    index = int(position)
    part = np.float32(position - index)
    return table[index] + part * (table[index + 1] - table[index])


@njit(nogil=True, cache=True)
def fold_rows(grid, size):
    """Bring home what was spread beyond the first and last row: G(-y, -x) is conj G(y, x).

    grid (rows, columns, n_lane) complex. Rows 0 and size/2 are their own mirror images: they get
    the conjugate half of the rays as well.
    """
    for mirror in (MARGIN, size // 2 + MARGIN):
        sign = 1 if mirror == MARGIN else -1
        for distance in range(1, MARGIN + 1):
            _add_mirrored(grid[mirror - sign * distance], grid[mirror + sign * distance])
        own = grid[mirror].copy()
        _add_mirrored(own, grid[mirror])


@njit(nogil=True, cache=True)
def _add_mirrored(row, out):
    n_column, n_lane = row.shape
    for column in range(n_column):
        for lane in range(n_lane):
            out[column, lane] += np.conj(row[n_column - 1 - column, lane])


@njit(nogil=True, cache=True)
def fold_columns(rows, size, out):
    """The rows with frequency x in the order of the FFT, margins added where they belong.

    rows (n_row, columns, n_lane), out (n_row, size, n_lane), complex.
    """
    n_row, n_column, n_lane = rows.shape
    out[:] = 0
    for row in range(n_row):
        for column in range(n_column):
            target = (column - size // 2 - MARGIN) % size
            for lane in range(n_lane):
                out[row, target, lane] += rows[row, column, lane]
