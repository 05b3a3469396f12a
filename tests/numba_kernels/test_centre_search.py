from math import inf, pi

import numpy as np
import pytest

from daisy_kernel.numba_kernels import (
    LEAST_CONFIDENCE,
    Overlap,
    find_centre,
    fit_axis,
    flat_field,
    minus_log,
)
from daisy_kernel.simulate import Ellipsoid, Phantom, foam

HALF_TURN = ("vo", "phase-correlation", "entropy")
ALL = (*HALF_TURN, "overlap-360")
N_COL = 160
CENTRE = 84.3
FOAM = foam(3, 150, half_height=0.1)


def scaled(phantom, factor):
    """The same sample, larger than the detector where the factor says so."""
    return Phantom(
        tuple(
            Ellipsoid(
                tuple(factor * v for v in body.centre),
                tuple(factor * v for v in body.semi_axes),
                body.value,
                body.rotation_deg,
            )
            for body in phantom.ellipsoids
        )
    )


def sinogram(angles, centre=CENTRE, *, sample=FOAM, n_col=N_COL, noise=0.0, stripes=0.0, seed=0):
    """Line integrals up to 2, with noise and stripes of these standard deviations."""
    exact = sample.line_integrals(angles, 1, n_col, centre)[:, 0]
    exact *= 2 / exact.max()
    rng = np.random.default_rng(seed)
    noisy = exact + rng.normal(size=exact.shape) * noise
    return (noisy + rng.normal(size=n_col) * stripes).astype(np.float32)


def turn(n_angle, degrees=360.0):
    return np.arange(n_angle) * np.deg2rad(degrees) / n_angle


DAMAGED = {
    "perfect": {},
    "noise": {"noise": 0.02},
    "stripes": {"noise": 0.005, "stripes": 0.02},
}


@pytest.mark.parametrize("damage", DAMAGED)
@pytest.mark.parametrize("method", HALF_TURN)
def test_half_a_turn_with_its_end_gives_the_centre_to_a_quarter_pixel(method, damage):
    angles = np.linspace(0, pi, 181)
    found = find_centre(sinogram(angles, **DAMAGED[damage]), angles, method=method)
    assert abs(found.column - CENTRE) < 0.25
    assert LEAST_CONFIDENCE < found.confidence <= 1


@pytest.mark.parametrize("damage", DAMAGED)
@pytest.mark.parametrize("method", ALL)
def test_a_whole_turn_gives_the_centre_to_a_quarter_pixel(method, damage):
    angles = turn(360)
    found = find_centre(sinogram(angles, **DAMAGED[damage]), angles, method=method)
    assert abs(found.column - CENTRE) < 0.25


@pytest.mark.parametrize("method", ALL)
def test_transmissions_serve_as_well_as_line_integrals(method):
    angles = turn(360)
    integrals = sinogram(angles, noise=0.002)
    before = find_centre(np.exp(-integrals), angles, method=method)
    after = find_centre(integrals, angles, method=method)
    assert abs(before.column - CENTRE) < 0.25
    assert abs(before.column - after.column) < 0.25


def test_projections_a_step_short_of_half_a_turn_are_extrapolated():
    angles = turn(400, 180)
    found = find_centre(sinogram(angles), angles, method="phase-correlation")
    assert abs(found.column - CENTRE) < 0.25


@pytest.mark.parametrize("method", ["phase-correlation", "overlap-360"])
def test_an_odd_number_of_projections_has_no_exact_opposites_and_still_serves(method):
    angles = turn(361)
    assert abs(find_centre(sinogram(angles), angles, method=method).column - CENTRE) < 0.1


@pytest.mark.parametrize("damage", DAMAGED)
@pytest.mark.parametrize(
    ("centre", "size", "side"), [(20.3, 1.7, "left"), (137.8, 1.7, "right"), (118.4, 1.3, "right")]
)
def test_half_acquisition_gives_centre_side_and_overlap(centre, size, side, damage):
    angles = turn(360)
    wide = scaled(FOAM, size)
    found = find_centre(
        sinogram(angles, centre, sample=wide, **DAMAGED[damage]), angles, method="overlap-360"
    )
    assert isinstance(found, Overlap)
    assert abs(found.column - centre) < 0.25
    assert found.side == side
    assert abs(found.width - (2 * min(centre, N_COL - 1 - centre) + 1)) < 0.5


def test_mirroring_the_detector_mirrors_the_overlap():
    angles = turn(360)
    left = sinogram(angles, 22.6, sample=scaled(FOAM, 1.7), noise=0.01)
    found = find_centre(left, angles, method="overlap-360")
    mirrored = find_centre(left[:, ::-1], angles, method="overlap-360")
    assert abs(found.column + mirrored.column - (N_COL - 1)) < 0.02
    assert mirrored.side == "right"


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize(
    "arrangement", ["backwards", "shuffled", "turned", "in degrees below zero"]
)
def test_the_order_of_the_projections_does_not_matter(method, arrangement):
    angles = turn(240)
    image = sinogram(angles, noise=0.005)
    chosen = {
        "backwards": np.arange(240)[::-1],
        "shuffled": np.random.default_rng(1).permutation(240),
    }.get(arrangement, np.arange(240))
    angles = angles + {"turned": 0.4, "in degrees below zero": -pi}.get(arrangement, 0.0)
    found = find_centre(image[chosen], angles[chosen], method=method)
    assert abs(found.column - CENTRE) < 0.25


