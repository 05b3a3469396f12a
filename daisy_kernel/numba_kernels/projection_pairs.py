"""Projections through Fourier space, two of a slice in each complex transform.

A transform of real numbers wastes half of its work; with one projection as the real and another as
the imaginary part nothing is wasted. Never two slices: they must not know of each other. The lanes
of the vectors hold sixteen slices, or sixteen pairs of projections of one slice; the bits are the
same either way.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.lane_fft import POINT, transform, transform_plan
from daisy_kernel.numba_kernels.scratch import scratch
from daisy_kernel.numba_kernels.simd import (
    LANES,
    add,
    fma,
    fms,
    load,
    multiply,
    store,
    subtract,
    zero,
)
from daisy_kernel.numba_kernels.simd_memory import transpose
from daisy_kernel.numba_kernels.spectrum import Padding

ANGLES_AT_ONCE = 64
"""Projections that are treated before their results are used; a multiple of 32. Enough to be fast,
few enough to stay in the cache. The bits of the result do not depend on it."""


def round_up(n: int, multiple: int) -> int:
    """The smallest multiple that is not below `n`."""
    return -(-n // multiple) * multiple


def pairs_scratch_bytes(n_slice: int, n_col: int, n_sample: int) -> int:
    """Upper estimate of what `ProjectionPairs` takes for itself [bytes]."""
    projections = ANGLES_AT_ONCE * n_slice * (n_col + LANES)
    signals = 3 * (n_sample + 3 * LANES) * POINT
    return 4 * (projections + signals)


class ProjectionPairs:
    """The projections of one slice, or of up to sixteen, some angles at a time.

    Parameters
    ----------
    sinograms : (n_angle, n_row, n_col)
        Any real type.
    response : (n_row, n_sample // 2 + 1)
        See `axis_response`; what spectra are multiplied by.
    padding
        What stands beyond the detector.
    """

    def __init__(
        self, sinograms: NDArray[Any], response: NDArray[np.complex64], padding: Padding
    ) -> None:
        self._sinograms = sinograms
        self._is_edge = padding == "edge"
        _, n_row, self._n_col = sinograms.shape
        self.n_frequency = response.shape[1]
        self.n_sample = 2 * (self.n_frequency - 1)
        self.n_slice = 1 if n_row == 1 else LANES
        self._plan = transform_plan(self.n_sample)
        self._width = round_up(self._n_col, LANES)
        in_lanes = np.zeros((self.n_frequency, 2, LANES), np.float32)
        # In the lanes of one slice stand pairs of its projections, all with its response.
        in_lanes[:, 0, : LANES if n_row == 1 else n_row] = response.real.T
        in_lanes[:, 1, : LANES if n_row == 1 else n_row] = response.imag.T
        self._response = in_lanes.ravel()
        n_float = ANGLES_AT_ONCE * self.n_slice * self._width
        self._projections = scratch.floats("projections", n_float)
        if n_row < self.n_slice:
            self._projections[:] = 0
        # Room for what is rounded up to whole vectors.
        n_float = max(self.n_sample + LANES, 2 * round_up(self.n_frequency, LANES)) * POINT
        self._signal = scratch.floats("signal", n_float)
        self._other = scratch.floats("other signal", n_float)

    def rays(self, angles: NDArray[np.intp], out: NDArray[np.float32]) -> None:
        """Twice the spectra, multiplied by the response, of at most ANGLES_AT_ONCE projections.

        `out` is flat: for each angle `ray_floats` numbers, for each frequency the real parts of
        all slices and the imaginary parts of all slices.
        """
        self._read(angles)
        _fill_rays(*self._common(len(angles), self.ray_floats, out))

    @property
    def ray_floats(self) -> int:
        """Floats per angle in the result of `rays`."""
        return round_up(2 * self.n_frequency * self.n_slice, LANES)

    def filtered(self, angles: NDArray[np.intp], reach: int, out: NDArray[np.float32]) -> None:
        """At most ANGLES_AT_ONCE projections multiplied by the response in Fourier space.

        `out` is flat: for each angle `filtered_floats(reach)` numbers, for each sample from
        -reach to reach - 1 those of all slices.
        """
        self._read(angles)
        n_float = round_up(2 * reach, LANES) * POINT
        cut = scratch.floats("cut", n_float)
        arguments = self._common(len(angles), reach, cut, self.filtered_floats(reach), out)
        _fill_filtered(*arguments)

    def filtered_floats(self, reach: int) -> int:
        """Floats per angle in the result of `filtered`."""
        return round_up(2 * reach, LANES) * self.n_slice

    def _read(self, angles: NDArray[np.intp]) -> None:
        shape = (ANGLES_AT_ONCE, self.n_slice, self._width)
        target = self._projections.reshape(shape)
        n_row = self._sinograms.shape[1]
        for i, angle in enumerate(angles):
            np.copyto(target[i, :n_row, : self._n_col], self._sinograms[angle], casting="unsafe")
        # What shares a pair with a projection must be the same whatever was here before.
        target[len(angles) : round_up(len(angles), 2)] = 0

    def _common(self, n_angle: int, *more: Any) -> tuple[Any, ...]:
        return (
            self._projections,
            n_angle,
            self.n_slice,
            self._n_col,
            self._width,
            self._is_edge,
            self.n_sample,
            self._plan.radices,
            self._plan.twiddles,
            self._response,
            self._signal,
            self._other,
            *more,
        )


@njit(nogil=True, cache=True)
def _pad(projections, start, second, lane_step, n_col, is_edge, n_sample, out):
    """Sixteen pairs of projections as points; the second of a pair stands `second` behind."""
    for col in range(0, n_col, LANES):
        transpose(projections, start + col, lane_step, out, col * POINT, POINT)
        transpose(projections, start + second + col, lane_step, out, col * POINT + LANES, POINT)
    middle = n_col + (n_sample - n_col) // 2
    _fill(n_col, middle, (n_col - 1) * POINT, is_edge, out)
    _fill(middle, n_sample, 0, is_edge, out)


@njit(nogil=True, cache=True)
def _fill(start, stop, edge, is_edge, out):
    re, im = zero(), zero()
    if is_edge:
        re, im = load(out, edge), load(out, edge + LANES)
    for sample in range(start, stop):
        store(out, sample * POINT, re)
        store(out, sample * POINT + LANES, im)


@njit(nogil=True, cache=True)
def _fill_rays(
    projections,
    n_angle,
    n_slice,
    n_col,
    width,
    is_edge,
    n_sample,
    radices,
    twiddles,
    response,
    signal,
    other,
    ray_floats,
    out,
):
    n_frequency = n_sample // 2 + 1
    if n_slice == LANES:
        for angle in range(0, n_angle, 2):
            start = angle * LANES * width
            _pad(projections, start, LANES * width, width, n_col, is_edge, n_sample, signal)
            in_other = transform(signal, other, radices, twiddles, n_sample, False)
            spectrum = other if in_other else signal
            first = angle * ray_floats
            _separate(spectrum, n_sample, response, first, first + ray_floats, out)
        return
    part = -(-n_frequency // LANES) * LANES * POINT
    for angle in range(0, n_angle, 2 * LANES):
        _pad(projections, angle * width, width, 2 * width, n_col, is_edge, n_sample, signal)
        in_other = transform(signal, other, radices, twiddles, n_sample, False)
        spectrum, free = (other, signal) if in_other else (signal, other)
        _separate(spectrum, n_sample, response, 0, part, free)
        _lanes_to_angles(free, part, ray_floats, angle, out)


@njit(nogil=True, cache=True)
def _lanes_to_angles(pairs, part, n_float, angle, out):
    """Lanes of 16 pairs, the second of each `part` behind, to arrays for one angle after another.

    What stands behind the last of the `n_float` is left from somebody else.
    """
    for second in range(2):
        row = (angle + second) * n_float
        for i in range(0, n_float, LANES):
            transpose(pairs, second * part + i * LANES, LANES, out, row + i, 2 * n_float)


@njit(nogil=True, cache=True)
def _separate(spectrum, n_sample, response, first, second, out):
    """Twice the spectra of both projections of each pair, times the response.

    With Z the transform of a + ib: 2 A(k) = Z(k) + conj Z(-k) and 2i B(k) = Z(k) - conj Z(-k).
    """
    for k in range(n_sample // 2 + 1):
        here, there = k * POINT, ((n_sample - k) % n_sample) * POINT
        a, b = load(spectrum, here), load(spectrum, here + LANES)
        c, d = load(spectrum, there), load(spectrum, there + LANES)
        gain, turn = load(response, here), load(response, here + LANES)
        _put_product(add(a, c), subtract(b, d), gain, turn, first + here, out)
        _put_product(add(b, d), subtract(c, a), gain, turn, second + here, out)


@njit(nogil=True, cache=True)
def _put_product(re, im, gain, turn, place, out):
    store(out, place, fms(re, gain, multiply(im, turn)))
    store(out, place + LANES, fma(re, turn, multiply(im, gain)))


@njit(nogil=True, cache=True)
def _fill_filtered(
    projections,
    n_angle,
    n_slice,
    n_col,
    width,
    is_edge,
    n_sample,
    radices,
    twiddles,
    response,
    signal,
    other,
    reach,
    cut,
    n_float,
    out,
):
    for angle in range(0, n_angle, 2 if n_slice == LANES else 2 * LANES):
        if n_slice == LANES:
            start, second, lane_step = angle * LANES * width, LANES * width, width
        else:
            start, second, lane_step = angle * width, width, 2 * width
        _pad(projections, start, second, lane_step, n_col, is_edge, n_sample, signal)
        in_other = transform(signal, other, radices, twiddles, n_sample, False)
        spectrum, free = (other, signal) if in_other else (signal, other)
        _apply(n_sample, response, spectrum)
        in_free = transform(spectrum, free, radices, twiddles, n_sample, True)
        result = free if in_free else spectrum
        if n_slice == LANES:
            _cut(result, n_sample, reach, angle * n_float, (angle + 1) * n_float, out)
        else:
            part = n_float * LANES
            _cut(result, n_sample, reach, 0, part, cut)
            _lanes_to_angles(cut, part, n_float, angle, out)


@njit(nogil=True, cache=True)
def _apply(n_sample, response, out):
    """Multiply by the response for frequency k, and by its conjugate for -k.

    At 0 and at the highest frequency, which are their own negatives, by its real part.
    """
    for k in range(n_sample // 2 + 1):
        here, there = k * POINT, (n_sample - k) * POINT
        re, im = load(out, here), load(out, here + LANES)
        gain, turn = load(response, here), load(response, here + LANES)
        if 0 < k < n_sample // 2:
            far_re, far_im = load(out, there), load(out, there + LANES)
            _put_product(re, im, gain, turn, here, out)
            store(out, there, fma(far_re, gain, multiply(far_im, turn)))
            store(out, there + LANES, fms(far_im, gain, multiply(far_re, turn)))
        else:
            store(out, here, multiply(re, gain))
            store(out, here + LANES, multiply(im, gain))


@njit(nogil=True, cache=True)
def _cut(signal, n_sample, reach, first, second, out):
    """The samples from -reach to reach - 1 of a periodic signal, both projections apart."""
    for i in range(2 * reach):
        source = ((i - reach) % n_sample) * POINT
        store(out, first + i * LANES, load(signal, source))
        store(out, second + i * LANES, load(signal, source + LANES))
