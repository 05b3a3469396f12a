import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from daisy_kernel.simulate import Ellipsoid, Phantom, foam, off_centre_disk, shepp_logan

ANGLES = np.linspace(0, np.pi, 24, endpoint=False)
SAMPLES = {"shepp_logan": shepp_logan(), "foam": foam(3, 60), "disk": off_centre_disk()}
TILTED = Ellipsoid((0.3, -0.2, 0.1), (0.5, 0.15, 0.4), 0.7, 25.0)


@pytest.fixture(params=SAMPLES)
def sample(request):
    return SAMPLES[request.param]


def test_every_angle_sees_the_same_mass(sample):
    mass = sample.line_integrals(ANGLES, 5, 96, 48.2).sum(axis=2, dtype=np.float64)
    np.testing.assert_allclose(mass, np.broadcast_to(mass[0], mass.shape), rtol=1e-6)


def test_the_mass_of_an_ellipse_is_its_area_times_its_value():
    a, b, c = (32 * s for s in TILTED.semi_axes)
    height = 0.5 - 32 * TILTED.centre[2]  # row 32 of 64 lies half a pixel above the middle
    area = np.pi * a * b * (1 - (height / c) ** 2)
    projected = Phantom((TILTED,)).line_integrals(ANGLES, 64, 64, 31.5, rows=slice(32, 33))
    painted = Phantom((TILTED,)).volume(64, 64, rows=slice(32, 33))
    np.testing.assert_allclose(projected.sum(axis=2), 0.7 * area, rtol=1e-6)
    assert painted.sum() == pytest.approx(0.7 * area, rel=2e-3)


def test_the_volume_and_the_line_integrals_hold_the_same_mass(sample):
    volume = sample.volume(6, 96, oversampling=16).sum(axis=(1, 2), dtype=np.float64)
    projected = sample.line_integrals([0.3], 6, 96, 47.5)[0].sum(axis=1, dtype=np.float64)
    np.testing.assert_allclose(volume, projected, rtol=3e-4)


@pytest.mark.parametrize("centre", [63.5, 66.3])
def test_line_integrals_agree_with_a_numeric_projection_of_the_volume(sample, centre):
    n_col, fine = 128, 4
    slices = sample.volume(3, n_col * fine, rows=slice(1, 2))[0].astype(np.float64)
    a = (n_col - 1) / 2
    # Detector coordinate u and path coordinate v of a ray, on points four times finer than pixels.
    u = (np.arange(n_col * fine) + 0.5) / fine - 0.5
    v = u - a
    exact = sample.line_integrals(ANGLES, 3, n_col, centre, rows=slice(1, 2))[:, 0]
    for theta, line in zip(ANGLES, exact, strict=True):
        # u - centre = x cos - y sin, v = x sin + y cos
        along_u = (u - centre)[:, None]
        x = along_u * np.cos(theta) + v * np.sin(theta)
        y = -along_u * np.sin(theta) + v * np.cos(theta)
        index = [(q + a + 0.5) * fine - 0.5 for q in (y, x)]
        numeric = map_coordinates(slices, index, order=1).sum(axis=1) / fine
        numeric = numeric.reshape(n_col, fine).mean(axis=1)
        assert np.abs(line - numeric).max() < 0.01 * exact.max()


def test_a_rod_on_the_axis_stays_a_straight_line():
    rod = off_centre_disk(x=0, y=0, radius=0.02)
    sinogram = rod.line_integrals(ANGLES, 1, 65, 40.0)[:, 0]
    np.testing.assert_allclose(sinogram, np.broadcast_to(sinogram[0], sinogram.shape), atol=1e-6)
    assert (sinogram.argmax(axis=1) == 40).all()


def test_a_rod_off_the_axis_follows_the_sine_of_the_design():
    n_col, centre = 101, 53.7
    rod = off_centre_disk(x=0.5, y=-0.3, radius=0.05)
    sinogram = rod.line_integrals(ANGLES, 1, n_col, centre)[:, 0].astype(np.float64)
    column = sinogram @ np.arange(n_col) / sinogram.sum(axis=1)
    x, y = 0.5 * n_col / 2, -0.3 * n_col / 2
    # Pixels of finite width know the middle of a narrow profile to a few thousandths.
    np.testing.assert_allclose(column, x * np.cos(ANGLES) - y * np.sin(ANGLES) + centre, atol=0.01)


