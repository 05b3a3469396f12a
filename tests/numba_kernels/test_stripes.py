import numpy as np
import pytest
from scipy.ndimage import median_filter

from daisy_kernel.numba_kernels import remove_stripes_sorting
from daisy_kernel.simulate import shepp_logan


def plain(sinogram, size):
    """The published algorithm in four lines of NumPy."""
    order = np.argsort(sinogram, axis=0, kind="stable")
    ranked = median_filter(np.take_along_axis(sinogram, order, axis=0), (1, size), mode="reflect")
    cleaned = np.empty_like(sinogram)
    np.put_along_axis(cleaned, order, ranked, axis=0)
    return cleaned


@pytest.fixture(scope="module")
def head():
    angles = np.arange(180) * np.pi / 180
    return shepp_logan().line_integrals(angles, 3, 160, 78.2)


@pytest.mark.parametrize(
    ("shape", "size"), [((31, 2, 40), 5), ((20, 1, 7), 31), ((1, 2, 9), 3), ((6, 2, 1), 3)]
)
@pytest.mark.parametrize("dtype", ["f4", "f8", "u2"])
def test_the_result_is_that_of_the_plain_algorithm(shape, size, dtype):
    sinograms = np.random.default_rng(1).integers(0, 50, shape).astype(dtype)
    cleaned = remove_stripes_sorting(sinograms, size=size)
    assert cleaned.dtype == np.float32
    for row in range(shape[1]):
        np.testing.assert_array_equal(
            cleaned[:, row], plain(sinograms[:, row].astype(np.float32), size)
        )


@pytest.fixture
def blob():
    """A smooth sample, as high as 1, without any stripe."""
    angles = np.arange(180)[:, np.newaxis] * np.pi / 180
    columns = np.arange(400) - 200
    return np.exp(-(((columns - 40 * np.cos(angles)) / 80) ** 2))[:, np.newaxis]


def test_stripes_nearly_disappear(blob):
    striped = blob.copy()
    columns = [120, 121, 210]
    striped[:, 0, columns] += [0.08, -0.05, 0.08]
    left = (remove_stripes_sorting(striped, size=11) - blob)[:, 0]
    assert np.all(np.abs(left[:, columns]).mean(axis=0) < [0.01, 0.01, 0.01])
    assert np.sqrt(np.mean(left**2)) < 0.35 * np.sqrt(np.mean((striped - blob) ** 2))


def test_a_smooth_sinogram_without_stripes_is_nearly_left_alone(blob):
    cleaned = remove_stripes_sorting(blob, size=11)
    assert np.sqrt(np.mean((cleaned - blob) ** 2)) < 0.002


def test_a_window_of_one_column_changes_nothing(head):
    np.testing.assert_array_equal(remove_stripes_sorting(head, size=1), head)


def test_a_nan_stays_where_it_is_and_spoils_nothing_else(head):
    spoiled = head.copy()
    spoiled[7, 1, 60] = np.nan
    cleaned, expected = remove_stripes_sorting(spoiled), remove_stripes_sorting(head)
    assert np.argwhere(~np.isfinite(cleaned)).tolist() == [[7, 1, 60]]
    np.testing.assert_array_equal(cleaned[:, [0, 2]], expected[:, [0, 2]])


def test_rows_can_be_computed_apart(head):
    whole = remove_stripes_sorting(head)
    for row in range(3):
        part = remove_stripes_sorting(head[:, row : row + 1])
        np.testing.assert_array_equal(part, whole[:, row : row + 1])


@pytest.mark.parametrize("size", [0, -3, 4])
def test_a_window_that_has_no_middle_is_refused(size, head):
    with pytest.raises(ValueError, match=f"window is {size} columns; it must be odd"):
        remove_stripes_sorting(head, size=size)
