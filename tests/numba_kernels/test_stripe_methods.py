"""All methods against stripes, beside each other and beside other programs."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.linalg import solve

from daisy_kernel.numba_kernels import (
    remove_stripes_all,
    remove_stripes_smoothing,
    remove_stripes_sorting,
    remove_stripes_titarenko,
    remove_stripes_wavelet,
)
from daisy_kernel.simulate import TomographyScan, foam

METHODS = {
    "sorting": remove_stripes_sorting,
    "wavelet": remove_stripes_wavelet,
    "titarenko": remove_stripes_titarenko,
    "smoothing": remove_stripes_smoothing,
    "all": remove_stripes_all,
}
# With the same strength in algotom; its own "all" refuses sinograms without noise.
SETTINGS = {
    "sorting": {"size": 21},
    "wavelet": {"level": 5, "sigma": 1.0},
    "titarenko": {"alpha": 0.05},
    "smoothing": {"size": 21},
    "all": {"size": 21, "large_size": 51},
}


@dataclass
class Striped:
    clean: np.ndarray
    """(n_angle, 1, n_col) line integrals with noise"""
    offsets: np.ndarray
    """(n_col,) what the stripes add"""

    @property
    def sinogram(self):
        return self.clean + self.offsets


def random_offsets(seed):
    """Narrow stripes at random places, and one that is three columns wide."""
    rng = np.random.default_rng(seed)
    offsets = np.zeros(640, np.float32)
    offsets[rng.permutation(np.arange(20, 600))[:12]] = rng.normal(0, 0.05, 12)
    offsets[150:153] += 0.04
    return offsets


@pytest.fixture(scope="module")
def striped():
    scan = TomographyScan(foam(3, 60), n_angle=721, n_row=16, n_col=640, centre=321.3)
    clean = scan.line_integrals(rows=slice(7, 8))
    clean += np.random.default_rng(3).normal(0, 0.01, clean.shape).astype(np.float32)
    return Striped(clean, random_offsets(3))


def rms(values):
    return float(np.sqrt(np.mean(np.square(values))))


def stripes_left(treat, striped, seeds=(3,)):
    """What the stripes leave behind in the mean over the angles."""
    without = treat(striped.clean)
    left = [treat(striped.clean + random_offsets(seed)) - without for seed in seeds]
    return rms([part.mean(axis=0) for part in left])


def in_algotom(method):
    removal = pytest.importorskip("algotom.prep.removal", reason="algotom is not installed")
    treat = {
        "sorting": lambda s: removal.remove_stripe_based_sorting(s, 21),
        "wavelet": lambda s: removal.remove_stripe_based_wavelet_fft(s, 5, 1),
        "titarenko": lambda s: removal.remove_stripe_based_regularization(s, 0.05, apply_log=False),
        "smoothing": lambda s: removal.remove_stripe_based_normalization(s, 6, sort=False),
        "all": lambda s: removal.remove_all_stripe(s, 3.0, 51, 21),
    }[method]

    def stack(sinograms):
        n_angle, _, n_col = sinograms.shape
        return treat(sinograms[:, 0].copy())[:n_angle, np.newaxis, :n_col]

    return stack


@pytest.mark.parametrize(
    ("method", "left", "damage"),
    [
        ("sorting", 0.35, 0.7),
        ("wavelet", 0.4, 1.1),
        ("titarenko", 0.35, 1.5),
        ("smoothing", 0.25, 2.5),
        ("all", 0.3, 1.3),
    ],
)
def test_stripes_go_and_a_clean_sinogram_is_left_alone(method, left, damage, striped):
    """Relative to the stripes: what is left of them, and what a clean sinogram suffers."""
    treat, stripes = METHODS[method], rms(striped.offsets)
    assert stripes_left(treat, striped) < left * stripes
    assert rms(treat(striped.clean) - striped.clean) < damage * stripes


@pytest.mark.parametrize("method", list(METHODS))
def test_at_least_as_good_as_algotom(method, striped):
    theirs = in_algotom(method)

    def ours(sinograms):
        return METHODS[method](sinograms, **SETTINGS[method])

    # Several, because where a stripe lies on the grid of the wavelets is chance.
    seeds = (3,) if method == "all" else range(3, 7)
    left = [stripes_left(treat, striped, seeds) for treat in (ours, theirs)]
    assert left[0] <= 1.01 * left[1]
    damage = [rms(treat(striped.clean) - striped.clean) for treat in (ours, theirs)]
    assert damage[0] <= 1.3 * damage[1]


@pytest.mark.parametrize(
    ("method", "name", "settings", "correlation"),
    [
        ("smoothing", "stripe_sf", {"size": 5}, 0.999),
        ("titarenko", "stripe_ti", {"alpha": 0.1}, 0.75),
        ("sorting", "stripe_based_sorting", {"size": 5}, 0.5),
        ("wavelet", "stripe_fw", {"level": 10, "sigma": 2.0}, 0.85),
        ("all", "all_stripe", {}, 0.99),
    ],
)
def test_the_tooth_loses_the_same_kind_of_stripes_as_in_tomopy(
    method, name, settings, correlation, tomopy_tooth
):
    tooth = tomopy_tooth("minus_log")
    removed = tooth - METHODS[method](tooth, **settings)
    by_tomopy = tooth - tomopy_tooth(f"stripes/remove_{name}")
    columns = [part.mean(axis=0).ravel() for part in (removed, by_tomopy)]
    assert np.corrcoef(*columns)[0, 1] > correlation
    assert 0.3 < rms(removed) / rms(by_tomopy) < 4


@pytest.mark.parametrize("method", list(METHODS))
def test_rows_can_be_computed_apart_and_a_nan_stays_where_it_is(method, striped):
    narrow = striped.sinogram[:90, :, 100:300]
    stack = np.concatenate([narrow, 2 * narrow, np.zeros_like(narrow), narrow[::-1]], axis=1)
    treat = METHODS[method]
    whole = treat(stack)
    for row in range(4):
        np.testing.assert_array_equal(
            treat(stack[:, row : row + 1].copy()), whole[:, row : row + 1]
        )
    assert np.abs(whole[:, 2]).max() < 1e-5 * np.abs(whole[:, 0]).max()
    stack[7, 1, 60] = np.nan
    spoiled = treat(stack)
    assert np.argwhere(~np.isfinite(spoiled)).tolist() == [[7, 1, 60]]
    np.testing.assert_array_equal(spoiled[:, [0, 2, 3]], whole[:, [0, 2, 3]])


@pytest.mark.parametrize("method", list(METHODS))
@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 1, 3), (2, 2, 40), (40, 1, 2)])
@pytest.mark.parametrize("dtype", ["u2", "f8"])
def test_small_sinograms_of_any_type(method, shape, dtype):
    sinograms = np.random.default_rng(1).integers(1, 50, shape).astype(dtype)
    treated = METHODS[method](sinograms)
    assert treated.shape == shape
    assert treated.dtype == np.float32
    assert np.isfinite(treated).all()


def test_titarenko_is_the_least_squares_solution():
    sinograms = np.random.default_rng(1).random((11, 1, 30))
    mean = sinograms.astype(np.float32).mean(axis=0, dtype=np.float64)[0]
    differences = np.diff(np.eye(30), axis=0)
    normal = differences.T @ differences
    offsets = solve(normal + 0.03 * np.eye(30), -normal @ mean)
    treated = remove_stripes_titarenko(sinograms, alpha=0.03)
    np.testing.assert_allclose(treated, sinograms + offsets, atol=1e-6)


def test_all_interpolates_a_dead_column_and_mends_a_wide_stripe(striped):
    clean, spoiled = striped.clean, striped.clean.copy()
    spoiled[:, 0, 220] = 0.3
    spoiled[:, 0, 400:412] += 0.15
    treated = remove_stripes_all(spoiled)
    for columns in (slice(219, 222), slice(398, 414)):
        before = rms((spoiled - clean)[:, 0, columns])
        assert rms((treated - clean)[:, 0, columns]) < 0.35 * before


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: remove_stripes_smoothing(s, size=4), "window is 4 columns; it must be odd"),
        (lambda s: remove_stripes_all(s, size=4), "The window is 4 columns; it must be odd"),
        (lambda s: remove_stripes_all(s, large_size=8), "large window is 8 columns"),
        (lambda s: remove_stripes_all(s, snr=0.5), "snr is 0.5; it must be at least 1"),
        (lambda s: remove_stripes_titarenko(s, alpha=0), "alpha is 0; it must be a positive"),
        (lambda s: remove_stripes_wavelet(s, sigma=0), "Got level=3 and sigma=0; both must be"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.ones((4, 1, 20)))
