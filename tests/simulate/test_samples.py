from itertools import combinations

import numpy as np
import pytest

from daisy_kernel.simulate import foam, off_centre_disk, shepp_logan


@pytest.mark.parametrize("sample", [shepp_logan(), foam(0, 200), off_centre_disk()])
def test_every_sample_fits_into_the_circle_that_all_angles_see(sample):
    y, x = np.indices((80, 80)) - 39.5
    outside = np.hypot(x, y) > 0.95 * 40 + 1
    assert not sample.volume(8, 80)[:, outside].any()


def test_every_slice_of_the_head_differs():
    volume = shepp_logan().volume(32, 64)
    for upper, lower in combinations(volume, 2):
        assert np.abs(upper - lower).max() > 0.01


def test_the_head_has_the_grey_values_of_toft():
    image = shepp_logan().volume(65, 257, rows=slice(32, 33))[0]
    assert image[128, 128] == pytest.approx(0.2, abs=1e-6)
    assert image[128, 155] == pytest.approx(0.0, abs=1e-6)  # the right ventricle
    assert image.max() == pytest.approx(1.0, abs=1e-6)


def test_no_two_bodies_in_the_rock_overlap():
    rod, *bodies = foam(5, 150).ellipsoids
    centres = np.array([b.centre for b in bodies])
    radii = np.array([max(b.semi_axes) for b in bodies])
    apart = np.linalg.norm(centres[:, None] - centres, axis=-1)
    np.fill_diagonal(apart, np.inf)
    assert (apart > radii[:, None] + radii).all()
    assert (np.hypot(*centres[:, :2].T) + radii < rod.semi_axes[0]).all()


def test_the_rock_has_empty_pores_and_a_few_dense_grains():
    volume = foam(7, 600, half_height=0.3).volume(16, 128)
    y, x = np.indices((128, 128)) - 63.5
    inside = volume[:, np.hypot(x, y) < 0.89 * 64]
    assert volume.min() > -1e-5
    assert 0.25 < (inside < 0.01).mean() < 0.6
    assert 0.001 < (inside > 1.9).mean() < 0.05


def test_the_same_seed_gives_the_same_rock_and_another_seed_another():
    assert foam(1, 30) == foam(1, 30)
    assert foam(1, 30) != foam(2, 30)
    assert len(foam(1, 30, n_inclusions=4).ellipsoids) == 1 + 30 + 4


def test_a_rock_with_too_many_pores_or_fewer_than_none_is_refused():
    with pytest.raises(ValueError, match="fewer bubbles"):
        foam(0, 5000, half_height=0.001)
    with pytest.raises(ValueError, match="n_bubbles=-1"):
        foam(0, -1)
