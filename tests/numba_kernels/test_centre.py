from math import inf

import numpy as np
import pytest

from daisy_kernel.numba_kernels import Centre, find_centre_vo, flat_field, minus_log
from daisy_kernel.simulate import Ellipsoid, Phantom

SAMPLE = Phantom(
    (
        Ellipsoid((0.05, -0.1, 0), (0.6, 0.5, inf), 1.0, 20),
        Ellipsoid((0.2, 0.1, 0), (0.15, 0.25, inf), -0.5, 70),
        Ellipsoid((-0.25, 0.2, 0), (0.1, 0.05, inf), 1.0, 0),
        Ellipsoid((-0.1, -0.4, 0), (0.05, 0.05, inf), 2.0, 0),
    )
)
SIZES = [(60, 64), (181, 129), (90, 200), (180, 300), (400, 600)]


def sinogram(n_angle, n_col, centre, sample=SAMPLE, noise=0.0):
    angles = np.arange(n_angle) * np.pi / n_angle
    exact = sample.line_integrals(angles, 1, n_col, centre)[:, 0]
    rng = np.random.default_rng(n_col)
    return exact + rng.normal(size=exact.shape) * noise * exact.max()


@pytest.mark.parametrize("offset", [-0.11, -0.013, 0.042, 0.08])
@pytest.mark.parametrize(("n_angle", "n_col"), SIZES)
def test_a_known_centre_is_found_to_a_quarter_pixel(n_angle, n_col, offset):
    centre = (n_col - 1) / 2 + offset * n_col
    for noise, tolerance in ((0, 0.05), (0.01, 0.25)):
        found = find_centre_vo(sinogram(n_angle, n_col, centre, noise=noise))
        assert abs(found.column - centre) < tolerance


@pytest.mark.parametrize("centre", [95.3, 101.75])
def test_a_sample_wider_than_the_detector_is_no_hindrance(centre):
    wide = Phantom((Ellipsoid((0.05, 0, 0), (1.5, 1.3, inf), 1.0, 20), *SAMPLE.ellipsoids[1:]))
    found = find_centre_vo(sinogram(200, 200, centre, wide, noise=0.002))
    assert abs(found.column - centre) < 0.25


def test_transmissions_serve_as_well_as_line_integrals():
    integrals = sinogram(180, 200, 104.4)
    found = find_centre_vo(np.exp(-integrals / integrals.max()))
    assert abs(found.column - 104.4) < 0.1


def test_a_round_sample_on_the_axis_is_found():
    rod = Phantom((Ellipsoid((0, 0, 0), (0.4, 0.4, inf), 1.0),))
    assert abs(find_centre_vo(sinogram(90, 128, 60.25, rod, noise=0.003)).column - 60.25) < 0.25


@pytest.mark.parametrize("n_angle", [10, 15, 30])
def test_a_dozen_angles_are_enough_for_a_clear_sample(n_angle):
    assert abs(find_centre_vo(sinogram(n_angle, 128, 62.5)).column - 62.5) < 0.5


def test_too_few_angles_to_tell_the_centre_are_refused():
    with pytest.raises(ValueError, match="With 2 angles every centre fits equally well"):
        find_centre_vo(sinogram(2, 128, 62.5))


def test_mirroring_the_detector_mirrors_the_centre():
    tilted = sinogram(120, 150, 70.2, noise=0.005)
    ahead, mirrored = find_centre_vo(tilted), find_centre_vo(tilted[:, ::-1])
    assert abs(ahead.column + mirrored.column - 149) < 0.06


def test_confidence_is_high_for_a_sample_and_low_for_noise():
    sample = find_centre_vo(sinogram(180, 200, 104.4, noise=0.003))
    assert sample.confidence > 0.4
    noise = np.random.default_rng(0).normal(size=(180, 200))
    assert 0 <= find_centre_vo(noise).confidence < 0.1


def test_a_search_range_is_kept():
    found = find_centre_vo(sinogram(180, 200, 104.4), search_range=(102, 106.5))
    assert isinstance(found, Centre)
    assert abs(found.column - 104.4) < 0.05


def test_an_optimum_at_the_edge_of_the_range_is_refused_with_the_range():
    with pytest.raises(ValueError, match="at the edge of the searched range 110 to 140"):
        find_centre_vo(sinogram(180, 200, 104.4), search_range=(110, 140))


@pytest.mark.parametrize("search_range", [(-1, 50), (60, 50), (50, 300), (np.nan, 60)])
def test_a_range_off_the_detector_is_refused(search_range):
    with pytest.raises(ValueError, match="within the columns 0 to 199"):
        find_centre_vo(sinogram(180, 200, 104.4), search_range=search_range)


def test_sinograms_that_say_nothing_are_refused():
    good = sinogram(20, 64, 31.0)
    with pytest.raises(ValueError, match="1 angles"):
        find_centre_vo(good[:1])
    with pytest.raises(ValueError, match="7 columns"):
        find_centre_vo(good[:, :7])
    with pytest.raises(ValueError, match="constant"):
        find_centre_vo(np.full((20, 64), 3))
    with pytest.raises(ValueError, match=r"shape \(20,\)"):
        find_centre_vo(good[:, 0])
    good[3, 5] = np.nan
    with pytest.raises(ValueError, match="1 of 1280 pixels of the sinogram are not finite"):
        find_centre_vo(good)


def test_the_centre_of_the_tooth_is_where_tomopy_sees_it(tooth):
    projections, flats, darks, _ = tooth
    transmission = flat_field(projections, flats, darks)
    for row in range(2):
        for image in (transmission, minus_log(transmission)):
            found = find_centre_vo(image[:, row])
            assert 295.2 <= found.column <= 296.2
            assert found.confidence > 0.5