def test_the_volume_shows_a_rod_where_its_coordinates_say():
    image = off_centre_disk(x=0.5, y=-0.3, radius=0.1).volume(1, 101)[0].astype(np.float64)
    y, x = np.indices(image.shape)
    assert (image * x).sum() / image.sum() == pytest.approx(50 + 0.5 * 101 / 2, abs=0.01)
    assert (image * y).sum() / image.sum() == pytest.approx(50 - 0.3 * 101 / 2, abs=0.01)


def test_moving_the_centre_by_whole_columns_moves_the_columns(sample):
    here = sample.line_integrals(ANGLES, 2, 80, 38.4)
    there = sample.line_integrals(ANGLES, 2, 80, 43.4)
    np.testing.assert_allclose(there[..., 5:], here[..., :-5], atol=1e-4)
    assert np.abs(there - here).max() > 1


def test_half_a_turn_later_the_sample_is_mirrored(sample):
    front = sample.line_integrals(ANGLES, 2, 80, 39.5)
    back = sample.line_integrals(ANGLES + np.pi, 2, 80, 39.5)
    np.testing.assert_allclose(back, front[..., ::-1], atol=1e-4)


def test_turning_the_sample_is_turning_the_scan():
    def turned(degrees):
        body = Ellipsoid((0, 0, 0), (0.6, 0.2, np.inf), 1.0, degrees)
        return Phantom((body,)).line_integrals(np.deg2rad([40 - degrees]), 1, 70, 35.1)

    np.testing.assert_allclose(turned(30.0), turned(0.0), atol=1e-5)


def test_the_rotation_of_an_ellipse_goes_from_x_towards_y():
    body = Ellipsoid((0, 0, 0), (0.8, 0.1, np.inf), 1.0, 45.0)
    image = Phantom((body,)).volume(1, 64)[0]
    assert image[44, 44] == 1
    assert image[44, 19] == 0


def test_a_pixel_inside_holds_the_value_and_a_pixel_cut_in_half_holds_half():
    half_plane = Ellipsoid((-1e4, 0, 0), (1e4, 1e4, np.inf), 2.0)  # its rim is x = 0
    image = Phantom((half_plane,)).volume(1, 9)[0]
    np.testing.assert_allclose(image[:, :4], 2)
    np.testing.assert_allclose(image[:, 4], 1, atol=1e-3)
    np.testing.assert_allclose(image[:, 5:], 0)


def test_chosen_rows_are_the_rows_of_the_whole(sample):
    rows = slice(1, 9, 3)
    np.testing.assert_array_equal(sample.volume(10, 40, rows=rows), sample.volume(10, 40)[rows])
    np.testing.assert_array_equal(
        sample.line_integrals(ANGLES, 10, 40, 20.0, rows=rows),
        sample.line_integrals(ANGLES, 10, 40, 20.0)[:, rows],
    )


def test_a_sample_wider_than_the_detector_is_cut_at_its_edges():
    wide = off_centre_disk(x=0, y=0, radius=3)
    narrow = wide.line_integrals(ANGLES, 1, 10, 4.5)
    chord = 2 * np.sqrt(15.0**2 - (np.arange(10) - 4.5) ** 2)
    np.testing.assert_allclose(narrow[:, 0], np.broadcast_to(chord, (24, 10)), rtol=1e-3)
    np.testing.assert_allclose(wide.volume(1, 10), 1)


def test_a_phantom_without_bodies_absorbs_nothing():
    assert not Phantom(()).volume(2, 8).any()
    assert not Phantom(()).line_integrals(ANGLES, 2, 8, 3.5).any()


def test_impossible_bodies_and_sizes_are_refused_with_what_to_do():
    with pytest.raises(ValueError, match=r"semi-axes .* give the half lengths"):
        Ellipsoid((0, 0, 0), (0.1, 0, 1), 1.0)
    with pytest.raises(ValueError, match="not finite"):
        Ellipsoid((0, np.nan, 0), (0.1, 0.1, 1), 1.0)
    with pytest.raises(ValueError, match="n_col is 0"):
        shepp_logan().volume(1, 0)
    with pytest.raises(ValueError, match="one angle per frame"):
        shepp_logan().line_integrals([[0.0]], 1, 8, 3.5)
