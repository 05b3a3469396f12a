"""Every bin of every frame against pyFAI: splittings, corrections, types, errors."""

import numpy as np
import pytest

from daisy_kernel.numba_kernels import (
    InvalidPixels,
    bin_table,
    integrate_frames,
    integrate_with_spread,
)

detectors = pytest.importorskip("pyFAI.detectors")
azimuthal = pytest.importorskip("pyFAI.integrator.azimuthal")

SHAPES = {(101, 131): 50, (37, 300): 400, (260, 259): 2000, (5, 7): 9, (1, 1): 3}
"""Shape of the detector -> bins: no multiples of a tile, pixels in up to twelve bins, one pixel."""


class Experiment:
    """A tilted detector with everything that can be corrected, and pyFAI's answer."""

    def __init__(self, shape, splitting, *, mask=True):
        rng = np.random.default_rng(sum(shape))
        self.shape, self.splitting, self.n_bin = shape, splitting, SHAPES[shape]
        detector = detectors.Detector(75e-6, 75e-6, max_shape=shape)
        self.integrator = azimuthal.AzimuthalIntegrator(
            *(0.02, 0.004, 0.003, 0.1, -0.2, 0.3), detector=detector, wavelength=1e-10
        )
        self.mask = (rng.random(shape) < 0.1).astype(np.int8) * mask
        self.dark = rng.poisson(3, shape).astype(np.float32)
        self.flat = rng.uniform(0.5, 1.5, shape).astype(np.float32)
        if self.flat.size > 1:
            self.flat[0, 0] = 0
        self.method = (splitting, "csr", "cython")
        result = self.pyfai(np.zeros(shape, np.float32))
        self.matrix = self.integrator.engines[result.method].engine.lut
        solid_angle = self.integrator.solidAngleArray(shape)
        self.norms = self.flat * solid_angle * self.integrator.polarization(shape, 0.9)
        self.table = bin_table(self.matrix, self.norms)

    def pyfai(self, frame, **options):
        return self.integrator.integrate1d(
            frame,
            self.n_bin,
            unit="q_nm^-1",
            mask=self.mask,
            polarization_factor=0.9,
            dark=self.dark,
            flat=self.flat,
            method=self.method,
            **options,
        )

    def counts(self, n_frame, dtype, mean=5.0):
        return np.random.default_rng(n_frame).poisson(mean, (n_frame, *self.shape)).astype(dtype)


@pytest.fixture(scope="module")
def experiment():
    """Made once for each shape and splitting."""
    made = {}

    def make(shape, splitting):
        if (shape, splitting) not in made:
            made[shape, splitting] = Experiment(shape, splitting)
        return made[shape, splitting]

    return make


def assert_same(found, expected):
    """1e-5 of each value plus 1e-6 of the largest, in all bins."""
    tolerance = 1e-5 * np.abs(expected) + 1e-6 * np.abs(expected).max()
    assert np.all(np.abs(found - expected) <= tolerance), np.abs(found - expected).max()


