"""Forward projection against a plain one and against exact integrals, and its adjoint."""

import numpy as np
import pytest

from daisy_kernel.numba_kernels.projector import back_project, forward_project
from daisy_kernel.simulate import off_centre_disk, shepp_logan

EXAMPLES = [
    # angles, columns, centre
    (3, 1, 0.0),
    (5, 2, 0.5),
    (7, 9, 8.0),
    (12, 63, 3.25),
    (9, 64, 31.5),
    (9, 65, 40.25),
    (11, 130, 70.125),
]
examples = pytest.mark.parametrize(("n_angle", "n_col", "centre"), EXAMPLES)


def any_angles(n_angle, seed=4):
    """Unsorted, repeated after turns, and the four in which a ray runs along the pixels."""
    angles = np.random.default_rng(seed).uniform(-7, 7, n_angle)
    special = np.array([0, np.pi / 2, np.pi, -np.pi / 2, np.pi / 4, 3 * np.pi / 4])
    angles[: len(special)] = special[:n_angle]
    return angles


def joseph(image, angles, centre):
    """Joseph's projector, ray by ray, as in the textbook."""
    n_col = len(image)
    axis = (n_col - 1) / 2
    sinogram = np.zeros((len(angles), n_col))
    pixels = np.arange(n_col)
    for i, angle in enumerate(angles):
        cosine, sine = np.cos(angle), np.sin(angle)
        lines = image
        if abs(sine) > abs(cosine):
            lines, cosine, sine = image.T, -sine, -cosine
        for u in pixels:
            for y in pixels:
                x = axis + (u - centre + (y - axis) * sine) / cosine
                line = np.interp(x, np.arange(-1, n_col + 1), [0, *lines[y], 0], left=0, right=0)
                sinogram[i, u] += line / abs(cosine)
    return sinogram


@pytest.mark.parametrize(("n_angle", "n_col", "centre"), EXAMPLES[:-1])
def test_every_ray_is_that_of_the_textbook(n_angle, n_col, centre):
    angles = any_angles(n_angle)
    image = np.random.default_rng(1).normal(size=(n_col, n_col))
    result = forward_project(image[np.newaxis], angles, centre)[:, 0]
    np.testing.assert_allclose(result, joseph(image, angles, centre), atol=2e-5 * n_col)


@examples
def test_back_projection_is_the_adjoint_of_forward_projection(n_angle, n_col, centre):
    rng = np.random.default_rng(2)
    angles = any_angles(n_angle)
    volume = rng.normal(size=(18, n_col, n_col)).astype(np.float32)
    sinograms = rng.normal(size=(n_angle, 18, n_col)).astype(np.float32)
    projected = forward_project(volume, angles, centre).astype(np.float64)
    smeared = back_project(sinograms, angles, centre).astype(np.float64)
    left = (projected * sinograms).sum(axis=(0, 2))
    right = (volume * smeared).sum(axis=(1, 2))
    size = np.sqrt((projected**2).sum(axis=(0, 2)) * (sinograms**2).sum(axis=(0, 2)))
    assert (np.abs(left - right) <= 1e-6 * size).all()


def test_every_element_of_the_adjoint_is_the_one_of_the_projection():
    n_angle, n_col, centre = 8, 11, 6.5
    angles = any_angles(n_angle)
    pixels = np.eye(n_col**2, dtype=np.float32).reshape(-1, n_col, n_col)
    forward = np.moveaxis(forward_project(pixels, angles, centre), 1, 2).reshape(-1, n_col**2)
    rays = np.eye(n_angle * n_col, dtype=np.float32).reshape(-1, n_angle, n_col)
    backward = back_project(np.moveaxis(rays, 0, 1), angles, centre).reshape(-1, n_col**2)
    np.testing.assert_allclose(forward, backward, atol=1e-6)
    assert np.count_nonzero(forward) > n_angle * n_col


@pytest.mark.parametrize(("n_col", "centre"), [(128, 63.5), (201, 95.25)])
def test_line_integrals_of_a_head_are_close_to_the_exact_ones(n_col, centre):
    angles = any_angles(40)
    exact = shepp_logan().line_integrals(angles, 1, n_col, centre)
    result = forward_project(shepp_logan().volume(1, n_col), angles, centre)
    # The pixels of the head have jagged edges, which sum up where a ray touches the skull.
    error = np.sqrt(np.mean((result - exact) ** 2)) / exact.max()
    assert error < 1.1 / n_col
    lost = result.sum(axis=(1, 2)) / exact.sum(axis=(1, 2)) - 1
    assert np.abs(lost).max() < 0.003


def test_a_disk_off_the_axis_is_seen_where_it_is():
    angles, n_col, centre = any_angles(30), 96, 51.0
    disk = off_centre_disk()
    result = forward_project(disk.volume(1, n_col), angles, centre)[:, 0]
    exact = disk.line_integrals(angles, 1, n_col, centre)[:, 0]
    columns = np.arange(n_col)
    found = (result @ columns) / result.sum(axis=1)
    np.testing.assert_allclose(found, (exact @ columns) / exact.sum(axis=1), atol=0.03)


def test_the_centre_may_differ_from_row_to_row_and_counts_to_a_thirty_second_of_a_pixel():
    angles, n_col = any_angles(10), 40
    volume = np.random.default_rng(3).normal(size=(5, n_col, n_col))
    centres = np.array([19.5, 19.5, 20.0, 20.013, 12.25])
    result = forward_project(volume, angles, centres)
    for row, centre in enumerate([19.5, 19.5, 20.0, 20.0, 12.25]):
        alone = forward_project(volume[row : row + 1], angles, centre)
        np.testing.assert_array_equal(result[:, row], alone[:, 0])
    smeared = back_project(result, angles, centres)
    for row, centre in enumerate(centres):
        alone = back_project(result[:, row : row + 1], angles, centre)
        np.testing.assert_array_equal(smeared[row], alone[0])


def test_nothing_leaks_from_row_to_row():
    angles = any_angles(6)
    volume = np.zeros((20, 33, 33))
    volume[::2] = 1e6
    volume[4, 3, 3] = np.nan
    projected = forward_project(volume, angles, 16.0)
    assert np.isnan(projected[:, 4]).any()
    assert np.abs(projected[:, 1::2]).max() == 0
    smeared = back_project(projected, angles, 16.0)
    assert np.isnan(smeared[4]).any()
    assert np.isfinite(np.delete(smeared, 4, axis=0)).all()
    assert np.abs(smeared[1::2]).max() == 0


def test_slices_of_any_type_and_order_are_projected_as_they_are():
    angles = any_angles(4)
    counts = np.random.default_rng(5).integers(0, 200, (3, 12, 12))
    expected = forward_project(counts.astype(np.float32), angles, 5.5)
    for volume in (counts.astype(">u2"), np.asfortranarray(counts.astype("f8"))):
        np.testing.assert_array_equal(forward_project(volume, angles, 5.5), expected)
    with pytest.raises(ValueError, match="12 x 11 pixels but must be square"):
        forward_project(counts[:, :, :11], angles, 5.5)
    with pytest.raises(ValueError, match="not on the detector"):
        forward_project(counts, angles, 12.5)
