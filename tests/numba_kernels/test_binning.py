import numpy as np
import pytest

from daisy_kernel.numba_kernels import bin_projections, moved_centre
from daisy_kernel.simulate import off_centre_disk


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (2, 2), (3, 1), (1, 4), (5, 7)])
@pytest.mark.parametrize("dtype", ["u2", "f4", "f8"])
def test_every_pixel_is_the_mean_of_its_parts(rows, columns, dtype):
    counts = np.random.default_rng(1).integers(0, 65536, (3, 11, 15)).astype(dtype)
    n_row, n_col = 11 // rows, 15 // columns
    parts = counts[:, : n_row * rows, : n_col * columns].astype(np.float64)
    expected = parts.reshape(3, n_row, rows, n_col, columns).mean(axis=(2, 4))
    binned = bin_projections(counts, rows=rows, columns=columns)
    np.testing.assert_allclose(binned, expected, rtol=1e-7)


@pytest.mark.parametrize("binning", [2, 3, 4])
def test_the_centre_moves_to_where_a_disk_is_symmetric_about_it(binning):
    angles, centre, left = np.array([0.3, 0.3 + np.pi]), 61.7, 5
    both = off_centre_disk().line_integrals(angles, 1, 130, centre)[:, :, left:]
    binned = bin_projections(both, rows=1, columns=binning)[:, 0]
    columns = np.arange(binned.shape[1])
    middles = (binned * columns).sum(axis=1) / binned.sum(axis=1)
    expected = moved_centre(centre, cropped=left, binning=binning)
    assert abs(middles.mean() - expected) < 0.02


def test_projections_and_rows_can_be_computed_apart():
    counts = np.random.default_rng(1).random((4, 6, 9)).astype(np.float32)
    whole = bin_projections(counts, rows=1, columns=2)
    for i in range(6):
        part = bin_projections(counts[:, i : i + 1].copy(), rows=1, columns=2)
        np.testing.assert_array_equal(part, whole[:, i : i + 1])


def test_pixels_larger_than_the_detector_are_refused():
    with pytest.raises(ValueError, match="Pixels of 1 rows and 10 columns cannot be made of"):
        bin_projections(np.ones((1, 2, 9)), rows=1, columns=10)
