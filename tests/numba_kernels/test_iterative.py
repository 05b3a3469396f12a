"""What all iterative methods promise, and what each is good for."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import inf

import numpy as np
import pytest

from daisy_kernel.numba_kernels import (
    ROWS_PER_GROUP,
    cgls_reconstruct,
    cgls_scratch_bytes,
    fbp_reconstruct,
    flat_field,
    forward_project,
    minus_log,
    os_sart_reconstruct,
    os_sart_scratch_bytes,
    sirt_reconstruct,
    sirt_scratch_bytes,
    tv_reconstruct,
    tv_scratch_bytes,
)
from daisy_kernel.simulate import shepp_logan

METHODS = {
    "sirt": sirt_reconstruct,
    "os_sart": os_sart_reconstruct,
    "cgls": cgls_reconstruct,
    "tv": tv_reconstruct,
}
SCRATCH_BYTES = {
    "sirt": sirt_scratch_bytes,
    "os_sart": os_sart_scratch_bytes,
    "cgls": cgls_scratch_bytes,
    "tv": tv_scratch_bytes,
}
every_method = pytest.mark.parametrize("name", METHODS)
with_bounds = pytest.mark.parametrize("name", ["sirt", "os_sart", "tv"])


def half_turn(n_angle):
    return np.arange(n_angle) * np.pi / n_angle


def within(n_col, share=0.95):
    y, x = np.mgrid[:n_col, :n_col] - (n_col - 1) / 2
    return x**2 + y**2 < (share * n_col / 2) ** 2


def rmse(image, truth):
    return np.sqrt(np.mean((image - truth)[within(len(truth))] ** 2))


@pytest.fixture(scope="module")
def noise():
    """Sinograms with something different in every row: 35 rows are two groups and a rest."""
    rng = np.random.default_rng(11)
    return rng.normal(size=(19, 35, 24)).astype(np.float32), rng.uniform(-9, 9, 19)


@every_method
@pytest.mark.parametrize("centre", [11.2, 11.5 + 4 * (np.arange(35) // 12)])
def test_the_bits_of_a_slice_do_not_depend_on_the_other_rows(name, centre, noise):
    sinograms, angles = noise
    reconstruct = partial(METHODS[name], iterations=4)
    centres = np.broadcast_to(centre, (35,))
    whole = reconstruct(sinograms, angles, centre)
    for starts in (range(0, 35, ROWS_PER_GROUP), (0, 1, 5, 16, 34), range(0, 35, 12)):
        for start, stop in zip(starts, [*starts[1:], 35], strict=True):
            rows = slice(start, stop)
            part = reconstruct(sinograms[:, rows], angles, centres[rows])
            np.testing.assert_array_equal(part, whole[rows])


@every_method
def test_several_threads_may_reconstruct_at_once(name, noise):
    sinograms, angles = noise
    reconstruct = partial(METHODS[name], iterations=3)
    whole = reconstruct(sinograms, angles, 11.2)
    groups = [slice(first, first + 8) for first in range(0, 35, 8)]
    with ThreadPoolExecutor(4) as pool:
        parts = pool.map(lambda rows: reconstruct(sinograms[:, rows], angles, 11.2), groups)
        for rows, part in zip(groups, parts, strict=True):
            np.testing.assert_array_equal(part, whole[rows])


@every_method
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_nan_stays_in_its_slice(name, bad, noise):
    sinograms, angles = noise
    reconstruct = partial(METHODS[name], iterations=3)
    expected = reconstruct(sinograms, angles, 11.2)
    spoiled = sinograms.copy()
    spoiled[4, 17, 9] = bad
    result = reconstruct(spoiled, angles, 11.2)
    others = np.arange(35) != 17
    assert not np.isfinite(result[17]).all()
    np.testing.assert_array_equal(result[others], expected[others])


@every_method
def test_an_empty_row_beside_a_bright_one_stays_empty(name):
    sinograms = np.zeros((30, 20, 40), np.float32)
    sinograms[:, ::2] = shepp_logan().line_integrals(half_turn(30), 1, 40, 19.5) * 1e6
    volume = METHODS[name](sinograms, half_turn(30), 19.5, iterations=5)
    assert np.abs(volume[1::2]).max() == 0
    assert volume[::2].max() > 1e5


def relative_residual(volume, sinograms, angles, centre):
    difference = forward_project(volume, angles, centre) - sinograms
    return np.linalg.norm(difference) / np.linalg.norm(sinograms)


@pytest.mark.parametrize("method", ["sirt", "os_sart", "cgls", "tv"])
def test_the_residual_falls_from_iteration_to_iteration(method):
    angles, centre = half_turn(60), 31.0
    truth = shepp_logan().volume(1, 64)
    sinograms = forward_project(truth, angles, centre)
    if method == "tv":
        reconstruct = partial(tv_reconstruct, regularisation=0.0)
        counts = (1, 2, 4, 8, 16, 32)  # it may rise a little now and then
    else:
        reconstruct = METHODS[method]
        counts = range(1, 13)
    residuals = [
        relative_residual(
            reconstruct(sinograms, angles, centre, iterations=n), sinograms, angles, centre
        )
        for n in counts
    ]
    assert (np.diff(residuals) < 0).all()
    assert residuals[-1] < 0.12


def test_consistent_projections_are_explained_exactly():
    angles, centre = half_turn(90), 15.25
    truth = np.random.default_rng(3).uniform(size=(1, 32, 32)).astype(np.float32)
    truth *= within(32, 0.9)
    sinograms = forward_project(truth, angles, centre)
    for iterations, limit in ((50, 0.05), (200, 0.012), (800, 0.003)):
        volume = cgls_reconstruct(sinograms, angles, centre, iterations=iterations)
        assert rmse(volume[0], truth[0]) < limit
    # Long after it has converged, going on has broken nothing.
    assert relative_residual(volume, sinograms, angles, centre) < 1e-5
    volume = os_sart_reconstruct(sinograms, angles, centre, iterations=100)
    assert relative_residual(volume, sinograms, angles, centre) < 5e-3
    volume = tv_reconstruct(sinograms, angles, centre, iterations=500, regularisation=0.0)
    assert relative_residual(volume, sinograms, angles, centre) < 5e-3


def test_os_sart_with_one_subset_is_sirt_and_with_more_gets_there_sooner():
    angles, centre = half_turn(60), 31.0
    sinograms = shepp_logan().line_integrals(angles, 1, 64, centre)
    truth = shepp_logan().volume(1, 64)[0]
    slow = sirt_reconstruct(sinograms, angles, centre, iterations=8)
    one = os_sart_reconstruct(sinograms, angles, centre, iterations=8, subsets=1)
    np.testing.assert_array_equal(one, slow)
    quick = os_sart_reconstruct(sinograms, angles, centre, iterations=8, subsets=6)
    later = sirt_reconstruct(sinograms, angles, centre, iterations=40)
    assert rmse(quick[0], truth) < rmse(later[0], truth)
    # More subsets than projections are as many as there are projections.
    few = os_sart_reconstruct(sinograms[:4], angles[:4], centre, iterations=1, subsets=4)
    many = os_sart_reconstruct(sinograms[:4], angles[:4], centre, iterations=1, subsets=99)
    np.testing.assert_array_equal(few, many)


def noisy(sinograms, level, seed=1):
    noise = np.random.default_rng(seed).normal(size=sinograms.shape)
    return (sinograms + level * sinograms.max() * noise).astype(np.float32)


SETTINGS = {
    "sirt": {"iterations": 100, "non_negative": True},
    "os_sart": {"iterations": 10, "non_negative": True},
    "cgls": {"iterations": 12},
    "tv": {"iterations": 150, "regularisation": 0.03},
}


@every_method
@pytest.mark.parametrize(
    "angles",
    [half_turn(18), half_turn(90)[:60], (np.arange(18) * np.pi * (np.sqrt(5) - 1) / 2)[::-1]],
    ids=["few", "limited", "golden"],
)
def test_few_or_limited_angles_are_better_than_by_back_projection(name, angles):
    n_col, centre = 96, 49.0
    sinograms = noisy(shepp_logan().line_integrals(angles, 1, n_col, centre), 0.01)
    truth = shepp_logan().volume(1, n_col)[0]
    by_fbp = fbp_reconstruct(sinograms, angles, centre)[0]
    result = METHODS[name](sinograms, angles, centre, **SETTINGS[name])[0]
    assert rmse(result, truth) < 0.93 * rmse(by_fbp, truth)


def test_total_variation_takes_the_noise_and_leaves_the_edges():
    n_col, centre, angles = 96, 47.5, half_turn(60)
    sinograms = noisy(shepp_logan().line_integrals(angles, 1, n_col, centre), 0.02)
    truth = shepp_logan().volume(1, n_col)[0]
    results = {
        weight: tv_reconstruct(sinograms, angles, centre, iterations=150, regularisation=weight)[0]
        for weight in (0.0, 0.05, 0.1)
    }
    guide = 0.02 * sinograms.max() / np.sqrt(60)
    assert 0.04 < guide < 0.2
    assert rmse(results[0.1], truth) < 0.7 * rmse(results[0.0], truth)
    brain = (slice(60, 66), slice(44, 52))
    assert results[0.1][brain].std() < 0.1 * results[0.0][brain].std()
    variation = [total_variation(image) for image in results.values()]
    assert variation == sorted(variation, reverse=True)


def total_variation(image):
    along_y = np.diff(image, axis=0, append=image[-1:])
    along_x = np.diff(image, axis=1, append=image[:, -1:])
    return np.hypot(along_x, along_y).sum()


@pytest.mark.parametrize("weight", [0.05, 0.5])
def test_the_result_of_total_variation_minimises_what_it_says(weight):
    n_col, centre, angles = 64, 31.5, half_turn(60)
    sinograms = noisy(shepp_logan().line_integrals(angles, 1, n_col, centre), 0.02)

    def objective(image):
        residual = forward_project(image[np.newaxis], angles, centre) - sinograms
        misfit = np.sum(residual.astype(np.float64) ** 2) / (2 * len(angles))
        return misfit + weight * total_variation(image.astype(np.float64))

    image = tv_reconstruct(sinograms, angles, centre, iterations=400, regularisation=weight)[0]
    least = objective(image)
    rng = np.random.default_rng(2)
    for size in (0.003, 0.03):
        assert objective(image + size * rng.normal(size=image.shape)) > least
        assert objective(image + size * shepp_logan().volume(1, n_col)[0]) > least
        assert objective(image - size * shepp_logan().volume(1, n_col)[0]) > least
    # At the minimum, making the image a little brighter changes nothing to first order.
    projected = forward_project(image[np.newaxis], angles, centre).astype(np.float64)
    pull = np.sum((sinograms - projected) * projected) / len(angles)
    assert abs(pull / (weight * total_variation(image)) - 1) < 0.01


@with_bounds
def test_negative_values_are_kept_out_if_wanted(name):
    n_col, centre, angles = 64, 31.5, half_turn(20)
    sinograms = noisy(shepp_logan().line_integrals(angles, 1, n_col, centre), 0.01)
    truth = shepp_logan().volume(1, n_col)[0]
    free = METHODS[name](sinograms, angles, centre, iterations=30)
    bounded = METHODS[name](sinograms, angles, centre, iterations=30, non_negative=True)
    assert free.min() < -0.01
    assert bounded.min() >= 0
    assert rmse(bounded[0], truth) < rmse(free[0], truth)
    spoiled = np.concatenate((sinograms, sinograms), axis=1)
    spoiled[3, 1, 7] = np.nan
    result = METHODS[name](spoiled, angles, centre, iterations=2, non_negative=True)
    assert np.isnan(result[1]).any()
    assert np.isfinite(result[0]).all()


@every_method
def test_the_smallest_scans_and_any_type_work(name):
    reconstruct = partial(METHODS[name], iterations=2)
    for n_angle, n_col in ((1, 1), (2, 2), (5, 3), (1, 9)):
        volume = reconstruct(np.ones((n_angle, 1, n_col)), half_turn(n_angle), (n_col - 1) / 2)
        assert volume.shape == (1, n_col, n_col)
        assert volume.dtype == np.float32
        assert np.isfinite(volume).all()
    counts = np.random.default_rng(3).integers(0, 1000, (9, 2, 20))
    expected = reconstruct(counts.astype(np.float32), half_turn(9), 9.0)
    for dtype in ("f8", ">u2"):
        np.testing.assert_array_equal(
            reconstruct(counts.astype(dtype), half_turn(9), 9.0), expected
        )


@every_method
def test_the_estimate_of_scratch_memory_is_honest(name):
    reconstruct = partial(METHODS[name], iterations=1)
    for n_angle, n_row, n_col, centre in ((60, 17, 96, 40.5), (20, 3, 200, 99.5)):
        sinograms = np.ones((n_angle, n_row, n_col), np.float32)
        reconstruct(sinograms[:, :1], half_turn(n_angle), centre)  # compiling takes memory
        tracemalloc.start()
        volume = reconstruct(sinograms, half_turn(n_angle), centre)
        peak = tracemalloc.get_traced_memory()[1] - volume.nbytes
        tracemalloc.stop()
        promised = SCRATCH_BYTES[name](n_angle, n_row, n_col)
        assert peak < promised < 2 * peak + 2**21
    assert SCRATCH_BYTES[name](1801, 4000, 2048) == SCRATCH_BYTES[name](1801, 16, 2048)


@every_method
def test_bad_input_is_refused(name, noise):
    sinograms, angles = noise
    reconstruct = METHODS[name]
    with pytest.raises(ValueError, match="not on the detector, whose columns are 0 to 23"):
        reconstruct(sinograms, angles, 24)
    with pytest.raises(ValueError, match=r"19 projections but the angles have shape \(18,\)"):
        reconstruct(sinograms, angles[1:], 11.5)
    with pytest.raises(ValueError, match=r"sinograms have shape \(19, 24\)"):
        reconstruct(sinograms[:, 0], angles, 11.5)
    for iterations in (0, -3, 2.5, True):
        with pytest.raises(ValueError, match=r"iterations is .* must be a positive integer"):
            reconstruct(sinograms, angles, 11.5, iterations=iterations)


def test_parameters_of_one_method_are_checked_too(noise):
    sinograms, angles = noise
    with pytest.raises(ValueError, match="subsets is 0; it must be a positive integer"):
        os_sart_reconstruct(sinograms, angles, 11.5, subsets=0)
    for weight in (-1.0, np.nan, inf):
        with pytest.raises(ValueError, match=r"regularisation is .* zero or positive"):
            tv_reconstruct(sinograms, angles, 11.5, regularisation=weight)


def test_the_tooth_looks_as_tomopys_sirt_sees_it(tooth, tomopy_tooth):
    projections, flats, darks, angles = tooth
    sinograms = minus_log(flat_field(projections, flats, darks))[:, :1]
    reference = tomopy_tooth("recon/sirt_20")[0]
    circle = within(640, 1.0)
    image = sirt_reconstruct(sinograms, angles, 296.0, iterations=20)[0]
    assert np.corrcoef(image[circle], reference[circle])[0, 1] > 0.999
    # TomoPy was told 296 as well; its pixel centres lie half a pixel away. Its weights are squared
    # lengths, so the iterations are a little longer than ours.
    image = sirt_reconstruct(sinograms, angles, 295.5, iterations=20)[0]
    assert np.corrcoef(image[circle], reference[circle])[0, 1] > 0.9998
    slope = np.polyfit(image[circle], reference[circle], 1)[0]
    assert abs(slope - 1) < 0.015
