import numpy as np
import pytest

from daisy_kernel.numba_kernels import dead_pixels, flat_field

DTYPES = ["u1", "u2", ">u2", "i4", "u4", "f2", "f4", ">f4", "f8"]


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def counts(rng, dtype="u2", n_angle=5, n_row=4, n_col=7):
    """Projections, flats, darks; no dead pixels."""
    high = 250 if np.dtype(dtype).itemsize == 1 else 2000
    projections = rng.integers(20, high, (n_angle, n_row, n_col)).astype(dtype)
    flats = rng.integers(high // 2, high, (3, n_row, n_col)).astype(dtype)
    darks = rng.integers(0, 30, (2, n_row, n_col)).astype(dtype)
    return projections, flats, darks


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_transmission_agrees_with_the_formula_in_float64(rng, dtype):
    projections, flats, darks = counts(rng, dtype)
    dark, flat = (frames.astype("f8").mean(axis=0) for frames in (darks, flats))
    expected = (projections.astype("f8") - dark) / (flat - dark)
    transmission = flat_field(projections, flats, darks)
    assert transmission.dtype == np.float32
    np.testing.assert_allclose(transmission, expected, rtol=1e-6, atol=1e-7)


def test_counts_below_the_dark_become_negative_and_never_wrap():
    projections = np.full((1, 1, 2), 2, np.uint16)
    flats, darks = np.full((1, 1, 2), 14, np.uint16), np.full((1, 1, 2), 4, np.uint16)
    np.testing.assert_allclose(flat_field(projections, flats, darks), -0.2, rtol=1e-6)


def test_flats_and_darks_are_averaged_without_overflow_or_loss():
    flats = np.full((3, 1, 1), 65535, np.uint16)
    flats[0] = 65532
    transmission = flat_field(np.full((1, 1, 1), 32767, np.uint16), flats, None)
    assert transmission[0, 0, 0] == np.float32(32767 / 65534)


@pytest.mark.parametrize("darks", [None, np.empty((0, 4, 7))])
def test_no_darks_count_as_zero(rng, darks):
    projections, flats, _ = counts(rng)
    zero = np.zeros((1, 4, 7))
    np.testing.assert_array_equal(
        flat_field(projections, flats, darks), flat_field(projections, flats, zero)
    )


def test_strided_and_read_only_arrays_give_the_same_bits(rng):
    projections, flats, darks = counts(rng, n_row=9)
    whole = flat_field(projections, flats, darks)
    for frames in (projections, flats, darks):
        frames.flags.writeable = False
    every_third = flat_field(projections[:, ::3], flats[:, ::3], darks[:, ::3])
    np.testing.assert_array_equal(every_third, whole[:, ::3])


def test_dead_pixels_are_where_the_flat_is_not_above_the_dark_or_not_finite():
    flats = np.array([[[5, 4, 3, np.nan, np.inf, 9]]])
    darks = np.array([[[4, 4, 4, 4, 4, np.nan]]])
    assert dead_pixels(flats, darks).tolist() == [[False, True, True, True, True, True]]
    assert dead_pixels(np.array([[[1, 0]]]), None).tolist() == [[False, True]]


def test_infinite_flat_and_dark_are_dead_without_a_warning():
    frames = np.full((1, 1, 1), np.inf)
    assert dead_pixels(frames, frames).all()


def test_a_dead_pixel_becomes_the_median_of_four_live_neighbours_of_its_row(rng):
    projections, flats, darks = counts(rng, n_col=11)
    alive = flat_field(projections, flats, darks)
    dead = np.zeros((4, 11), bool)
    dead[1, [3, 5]] = dead[2, 0] = dead[3, 9:] = True
    dead[0, 1:] = True
    flats[:, dead] = darks[:, dead] = 7
    transmission = flat_field(projections, flats, darks)
    np.testing.assert_array_equal(transmission[:, ~dead], alive[:, ~dead])
    neighbours = {
        (1, 3): [1, 2, 4, 6],
        (1, 5): [2, 4, 6, 7],
        (2, 0): [1, 2],
        (3, 9): [7, 8],
        (3, 10): [7, 8],
        (0, 4): [0],
    }
    for (row, col), near in neighbours.items():
        expected = np.median(alive[:, row, near], axis=1)
        np.testing.assert_allclose(transmission[:, row, col], expected, rtol=1e-6)


def test_a_nan_next_to_a_dead_pixel_is_not_hidden():
    projections = np.array([[[1, 5, np.nan, 3]], [[1, 5, 2, 3]]])
    flats = np.array([[[10, 0, 10, 10]]])
    transmission = flat_field(projections, flats, None)
    np.testing.assert_allclose(
        transmission[:, 0], [[0.1, np.nan, np.nan, 0.3], [0.1, 0.2, 0.2, 0.3]], rtol=1e-6
    )


def test_rows_can_be_computed_apart(rng):
    projections, flats, darks = counts(rng, n_row=6)
    flats[:, 2, 3:5] = 0
    whole = flat_field(projections, flats, darks)
    for start, stop in ((0, 2), (2, 3), (3, 6)):
        rows = slice(start, stop)
        part = flat_field(projections[:, rows], flats[:, rows], darks[:, rows])
        np.testing.assert_array_equal(part, whole[:, rows])


def test_dead_pixels_can_be_refused_by_number_and_place(rng):
    projections, flats, darks = counts(rng)
    flats[:, 1, 2] = flats[:, 3, 6] = 0
    with pytest.raises(ValueError, match=r"2 of 28 pixels are dead .* \(1, 2\), \(3, 6\)"):
        flat_field(projections, flats, darks, dead_pixels="error")


def test_a_row_without_a_live_pixel_is_refused_by_name(rng):
    projections, flats, darks = counts(rng)
    flats[:, 2] = 0
    with pytest.raises(ValueError, match="Row 2 has no live pixel"):
        flat_field(projections, flats, darks)


def test_shapes_that_do_not_fit_are_refused_with_both(rng):
    projections, flats, darks = counts(rng)
    with pytest.raises(ValueError, match=r"flats show \(3, 7\) .* projections show \(4, 7\)"):
        flat_field(projections, flats[:, 1:], darks[:, 1:])
    with pytest.raises(ValueError, match=r"darks show \(4, 6\) .* flats show \(4, 7\)"):
        flat_field(projections, flats, darks[..., 1:])
    with pytest.raises(ValueError, match=r"flats have shape \(0, 4, 7\)"):
        flat_field(projections, flats[:0], darks)
    with pytest.raises(ValueError, match=r"projections have shape \(4, 7\)"):
        flat_field(projections[0], flats, darks)
    with pytest.raises(ValueError, match="complex"):
        flat_field(projections + 0j, flats, darks)
    with pytest.raises(ValueError, match="median, error"):
        flat_field(projections, flats, darks, dead_pixels="mean")


def test_the_tooth_is_normalised_as_tomopy_does(tooth, tomopy_tooth):
    projections, flats, darks, _ = tooth
    transmission = flat_field(projections, flats, darks)
    np.testing.assert_allclose(transmission, tomopy_tooth("normalize"), atol=2e-6)
