import numpy as np
import pytest

from daisy_kernel.numba_kernels import fourier_reconstruct, stitch_turn, stitched_centre
from daisy_kernel.simulate import foam, shepp_logan

WIDE, MIDDLE = 241, 120.0
N_COL = 120


def wide_scan(angles, phantom, n_row=1, centre=MIDDLE):
    """Line integrals on a detector that sees the whole sample and 20 columns beside it."""
    return np.pad(
        phantom.line_integrals(angles, n_row, WIDE - 40, centre - 20), ((0, 0), (0, 0), (20, 20))
    )


def half_acquisition(centre, n_angle=360, *, phantom):
    """A scan over a turn on the wide detector, and on a part of it with the axis on `centre`."""
    first = round(MIDDLE - centre)
    angles = np.arange(n_angle) * 2 * np.pi / n_angle
    wide = wide_scan(angles, phantom, 2, centre + first)
    return wide, wide[:, :, first : first + N_COL].copy(), angles


@pytest.mark.parametrize("centre", [100.0, 95.0, 100.5, 94.3, 20.0, 14.25])
def test_the_stitched_sinogram_is_that_of_a_wide_detector(centre):
    wide, narrow, angles = half_acquisition(centre, phantom=shepp_logan())
    stitched = stitch_turn(narrow, angles, centre)
    column = stitched_centre(centre, N_COL)
    assert stitched.shape == (180, 2, 2 * N_COL - 1)
    assert abs(column - (N_COL - 1)) <= 0.5
    shift = round(centre + round(MIDDLE - centre) - column)  # from the stitched to the wide one
    reach = int(max(centre, N_COL - 1 - centre))
    seen = slice(N_COL - reach, N_COL + reach - 1)
    expected = wide[:180, :, seen.start + shift : seen.stop + shift]
    difference = stitched[:, :, seen] - expected
    # Off the half pixels, the interpolation rounds the edges of the sample.
    limit = 1e-6 if (2 * centre) % 1 == 0 else 0.01
    assert np.sqrt(np.mean(difference**2)) < limit * wide.max()


def test_the_slice_is_the_same_as_from_a_wide_detector():
    centre, n_out = 105.3, 211
    wide, narrow, angles = half_acquisition(centre, phantom=foam(2, 20))
    stitched = stitch_turn(narrow, angles, centre, n_out=n_out)
    column = stitched_centre(centre, N_COL, n_out=n_out)
    found = fourier_reconstruct(stitched, angles[:180], column)
    wide_centre = centre + round(MIDDLE - centre)
    expected = fourier_reconstruct(wide[:180], angles[:180], wide_centre)[:, 15:-15, 15:-15]
    y, x = np.mgrid[:n_out, :n_out] - (n_out - 1) / 2
    inside = np.hypot(x, y) < 0.95 * n_out / 2
    difference = (found - expected)[:, inside]
    assert np.sqrt(np.mean(difference**2)) < 0.02 * expected.max()
    assert np.corrcoef(found[0][inside], expected[0][inside])[0, 1] > 0.995


def test_columns_that_nobody_saw_continue_those_beside_them():
    _, narrow, angles = half_acquisition(90.0, phantom=foam(3, 30))
    stitched = stitch_turn(narrow, angles, 90.0)
    # The axis is on column 119; what was seen reaches 90 columns to each side.
    np.testing.assert_array_equal(stitched[:, :, :29], stitched[:, :, 29:30].repeat(29, axis=2))
    np.testing.assert_array_equal(stitched[:, :, 210:], stitched[:, :, 209:210].repeat(29, axis=2))


@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize("n_angle", [361, 360])
def test_turning_back_and_a_last_angle_that_repeats_the_first(turn, n_angle):
    centre = 100.0
    angles = turn * np.arange(n_angle) * np.pi / 180
    wide = wide_scan(angles, shepp_logan())
    stitched = stitch_turn(wide[:, :, 20:140], angles, centre)
    expected = wide[:180, :, 20:221]
    np.testing.assert_allclose(stitched[:, :, 19:220], expected, atol=1e-5 * wide.max())


def test_where_no_projection_is_half_a_turn_later_two_are_interpolated():
    angles = np.arange(723) * 2 * np.pi / 723
    wide = wide_scan(angles, foam(3, 30))
    stitched = stitch_turn(wide[:, :, 20:140], angles, 100.0)
    difference = stitched[:, :, 19:220] - wide[:361, :, 20:221]
    assert np.sqrt(np.mean(difference**2)) < 0.01 * wide.max()


def test_rows_can_be_computed_apart():
    _, narrow, angles = half_acquisition(94.3, 90, phantom=foam(3, 30))
    whole = stitch_turn(narrow, angles, 94.3)
    for row in range(2):
        part = stitch_turn(narrow[:, row : row + 1].copy(), angles, 94.3)
        np.testing.assert_array_equal(part, whole[:, row : row + 1])


@pytest.mark.parametrize("dtype", ["u2", "f8"])
def test_any_real_type(dtype):
    counts = np.random.default_rng(1).integers(0, 60_000, (8, 2, 9)).astype(dtype)
    angles = np.arange(8) * np.pi / 4
    np.testing.assert_array_equal(
        stitch_turn(counts, angles, 6.3), stitch_turn(counts.astype(np.float32), angles, 6.3)
    )


def test_half_a_turn_uneven_angles_and_a_centre_off_the_detector_are_refused():
    frames, turn = np.ones((36, 1, 9)), np.arange(36) * np.pi / 18
    with pytest.raises(ValueError, match=r"over 360 degrees, but these span 180\.0"):
        stitch_turn(frames, turn / 2, 6)
    uneven = turn.copy()
    uneven[5] = uneven[9]
    with pytest.raises(ValueError, match="in uneven steps"):
        stitch_turn(frames, uneven, 6)
    with pytest.raises(ValueError, match="rotation centre 9 is not on the detector"):
        stitch_turn(frames, turn, 9)
    with pytest.raises(ValueError, match="shall have 16 columns; the number must be odd"):
        stitch_turn(frames, turn, 6, n_out=16)
    with pytest.raises(ValueError, match="36 projections but the angles have shape"):
        stitch_turn(frames, turn[:-1], 6)
