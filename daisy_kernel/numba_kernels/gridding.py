"""Spreading samples of a Fourier transform onto a regular grid with a Kaiser-Bessel window."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil, pi, sqrt

import numpy as np
import scipy.fft
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.lane_fft import POINT
from daisy_kernel.numba_kernels.simd import (
    LANES,
    add,
    alternate,
    fma,
    fms,
    load,
    multiply,
    splat,
    splat_at,
    store,
    subtract,
)

WIDTH = 6
"""Grid points that a sample touches along each axis."""
OVERSAMPLING = 1.25
"""Grid points per image pixel. Width 6 with 1.25 aliases 5e-4 of the largest value of an image of
white noise, and 2e-4 of a head phantom; width 5 with 1.5 is as fast and as good for 512 and 1024
columns, but takes 1.4 times the memory."""
MARGIN = WIDTH // 2 + 1
"""Points beyond the edge of the grid that a sample at the edge may touch."""
TABLE_STEP = 256
"""Entries of the window table per grid point, interpolated linearly: right to 3e-6."""
STRETCH = 64
"""Samples of a ray that are spread before those of the next ray, so that rays with nearly the same
direction meet their part of the grid in the cache."""


@dataclass(frozen=True)
class Grid:
    """Half of the Fourier plane of a real (n_col, n_col) image; the other half is its conjugate."""

    n_col: int

    @cached_property
    def size(self) -> int:
        """Points along each axis of the full plane, even, with fast transforms."""
        least = max(ceil(OVERSAMPLING * self.n_col), self.n_col + LANES)
        return 2 * int(scipy.fft.next_fast_len(ceil(least / 2), real=True))

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) stored: frequencies 0...size/2 along y, all along x, and margins.

        Rounded up, so that sixteen rows or columns can always be treated at once.
        """
        rows = MARGIN + max(self.size // 2 + 1 + MARGIN, -(-(self.size // 2 + 1) // LANES) * LANES)
        columns = max(self.size + 2 * MARGIN + 1, -(-self.n_col // (2 * LANES)) * 2 * LANES)
        return rows, -(-columns // LANES) * LANES

    @property
    def n_point(self) -> int:
        """Points stored."""
        rows, columns = self.shape
        return rows * columns

    @cached_property
    def table(self) -> NDArray[np.float32]:
        """Weights of the points that a sample touches, each twice, in sixteen lanes.

        One row for every position of the sample, which stands WIDTH/2 - i / TABLE_STEP behind the
        first of these points.
        """
        behind = WIDTH / 2 - np.arange(TABLE_STEP + 2)[:, np.newaxis] / TABLE_STEP
        distance = behind - np.arange(LANES // 2)
        inside = 1 - (2 * distance / WIDTH) ** 2
        weights = np.i0(self._beta * np.sqrt(np.maximum(0, inside))) / np.i0(self._beta)
        weights[:, WIDTH:] = 0
        return np.repeat(weights, 2, axis=1).astype(np.float32).ravel()

    @cached_property
    def correction(self) -> NDArray[np.float32]:
        """What undoes the window in the image, along one axis; ones behind n_col.

        One over the Fourier transform of the window, which is known in closed form.
        """
        position = (np.arange(self.n_col) - self.n_col // 2) / self.size
        root = np.sqrt((self._beta**2 - (np.pi * WIDTH * position) ** 2).astype(np.complex128))
        transform = WIDTH * np.sinc(1j * root / np.pi).real / np.i0(self._beta)
        padded = np.ones(self.shape[1], np.float32)
        padded[: self.n_col] = 1 / transform
        return padded

    @property
    def _beta(self) -> float:
        # Beatty, Nishimura, Pauly, IEEE Trans. Med. Imaging 24, 799 (2005), eq. 5.
        oversampling = self.size / self.n_col
        return pi * sqrt((WIDTH / oversampling * (oversampling - 0.5)) ** 2 - 0.8)


@njit(nogil=True, cache=True)
def ray_factors(phase_steps, n_frequency, out):
    """Factors (cosine, sine) for the samples of rays: a phase that grows, a half at both ends.

    The first and the last sample belong to both halves of a ray.
    """
    for ray in range(len(phase_steps)):
        phase = 1.0 + 0.0j
        for k in range(n_frequency):
            share = 1.0 if 0 < k < n_frequency - 1 else 0.5
            place = 2 * (ray * n_frequency + k)
            out[place], out[place + 1] = share * phase.real, share * phase.imag
            phase *= phase_steps[ray]


@njit(nogil=True, cache=True)
def spread_slices(rays, ray_floats, factors, steps, n_frequency, table, size, columns, out):
    """Add the samples of half rays from the origin to the grid, sixteen slices at once.

    rays: `ray_floats` numbers for each, real and imaginary parts of all slices for each frequency.
    steps (n_ray, 2): from sample to sample along x and y [points]; where y descends, the other half
    of the ray, its conjugate, is meant. out: flat, rows of `columns` points, see `Grid.shape`.
    """
    weights = np.empty(2 * LANES, np.float32)
    for start in range(0, n_frequency, STRETCH):
        for ray in range(len(steps)):
            upward = steps[ray, 1] >= 0
            step_x = steps[ray, 0] if upward else -steps[ray, 0]
            step_y = steps[ray, 1] if upward else -steps[ray, 1]
            sign = splat(np.float32(1.0 if upward else -1.0))
            for k in range(start, min(start + STRETCH, n_frequency)):
                column = _weigh(k * step_x, table, 0, weights) + size // 2 + MARGIN
                row = _weigh(k * step_y, table, LANES, weights) + MARGIN
                place = ray * ray_floats + k * POINT
                a, b = load(rays, place), load(rays, place + LANES)
                at = 2 * (ray * n_frequency + k)
                cosine, sine = splat_at(factors, at), splat_at(factors, at + 1)
                re = fms(a, cosine, multiply(b, sine))
                im = multiply(sign, fma(a, sine, multiply(b, cosine)))
                w_0, w_1, w_2 = splat_at(weights, 0), splat_at(weights, 2), splat_at(weights, 4)
                w_3, w_4, w_5 = splat_at(weights, 6), splat_at(weights, 8), splat_at(weights, 10)
                for i in range(WIDTH):
                    weight = splat_at(weights, LANES + 2 * i)
                    x, y = multiply(re, weight), multiply(im, weight)
                    point = ((row + i) * columns + column) * POINT
                    _add_to(x, y, w_0, point, out)
                    _add_to(x, y, w_1, point + POINT, out)
                    _add_to(x, y, w_2, point + 2 * POINT, out)
                    _add_to(x, y, w_3, point + 3 * POINT, out)
                    _add_to(x, y, w_4, point + 4 * POINT, out)
                    _add_to(x, y, w_5, point + 5 * POINT, out)


@njit(nogil=True, cache=True)
def spread_slice(rays, ray_floats, factors, steps, n_frequency, table, size, columns, out):
    """The same for one slice: a point is its real and its imaginary part."""
    weights = np.empty(2 * LANES, np.float32)
    plus, minus = splat(np.float32(1)), splat(np.float32(-1))
    for start in range(0, n_frequency, STRETCH):
        for ray in range(len(steps)):
            upward = steps[ray, 1] >= 0
            step_x = steps[ray, 0] if upward else -steps[ray, 0]
            step_y = steps[ray, 1] if upward else -steps[ray, 1]
            sign = plus if upward else minus
            for k in range(start, min(start + STRETCH, n_frequency)):
                column = _weigh(k * step_x, table, 0, weights) + size // 2 + MARGIN
                row = _weigh(k * step_y, table, LANES, weights) + MARGIN
                place = ray * ray_floats + 2 * k
                a, b = splat_at(rays, place), splat_at(rays, place + 1)
                at = 2 * (ray * n_frequency + k)
                cosine, sine = splat_at(factors, at), splat_at(factors, at + 1)
                re = fms(a, cosine, multiply(b, sine))
                im = multiply(sign, fma(a, sine, multiply(b, cosine)))
                sample = alternate(re, im)
                weights_x = load(weights, 0)
                for i in range(WIDTH):
                    value = multiply(sample, splat_at(weights, LANES + 2 * i))
                    point = ((row + i) * columns + column) * 2
                    store(out, point, fma(value, weights_x, load(out, point)))


@njit(nogil=True, cache=True)
def _weigh(position, table, place, out):
    """The first grid point that a sample touches; its weights go to out[place:]."""
    before = position - WIDTH / 2
    first = np.ceil(before)
    entry = (first - before) * TABLE_STEP
    row = int(entry)
    part = splat(np.float32(entry - row))
    low, high = load(table, row * LANES), load(table, (row + 1) * LANES)
    store(out, place, fma(part, subtract(high, low), low))
    return int(first)


@njit(nogil=True, cache=True)
def _add_to(re, im, weight, point, out):
    store(out, point, fma(re, weight, load(out, point)))
    store(out, point + LANES, fma(im, weight, load(out, point + LANES)))


@njit(nogil=True, cache=True)
def fold_rows(n_slice, size, columns, out):
    """Bring home what was spread beyond the first and last row: G(-y, -x) is conj G(y, x).

    Rows 0 and size/2 are their own mirror images: they get the conjugate half of the rays as well.
    """
    n_column = size + 2 * MARGIN + 1
    row_floats = columns * 2 * n_slice
    own = np.empty(row_floats, np.float32)
    for mirror in (MARGIN, size // 2 + MARGIN):
        sign = 1 if mirror == MARGIN else -1
        target = out[mirror * row_floats : (mirror + 1) * row_floats]
        own[:] = target
        _add_mirrored(own, n_slice, n_column, target)
        for distance in range(1, MARGIN + 1):
            source = (mirror - sign * distance) * row_floats
            place = (mirror + sign * distance) * row_floats
            _add_mirrored(out[source:], n_slice, n_column, out[place:])


@njit(nogil=True, cache=True)
def _add_mirrored(row, n_slice, n_column, out):
    for column in range(n_column):
        here, there = column * 2 * n_slice, (n_column - 1 - column) * 2 * n_slice
        for lane in range(n_slice):
            out[here + lane] += row[there + lane]
            out[here + n_slice + lane] -= row[there + n_slice + lane]


@njit(nogil=True, cache=True)
def fold_columns(row, start, size, out):
    """A row with frequency x in the order of the transform, margins added where they belong."""
    half = size // 2 + MARGIN
    for column in range(MARGIN, size + MARGIN):
        target = ((column - half) % size) * POINT
        place = start + column * POINT
        store(out, target, load(row, place))
        store(out, target + LANES, load(row, place + LANES))
    for i in range(2 * MARGIN + 1):
        column = i if i < MARGIN else size + i
        target = ((column - half) % size) * POINT
        place = start + column * POINT
        store(out, target, add(load(out, target), load(row, place)))
        store(out, target + LANES, add(load(out, target + LANES), load(row, place + LANES)))
