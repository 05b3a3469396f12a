"""One pass from counts to line integrals against the two steps that it replaces."""

import numpy as np
import pytest

from daisy_kernel.numba_kernels import flat_field, line_integrals, minus_log


def counts(dtype="u2", n_angle=6, n_row=5, n_col=37):
    rng = np.random.default_rng(4)
    projections = rng.integers(0, 250, (n_angle, n_row, n_col)).astype(dtype)
    flats = rng.integers(100, 250, (3, n_row, n_col)).astype(dtype)
    darks = rng.integers(0, 30, (2, n_row, n_col)).astype(dtype)
    flats[:, 1, [0, 5, 6, 36]] = darks[:, 1, [0, 5, 6, 36]] = 9
    flats[:, 4, 16] = 0
    return projections, flats, darks


@pytest.mark.parametrize("dtype", ["u1", "u2", ">u2", "i2", "i4", "u4", "f2", "f4", "f8"])
@pytest.mark.parametrize("n_col", [37, 48])
@pytest.mark.parametrize("floor", [1e-6, 0.2])
def test_one_pass_gives_the_bits_of_two(dtype, n_col, floor):
    frames = counts(dtype, n_col=n_col)
    expected = minus_log(flat_field(*frames), floor=floor)
    np.testing.assert_array_equal(line_integrals(*frames, floor=floor), expected)


def test_every_pixel_is_right_to_a_millionth():
    projections, flats, darks = counts()
    dark, flat = darks.mean(axis=0), flats.mean(axis=0)
    alive = flat > dark
    transmission = (projections - dark)[:, alive] / (flat - dark)[alive]
    exact = -np.log(np.maximum(transmission, 1e-6))
    error = np.abs(line_integrals(projections, flats, darks)[:, alive] - exact)
    assert np.all(error <= 1e-6 * np.maximum(1, np.abs(exact)))


def test_the_bits_do_not_depend_on_the_block_or_its_strides():
    frames = counts()
    whole = line_integrals(*frames)
    for rows in (slice(0, 2), slice(1, 2), slice(3, 5)):
        part = line_integrals(*(f[:, rows] for f in frames))
        np.testing.assert_array_equal(part, whole[:, rows])
    np.testing.assert_array_equal(line_integrals(frames[0][4:5], *frames[1:]), whole[4:5])
    mirrored = line_integrals(*(f[..., ::-1] for f in frames))
    np.testing.assert_array_equal(mirrored, whole[..., ::-1])
    every_other = line_integrals(frames[0][::-2], *frames[1:])
    np.testing.assert_array_equal(every_other, whole[::-2])


def test_a_nan_stays_where_it_is():
    projections, flats, darks = counts("f4")
    spoiled = projections.copy()
    spoiled[2, 3, 20] = np.nan
    result, expected = (line_integrals(p, flats, darks) for p in (spoiled, projections))
    assert np.argwhere(np.isnan(result)).tolist() == [[2, 3, 20]]
    result[2, 3, 20] = expected[2, 3, 20]
    np.testing.assert_array_equal(result, expected)


def test_what_the_two_steps_refuse_is_refused():
    projections, flats, darks = counts()
    with pytest.raises(ValueError, match="5 of 185 pixels are dead"):
        line_integrals(projections, flats, darks, dead_pixels="error")
    with pytest.raises(ValueError, match="floor is 0"):
        line_integrals(projections, flats, darks, floor=0)
    with pytest.raises(ValueError, match="flats show"):
        line_integrals(projections[:, 1:], flats, darks)
