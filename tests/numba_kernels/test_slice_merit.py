import numpy as np
import pytest

from daisy_kernel.numba_kernels import slice_entropy, slice_negativity


def plain(image, reference):
    """Both figures by plain NumPy."""

    def inside(picture):
        n_y, n_x = picture.shape
        y, x = np.arange(n_y) - (n_y - 1) / 2, np.arange(n_x) - (n_x - 1) / 2
        radius = max(0.85 * min(n_y, n_x) / 2, 0.75)
        return picture[y[:, None] ** 2 + x**2 <= radius**2].astype(np.float64)

    seen, known = inside(image), inside(reference)
    half = 5 * (known.std() or 1.0)
    low, high = known.mean() - half, known.mean() + half
    place = np.clip((seen - low) * 256 / (high - low), 0, 255).astype(int)
    share = np.bincount(place, minlength=256) / seen.size
    share = share[share > 0]
    return -(share * np.log2(share)).sum(), -seen[seen < 0].sum() / np.abs(seen).sum()


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (40, 40), (31, 50), (64, 33)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_both_figures_are_those_of_plain_numpy(shape, dtype):
    rng = np.random.default_rng(1)
    image = rng.normal(0.3, 1, shape).astype(dtype)
    reference = rng.normal(0.2, 1.5, shape).astype(dtype)
    entropy, negativity = plain(image, reference)
    assert slice_entropy(image, reference) == pytest.approx(entropy, rel=1e-6, abs=1e-9)
    assert slice_negativity(image) == pytest.approx(negativity, rel=1e-6, abs=1e-9)


def test_two_materials_have_one_bit_and_noise_has_more():
    halves = np.zeros((64, 64), np.float32)
    halves[:, 32:] = 1
    noisy = halves + np.random.default_rng(0).normal(0, 0.1, halves.shape).astype(np.float32)
    assert slice_entropy(halves, halves) == pytest.approx(1)
    assert slice_entropy(noisy, halves) > 2


def test_what_lies_outside_of_the_circle_does_not_count():
    image = np.random.default_rng(0).random((30, 30), np.float32)
    changed = image.copy()
    changed[:3, :3] = -1e9
    assert slice_entropy(changed, image) == slice_entropy(image, image)
    assert slice_negativity(changed) == slice_negativity(image) == 0


def test_a_slice_with_a_nan_has_no_figure():
    image = np.ones((20, 20), np.float32)
    image[10, 10] = np.nan
    whole = np.ones((20, 20), np.float32)
    assert np.isnan(slice_entropy(image, whole))
    assert np.isnan(slice_entropy(whole, image))
    assert np.isnan(slice_negativity(image))


def test_an_empty_slice_is_no_error():
    nothing = np.zeros((20, 20), np.float32)
    assert slice_entropy(nothing, nothing) == 0
    assert slice_negativity(nothing) == 0
