"""Slices of several candidates: the cleanest one has the true centre."""

from dataclasses import replace

import numpy as np
import pytest

from daisy_kernel.numba_kernels import fourier_reconstruct, try_centres
from daisy_kernel.simulate import TomographyScan, foam

CENTRE = 60.7


@pytest.fixture(scope="module")
def scan():
    return TomographyScan(
        foam(3, 40, half_height=1.0), n_angle=181, n_row=1, n_col=128, centre=CENTRE, detector=None
    )


@pytest.fixture(scope="module")
def sinogram(scan):
    return scan.line_integrals()[:, 0]


def half_acquisition(scan, first, last):
    """A whole turn of a scan with its axis in the middle, seen in some columns only."""
    ahead = replace(scan, centre=(scan.n_col - 1) / 2).line_integrals()[:, 0]
    turn = np.concatenate((ahead, ahead[:, ::-1]))  # half a turn later it is mirrored
    angles = np.concatenate((scan.angles_rad, scan.angles_rad + np.pi))
    return turn[:, first:last], angles, (scan.n_col - 1) / 2 - first


def lowest(columns, entropies):
    best = int(np.argmin(entropies))
    bend, slope, _ = np.polyfit(columns[best - 2 : best + 3], entropies[best - 2 : best + 3], 2)
    return -slope / (2 * bend)


def test_the_cleanest_slice_is_within_a_tenth_of_a_column_of_the_truth(scan, sinogram):
    columns = CENTRE - 0.13 + np.arange(-20, 21) * 0.25
    _, entropies = try_centres(sinogram, scan.angles_rad, columns)
    assert lowest(columns, entropies) == pytest.approx(CENTRE, abs=0.1)


def test_a_slice_is_the_one_that_is_reconstructed_with_this_centre(scan, sinogram):
    slices, _ = try_centres(sinogram, scan.angles_rad, [CENTRE, 50.0], filter_name="shepp")
    for image, column in zip(slices, (CENTRE, 50.0), strict=True):
        alone = fourier_reconstruct(sinogram[:, None], scan.angles_rad, column)[0]
        np.testing.assert_allclose(image, alone, atol=2e-5 * np.abs(alone).max())


def test_binned_slices_have_the_values_of_large_pixels(scan, sinogram):
    slices, _ = try_centres(sinogram, scan.angles_rad, [CENTRE], binning=2)
    truth = scan.truth()[0].reshape(64, 2, 64, 2).mean(axis=(1, 3))
    y, x = np.ogrid[:64, :64]
    inside = np.hypot(y - 31.5, x - 31.5) < 24
    assert slices.shape == (1, 64, 64)
    error = np.sqrt(np.mean((slices[0] - truth)[inside] ** 2)) / truth[inside].std()
    assert error < 0.4  # by binning, and by a foam that is finer than the pixels
    assert slices[0][inside].mean() == pytest.approx(truth[inside].mean(), rel=0.02)


@pytest.mark.parametrize(("first", "last"), [(45, 128), (0, 83)])
def test_half_acquisition_is_stitched_for_every_candidate(scan, first, last):
    sinogram, angles, centre = half_acquisition(scan, first, last)
    columns = centre + np.arange(-10, 11) * 0.25
    slices, entropies = try_centres(sinogram, angles, columns, stitched=True)
    # The seam of both halves moves with the candidate, so the lowest place is not as sharp.
    assert abs(columns[np.argmin(entropies)] - centre) <= 0.5
    assert slices.shape[1] % 2 == 1
    truth = scan.truth()[0]
    middle = slices[10]
    side = (middle.shape[0] - 1) // 2
    seen = middle[side - 40 : side + 41, side - 40 : side + 41]
    inner = truth[23:104, 23:104]  # half a pixel apart: the truth has an even number of columns
    assert np.corrcoef(seen.ravel(), inner.ravel())[0, 1] > 0.8


def test_a_whole_turn_counts_every_direction_once(scan):
    sinogram, angles, centre = half_acquisition(scan, 0, 128)
    slices, _ = try_centres(sinogram, angles, [centre])
    alone, _ = try_centres(sinogram[:181], angles[:181], [centre])
    np.testing.assert_allclose(slices, alone, atol=1e-6)


@pytest.mark.parametrize("columns", [[], [-0.1], [127.2], [float("nan")]])
def test_candidates_off_the_detector_are_refused(scan, sinogram, columns):
    with pytest.raises(ValueError, match="must lie on the detector, whose columns are 0 to 127"):
        try_centres(sinogram, scan.angles_rad, columns)


def test_too_much_binning_is_refused(scan, sinogram):
    with pytest.raises(ValueError, match="128 columns cannot be binned by 20: at least 8"):
        try_centres(sinogram, scan.angles_rad, [CENTRE], binning=20)
