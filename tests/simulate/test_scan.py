from dataclasses import replace

import numpy as np
import pytest

from daisy_kernel.simulate import (
    Detector,
    Phantom,
    TomographyScan,
    demo_scan,
    off_centre_disk,
    shepp_logan,
)

SCAN = TomographyScan(shepp_logan(), n_angle=40, n_row=8, n_col=64)


def test_angles_cover_half_a_turn_without_its_end():
    assert SCAN.angles_deg[0] == 0
    assert SCAN.angles_deg[-1] == 180 - 180 / 40
    np.testing.assert_allclose(SCAN.angles_rad, np.deg2rad(SCAN.angles_deg))


@pytest.mark.parametrize("n_col", [31, 64, 100, 256, 513, 2048])
def test_the_usual_centre_is_off_the_middle_and_keeps_the_sample_in_view(n_col):
    scan = replace(SCAN, n_col=n_col, centre=None)
    offset = scan.centre - (n_col - 1) / 2
    assert offset > 0
    assert scan.centre % 0.5 != 0
    assert offset + 0.95 * n_col / 2 < n_col / 2


def test_a_given_centre_is_kept():
    assert replace(SCAN, centre=30.25).centre == 30.25


def test_the_darkest_ray_is_as_dark_as_asked():
    for peak in (0.5, 1.8):
        scan = replace(SCAN, peak_line_integral=peak)
        assert scan.line_integrals().max() == pytest.approx(peak, rel=0.05)


def test_without_a_detector_the_projections_are_the_exact_transmission():
    ideal = SCAN.ideal()
    projections = ideal.projections()
    assert projections.dtype == np.float32
    np.testing.assert_array_equal(projections, np.exp(-SCAN.line_integrals()))
    np.testing.assert_array_equal(ideal.flats(), np.ones((20, 8, 64)))
    np.testing.assert_array_equal(ideal.darks(), np.zeros((10, 8, 64)))


def test_the_truth_and_the_line_integrals_hold_the_same_mass():
    truth = SCAN.truth().sum(axis=(1, 2), dtype=np.float64)
    seen = SCAN.line_integrals().sum(axis=2, dtype=np.float64)
    np.testing.assert_allclose(seen, np.broadcast_to(truth, seen.shape), rtol=0.01)


def test_back_projecting_the_exact_line_integrals_gives_the_truth():
    scan = TomographyScan(off_centre_disk(radius=0.4), n_angle=180, n_row=1, n_col=96)
    sinogram, n = scan.line_integrals()[:, 0].astype(np.float64), 96
    # Ramp filter of Ramachandran and Lakshminarayanan: 1/4, 0 and -1 / (pi k)^2 at odd k.
    k = np.arange(-n, n + 1)
    ramp = np.where(k % 2 == 1, -1 / (np.pi * np.where(k == 0, 1, k)) ** 2, 0.0)
    ramp[n] = 0.25
    y, x = np.indices((n, n)) - (n - 1) / 2
    image = np.zeros((n, n))
    for theta, line in zip(scan.angles_rad, sinogram, strict=True):
        u = x * np.cos(theta) - y * np.sin(theta) + scan.centre
        image += np.interp(u, np.arange(n), np.convolve(line, ramp)[n : 2 * n])
    image *= np.pi / 180
    truth = scan.truth()[0]
    height = truth.max()
    flat = (truth == height) & (np.roll(truth, 3, 0) == height) & (np.roll(truth, -3, 0) == height)
    assert np.median(image[flat]) == pytest.approx(height, rel=0.01)
    assert np.sqrt(np.mean((image - truth)[np.hypot(x, y) < 45] ** 2)) < 0.08 * height


def test_normalised_counts_are_the_transmission_up_to_their_noise():
    scan = replace(SCAN, detector=Detector(dead_share=0, zinger_share=0, stripe_share=0))
    dark = scan.darks().mean(axis=0)
    transmission = (scan.projections() - dark) / (scan.flats().mean(axis=0) - dark)
    residual = transmission / scan.ideal().projections() - 1
    assert abs(np.median(residual)) < 0.01  # the beam falls by up to 1 % between injections
    assert residual.std() < 0.03


def test_projections_have_the_same_bits_in_whatever_blocks_they_are_made():
    whole = SCAN.projections()
    assert whole.dtype == np.uint16
    assert whole.shape == (40, 8, 64)
    for step in (1, 7):
        blocks = [SCAN.projections(slice(k, k + step)) for k in range(0, 40, step)]
        np.testing.assert_array_equal(np.concatenate(blocks), whole)
    np.testing.assert_array_equal(SCAN.projections(slice(3, 30, 9)), whole[3:30:9])
    assert SCAN.projections(slice(40, None)).shape == (0, 8, 64)


def test_chosen_rows_are_the_rows_of_the_whole():
    np.testing.assert_array_equal(SCAN.truth(slice(2, 5)), SCAN.truth()[2:5])
    np.testing.assert_array_equal(
        SCAN.line_integrals(slice(4, 9), rows=slice(2, 5)), SCAN.line_integrals()[4:9, 2:5]
    )


def test_a_scan_of_nothing_lets_all_light_through():
    empty = replace(SCAN, phantom=Phantom(()))
    assert (empty.ideal().projections() == 1).all()


def test_the_demo_scan_is_a_rock_that_the_detector_does_not_saturate():
    scan = demo_scan(n_angle=6)
    frames = scan.projections()
    assert frames.shape == (6, 64, 256)
    assert (frames == scan.detector.saturation).sum() < 5
    assert 1.6 < scan.line_integrals().max() < 2.0
    assert demo_scan(n_angle=6) == scan
    assert demo_scan(n_angle=6, seed=8).phantom != scan.phantom


def test_an_impossible_scan_is_refused_with_what_to_do():
    with pytest.raises(ValueError, match=r"n_angle is 0; .* larger"):
        replace(SCAN, n_angle=0)
    with pytest.raises(ValueError, match="centre=nan"):
        replace(SCAN, centre=np.nan)