def test_golden_angles_serve_for_entropy_and_vo():
    angles = np.arange(400) * pi * (np.sqrt(5) - 1) / 2
    image = sinogram(angles, noise=0.005)
    for method in ("entropy", "vo"):
        assert abs(find_centre(image, angles, method=method).column - CENTRE) < 0.25


@pytest.mark.parametrize("size", [200, 512])
def test_vo_is_exact_enough_where_columns_are_binned(size):
    angles = turn(size, 180)
    centre = 0.53 * size + 0.21
    found = find_centre(sinogram(angles, centre, n_col=size, noise=0.01), angles)
    assert abs(found.column - centre) < 0.25


@pytest.mark.parametrize("stripes", [0.0, 5.0])
@pytest.mark.parametrize("method", ALL)
def test_rows_of_noise_are_refused_with_and_without_stripes(method, stripes):
    rng = np.random.default_rng(5)
    angles = turn(180)
    noise = rng.normal(size=(180, 200)) + stripes * rng.normal(size=200)
    with pytest.raises(ValueError, match=r"is needed to believe it|at the edge"):
        find_centre(noise, angles, method=method)


@pytest.mark.parametrize("method", ALL)
def test_a_range_without_the_centre_is_refused_and_told_where_it_is(method):
    angles = turn(360)
    image = sinogram(angles, noise=0.002)
    for search_range in ((44, 70), (90, 118)):
        with pytest.raises(ValueError, match=r"column 84\.\d+ fits with confidence .* widen"):
            find_centre(image, angles, method=method, search_range=search_range)


@pytest.mark.parametrize("method", ALL)
def test_a_narrow_range_about_the_centre_is_kept(method):
    angles = turn(360)
    found = find_centre(sinogram(angles, noise=0.002), angles, method=method, search_range=(78, 92))
    assert abs(found.column - CENTRE) < 0.25


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize("search_range", [(-1, 50), (60, 50), (50, 300), (np.nan, 60)])
def test_a_range_off_the_detector_is_refused(method, search_range):
    angles = turn(90)
    with pytest.raises(ValueError, match="within the columns 0 to 159"):
        find_centre(sinogram(angles), angles, method=method, search_range=search_range)


@pytest.mark.parametrize(
    ("method", "degrees", "message"),
    [
        ("vo", 120, "span 119"),
        ("phase-correlation", 120, "two projections half a turn apart"),
        ("overlap-360", 180, "leave a gap of 181"),
    ],
)
def test_angles_that_do_not_suit_the_method_are_refused(method, degrees, message):
    angles = turn(120, degrees)
    with pytest.raises(ValueError, match=message):
        find_centre(sinogram(angles), angles, method=method)


@pytest.mark.parametrize("method", ALL)
def test_sinograms_that_say_nothing_are_refused(method):
    angles = turn(20)
    good = sinogram(angles)
    with pytest.raises(ValueError, match="constant"):
        find_centre(np.full((20, 64), 3), angles, method=method)
    with pytest.raises(ValueError, match="one angle per projection"):
        find_centre(good, angles[:-1], method=method)
    with pytest.raises(ValueError, match="7 columns"):
        find_centre(good[:, :7], angles, method=method)
    good[3, 5] = np.nan
    with pytest.raises(ValueError, match="1 of 3200 pixels of the sinogram are not finite"):
        find_centre(good, angles, method=method)


def test_an_unknown_method_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="known are vo, phase-correlation, entropy, overlap-360"):
        find_centre(np.eye(20), turn(20), method="guess")


@pytest.mark.parametrize("method", HALF_TURN)
def test_the_tooth_has_its_centre_where_tomopy_sees_it(tooth, method):
    projections, flats, darks, angles = tooth
    transmission = flat_field(projections, flats, darks)
    for image in (transmission, minus_log(transmission)):
        found = find_centre(image[:, 0], angles, method=method)
        assert abs(found.column - 295.75) <= 0.5


def test_an_axis_is_a_line_through_rows_without_the_outliers():
    rows = np.array([5, 15, 25, 35, 45, 55, 65])
    columns = 80.25 + 0.02 * rows + np.array([0.03, -0.02, 9.0, 0.01, -0.03, 0.02, -0.01])
    axis = fit_axis(rows, columns)
    assert axis.n_used == 6
    assert abs(axis.tilt_deg - np.rad2deg(np.arctan(0.02))) < 0.05
    np.testing.assert_allclose(axis.centres(70), 80.25 + 0.02 * np.arange(70), atol=0.05)


def test_an_upright_axis_has_no_tilt():
    axis = fit_axis([1, 2, 3, 4], [7.5] * 4)
    assert axis.tilt_deg == pytest.approx(0, abs=1e-12)
    assert axis.scatter == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("rows", [[], [1, 2], [4, 4, 4]])
def test_too_few_rows_have_no_tilt(rows):
    with pytest.raises(ValueError, match="3 different ones are needed"):
        fit_axis(rows, [10.0] * len(rows))


def test_a_plain_disk_on_the_axis_has_no_wrong_centre():
    rod = Phantom((Ellipsoid((0, 0, 0), (0.4, 0.4, inf), 1.0),))
    angles = turn(181, 180)
    found = find_centre(sinogram(angles, 79.75, sample=rod, noise=0.005), angles)
    assert abs(found.column - 79.75) < 0.25