@pytest.mark.parametrize("splitting", ["no", "bbox", "full"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(
    ("dtype", "dummy"),
    [
        *((np.uint32, 0xFFFFFFFF), (np.uint32, 0xFFFFFFFE), (np.uint16, 0xFFFE)),
        *((np.int32, -1), (np.int32, 3), (np.int16, -2), (np.uint8, 0), (np.int64, 7)),
        *((np.float32, -1.0), (np.float64, None)),
    ],
)
def test_all_bins_are_those_of_pyfai(experiment, shape, splitting, dtype, dummy):
    e, rng = experiment(shape, splitting), np.random.default_rng(3)
    frames = e.counts(5, dtype)
    if dummy is not None:
        frames[rng.random(frames.shape) < 0.1] = dummy
        frames[2] = dummy  # a frame that saw nothing
    if frames.dtype.kind == "f":
        frames[rng.random(frames.shape) < 0.05] = np.nan
        frames[3] = np.nan
    monitors = rng.uniform(0.5, 2, 5)
    intensity, sigma = integrate_frames(
        frames,
        e.table,
        invalid=InvalidPixels(dummy),
        dark=e.table.in_tiles(e.dark),
        monitors=monitors,
        takes_variance=True,
    )
    for k, frame in enumerate(frames):
        options = {} if dummy is None else {"dummy": dummy, "delta_dummy": 0.0}
        expected = e.pyfai(
            frame, error_model="poisson", normalization_factor=monitors[k], **options
        )
        assert_same(intensity[k], expected.intensity)
        assert_same(sigma[k], expected.sigma)
    if dummy is not None:
        assert not intensity[2].any()
        assert not sigma[2].any()


@pytest.mark.parametrize("splitting", ["no", "bbox", "full"])
def test_errors_from_the_spread_are_those_of_pyfai(experiment, splitting):
    e = experiment((37, 300), splitting)
    frames = e.counts(2, np.uint32, mean=50)
    frames[:, ::7] = 0xFFFFFFFF
    intensity, sigma = integrate_with_spread(
        frames,
        e.matrix,
        e.norms,
        invalid=InvalidPixels(0xFFFFFFFF),
        dark=e.dark,
        monitors=np.array([2.5, 0.7]),
    )
    for k, monitor in enumerate((2.5, 0.7)):
        expected = e.pyfai(
            frames[k],
            error_model="azimuthal",
            normalization_factor=monitor,
            dummy=0xFFFFFFFF,
            delta_dummy=0.0,
        )
        assert_same(intensity[k], expected.intensity)
        assert_same(sigma[k], expected.sigma)


def test_a_delta_widens_the_dummy_and_a_saturated_pixel_is_left_out(experiment):
    e = experiment((101, 131), "bbox")
    frames = e.counts(3, np.int32, mean=50)
    frames[:, ::5], frames[:, 1::5] = -3, 1000
    found, _ = integrate_frames(
        frames, e.table, invalid=InvalidPixels(-2, 1.5, 1000), dark=e.table.in_tiles(e.dark)
    )
    frames[frames >= 1000] = -2
    for k, frame in enumerate(frames):
        assert_same(found[k], e.pyfai(frame, dummy=-2, delta_dummy=1.5).intensity)


@pytest.mark.parametrize("dtype", [np.uint16, np.uint32, np.int32, np.float32])
def test_a_pattern_does_not_depend_on_what_stands_beside_its_frame(experiment, dtype):
    e = experiment((101, 131), "full")
    frames = e.counts(37, dtype)
    frames[5], frames[20, 3:9, 4:60] = 65534, 65534
    invalid = InvalidPixels(65534)
    together = integrate_frames(frames, e.table, invalid=invalid, takes_variance=True)
    for k in (0, 4, 15, 16, 20, 21, 36):
        alone = integrate_frames(frames[k : k + 1], e.table, invalid=invalid, takes_variance=True)
        for a, b in zip(alone, together, strict=True):
            np.testing.assert_array_equal(a[0], b[k])


def test_a_bin_of_a_hundred_thousand_pixels_keeps_five_digits():
    shape = (400, 401)
    bins = np.zeros(shape, np.int32)
    pixels = np.arange(bins.size, dtype=np.int32)
    matrix = (np.ones(bins.size, np.float32), pixels, np.array([0, bins.size]))
    frames = np.random.default_rng(0).integers(0, 2**31, (2, *shape)).astype(np.uint32)
    frames[1] = 16_777_217
    found, sigma = integrate_frames(
        frames, bin_table(matrix, np.ones(shape, np.float32)), takes_variance=True
    )
    np.testing.assert_allclose(found[:, 0], frames.mean(axis=(1, 2)), rtol=2e-7)
    expected = np.sqrt(frames.sum(axis=(1, 2), dtype=np.float64)) / bins.size
    np.testing.assert_allclose(sigma[:, 0], expected, rtol=2e-7)


def test_what_is_left_of_a_nearly_empty_bin_is_exact():
    shape = (300, 300)
    n = shape[0] * shape[1]
    norms = np.random.default_rng(1).uniform(0.9, 1.1, shape).astype(np.float32)
    weights = np.full(n, 0.3, np.float32)
    table = bin_table((weights, np.arange(n, dtype=np.int32), np.array([0, n])), norms)
    frames = np.full((1, *shape), 0xFFFFFFFF, np.uint32)
    frames[0, 17, 23] = 1234
    found, _ = integrate_frames(frames, table, invalid=InvalidPixels(0xFFFFFFFF))
    np.testing.assert_allclose(found[0, 0], 1234 / norms[17, 23], rtol=1e-6)


@pytest.mark.parametrize("monitor", [0.0, -0.0, -1.5, np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("model", ["poisson", "azimuthal"])
def test_where_the_monitor_is_not_above_zero_pattern_and_error_are_no_numbers(
    experiment, monitor, model
):
    e = experiment((5, 7), "no")
    monitors = np.array([2.0, monitor, 2.0])
    frames = e.counts(3, np.uint16)
    found, expected = (
        integrate_frames(frames, e.table, monitors=m, takes_variance=True, empty=-1)
        if model == "poisson"
        else integrate_with_spread(frames, e.matrix, e.norms, monitors=m, empty=-1)
        for m in (monitors, np.full(3, 2.0))
    )
    for values, clean in zip(found, expected, strict=True):
        assert np.isnan(values[1]).all()
        np.testing.assert_array_equal(values[::2], clean[::2])


def test_any_byte_order_strides_and_bools_are_read(experiment):
    e = experiment((37, 300), "no")
    frames = e.counts(4, np.int32)
    expected, _ = integrate_frames(frames, e.table)
    for same in (frames.astype(">i4"), np.asfortranarray(frames), np.repeat(frames, 2, 0)[::2]):
        np.testing.assert_array_equal(integrate_frames(same, e.table)[0], expected)
    ones = integrate_frames(frames > 3, e.table)[0]
    np.testing.assert_array_equal(ones, integrate_frames((frames > 3).astype("u1"), e.table)[0])


def test_frames_of_another_detector_and_complex_ones_are_refused(experiment):
    table = experiment((5, 7), "no").table
    with pytest.raises(ValueError, match=r"frames show \(7, 5\) pixels .* is for \(5, 7\)"):
        integrate_frames(np.zeros((1, 7, 5)), table)
    with pytest.raises(ValueError, match="complex64"):
        integrate_frames(np.zeros((1, 5, 7), np.complex64), table)
