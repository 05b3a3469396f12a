import numpy as np
import pytest

from daisy_kernel.numba_kernels import circular_mask


def inside(n_y, n_x, ratio):
    y, x = np.indices((n_y, n_x))
    return np.hypot(y - (n_y - 1) / 2, x - (n_x - 1) / 2) <= ratio * n_x / 2


@pytest.mark.parametrize("dtype", ["f4", "f8", "u1", "u2", ">i4"])
@pytest.mark.parametrize("shape", [(3, 20, 20), (2, 21, 33), (2, 33, 21), (1, 1, 1)])
@pytest.mark.parametrize("ratio", [0.1, 0.613, 0.95, 1.037, 1.5])
def test_every_pixel_inside_stays_and_every_one_outside_becomes_the_value(dtype, shape, ratio):
    volume = np.random.default_rng(1).integers(1, 99, shape).astype(dtype)
    masked = circular_mask(volume, ratio=ratio, value=7)
    expected = np.where(inside(*shape[1:], ratio), volume, 7)
    np.testing.assert_array_equal(masked, expected)
    assert masked.dtype == volume.dtype.newbyteorder("=")


def test_no_number_vanishes_outside_and_stays_inside():
    volume = np.full((2, 9, 9), np.nan, np.float32)
    masked = circular_mask(volume, ratio=0.8)
    expected = np.where(inside(9, 9, 0.8), np.nan, 0)
    np.testing.assert_array_equal(masked, np.stack([expected, expected]).astype(np.float32))


def test_the_circle_is_symmetric_about_the_rotation_axis():
    for n in (8, 9, 100, 101):
        mask = circular_mask(np.ones((1, n, n), np.float32), ratio=0.77)[0]
        for turned in (mask[::-1], mask[:, ::-1], mask.T):
            np.testing.assert_array_equal(turned, mask)
    area = circular_mask(np.ones((1, 1000, 1000), np.float32), ratio=1).sum(dtype=np.float64)
    assert area == pytest.approx(np.pi / 4 * 1e6, rel=1e-4)


def test_the_volume_itself_is_not_touched():
    volume = np.ones((2, 8, 8), np.float32)
    circular_mask(volume[:, ::-1], ratio=0.5)
    assert volume.all()


@pytest.mark.parametrize("ratio", [0, -0.5, np.nan, np.inf])
def test_a_circle_without_a_diameter_is_refused(ratio):
    with pytest.raises(ValueError, match="must be positive"):
        circular_mask(np.ones((1, 4, 4), np.float32), ratio=ratio)


@pytest.mark.parametrize("value", [0.5, -1, 256])
def test_a_value_that_the_type_does_not_hold_is_refused(value):
    with pytest.raises(ValueError, match="cannot hold"):
        circular_mask(np.ones((1, 4, 4), np.uint8), ratio=1, value=value)
