import numpy as np
import pytest
import scipy.fft

from daisy_kernel.numba_kernels import phase_reach, phase_scratch_bytes, retrieve_phase
from daisy_kernel.numba_kernels.phase import HC_KEV_M, filter_frames

# TomoPy: pixel 1e-4 cm, distance 10 cm, 20 keV, alpha 1e-3.
ALPHA = 1e-3
OPTICS = {
    "delta_beta": 1 / (4 * np.pi**2 * ALPHA),
    "energy_kev": 20.0,
    "distance_m": 0.1,
    "pixel_size_m": 1e-6,
}


@pytest.fixture
def tooth_frames(tomopy_tooth):
    return np.tile(tomopy_tooth("normalize")[:4], (1, 32, 1)), tomopy_tooth("paganin")


def test_the_tooth_is_that_of_tomopy(tooth_frames):
    frames, tomopy = tooth_frames
    difference = retrieve_phase(frames, **OPTICS) - tomopy
    assert np.linalg.norm(difference) < 1e-4 * np.linalg.norm(tomopy)
    assert np.abs(difference / tomopy).max() < 7e-4  # at a few edges; see the next test


def test_what_is_left_are_tomopys_frequencies_that_lie_half_a_step_aside(tooth_frames):
    frames, tomopy = tooth_frames
    shape = (128, 1024)  # as TomoPy pads
    wavelength_cm = HC_KEV_M / 20 * 100

    def frequencies(n):
        return scipy.fft.fftshift(np.arange(-(n - 1), n, 2)) * 0.5 / ((n - 1) * 1e-4)

    square = frequencies(shape[0])[:, np.newaxis] ** 2 + frequencies(shape[1]) ** 2
    response = 1 / (wavelength_cm * 10 * square / (4 * np.pi) + ALPHA)
    response /= response.max()
    # TomoPy drops the imaginary part, which is the same as averaging over +f and -f.
    opposite = np.roll(response[::-1, ::-1], (1, 1), axis=(0, 1))
    half = ((response + opposite) / 2)[:, : shape[1] // 2 + 1].astype(np.float32)
    np.testing.assert_allclose(filter_frames(frames, half, shape), tomopy, rtol=5e-6)


def test_one_frequency_is_damped_as_the_formula_says():
    n, cycles = 240, 12
    wave = 1 + 0.1 * np.cos(2 * np.pi * cycles * np.arange(n) / n)
    frames = np.broadcast_to(wave, (1, 16, n))
    optics = {**OPTICS, "delta_beta": 500.0, "padding": 0}
    frequency = cycles / (n * optics["pixel_size_m"])
    factor = 1 + np.pi * (HC_KEV_M / 20) * 0.1 * 500 * frequency**2
    expected = 1 + (wave - 1) / factor
    result = retrieve_phase(frames, **optics)
    np.testing.assert_allclose(result, np.broadcast_to(expected, result.shape), atol=2e-6)


@pytest.mark.parametrize("n_col", [61, 64])
def test_fringes_of_a_thin_sample_go_and_its_transmission_stays(n_col):
    # The inverse of the formula, without its edges, is what the detector sees.
    x = np.arange(n_col) - n_col / 2
    truth = np.exp(-0.3 * np.exp(-((x / 8) ** 2)))[np.newaxis, np.newaxis] * np.ones((2, 20, 1))
    reach = phase_reach(**OPTICS)
    curvature = np.gradient(np.gradient(truth, axis=2), axis=2)
    seen = truth - reach**2 * curvature
    found = retrieve_phase(seen, **OPTICS)
    assert np.abs(seen - truth).max() > 0.02
    assert np.abs(found - truth).max() < 0.003


def test_a_uniform_transmission_is_unchanged():
    uniform = np.full((2, 7, 9), 0.37, np.float32)
    np.testing.assert_allclose(retrieve_phase(uniform, **OPTICS), uniform, rtol=2e-6)


def test_projections_can_be_computed_apart():
    frames = np.random.default_rng(2).random((5, 11, 23)).astype(np.float32)
    whole = retrieve_phase(frames, **OPTICS)
    for lo, hi in ((0, 1), (1, 4), (4, 5)):
        part = retrieve_phase(frames[lo:hi].copy(), **OPTICS)
        np.testing.assert_array_equal(part, whole[lo:hi])
    spoiled = frames.copy()
    spoiled[2, 3, 4] = np.nan
    others = [0, 1, 3, 4]
    np.testing.assert_array_equal(retrieve_phase(spoiled, **OPTICS)[others], whole[others])


def test_the_estimate_of_the_memory_grows_with_the_padding():
    small = phase_scratch_bytes(64, 640, phase_reach(**OPTICS))
    assert 4 * 4 * 64 * 640 < small < phase_scratch_bytes(64, 640, 1000.0)
    assert phase_scratch_bytes(64, 640, 1000.0, 0) < small


@pytest.mark.parametrize("name", list(OPTICS))
@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf")])
def test_a_quantity_that_is_not_positive_is_refused(name, value):
    with pytest.raises(ValueError, match="must be a positive number: check the unit"):
        retrieve_phase(np.ones((1, 4, 4)), **{**OPTICS, name: value})
