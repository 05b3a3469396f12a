import numpy as np
import pytest

from daisy_kernel.numba_kernels import correct_drift_air, correct_drift_mass, frame_intensities
from daisy_kernel.simulate import Ellipsoid, Phantom

N_ANGLE, N_ROW, N_COL = 30, 8, 64


@pytest.fixture(scope="module")
def transmission():
    rod = Phantom((Ellipsoid((0.2, -0.1, 0.0), (0.35, 0.25, float("inf")), 0.03),))
    angles = np.arange(N_ANGLE) * np.pi / N_ANGLE
    return np.exp(-rod.line_integrals(angles, N_ROW, N_COL, 32.1))


@pytest.fixture(scope="module")
def factors():
    return np.random.default_rng(8).uniform(0.8, 1.2, (N_ANGLE, 1, 1)).astype(np.float32)


def test_the_air_gives_back_what_the_beam_lost(transmission, factors):
    for side in ("both", "left", "right"):
        corrected = correct_drift_air(transmission * factors, air=8, side=side)
        np.testing.assert_allclose(corrected, transmission, atol=1e-6)


def test_a_beam_that_also_tilts_is_put_right_from_both_sides(transmission, factors):
    tilt = 1 + 0.1 * np.linspace(-1, 1, N_COL, dtype=np.float32)
    corrected = correct_drift_air(transmission * factors * tilt, air=8)
    np.testing.assert_allclose(corrected, transmission, atol=2e-6)


def test_the_mass_of_a_sample_in_view_is_the_same_at_every_angle(transmission, factors):
    intensities = frame_intensities(transmission)
    assert np.ptp(intensities) < 1e-6
    reference = float(np.median(intensities))
    corrected = correct_drift_mass(transmission * factors, reference=reference)
    np.testing.assert_allclose(corrected, transmission, rtol=2e-6)


def test_values_that_are_not_finite_do_not_count_and_stay(transmission):
    spoiled = transmission.copy()
    spoiled[3, 2, 1] = np.nan
    for correct in (
        lambda t: correct_drift_air(t, air=8),
        lambda t: correct_drift_mass(t, reference=0.8),
    ):
        corrected = correct(spoiled)
        assert np.argwhere(~np.isfinite(corrected)).tolist() == [[3, 2, 1]]


def test_projections_can_be_computed_apart(transmission, factors):
    drifting = transmission * factors
    for correct in (
        lambda t: correct_drift_air(t, air=5),
        lambda t: correct_drift_mass(t, reference=0.8),
    ):
        whole = correct(drifting)
        for i in (0, 7, 29):
            np.testing.assert_array_equal(correct(drifting[i : i + 1]), whole[i : i + 1])


def test_dark_air_and_columns_that_are_not_there_are_refused(transmission):
    dark = transmission.copy()
    dark[4, :, :8] = 0
    with pytest.raises(ValueError, match="Projection 4 of this block is dark"):
        correct_drift_air(dark, air=8)
    with pytest.raises(ValueError, match="air is 33 columns on the side 'both' of a detector with"):
        correct_drift_air(transmission, air=33)
    with pytest.raises(ValueError, match="reference is 0"):
        correct_drift_mass(transmission, reference=0)
    with pytest.raises(ValueError, match="side is 'top'; known are both, left, right"):
        correct_drift_air(transmission, air=3, side="top")
