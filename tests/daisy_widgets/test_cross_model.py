"""Where three planes meet, and how each of them sees it."""

import itertools

import pytest

from daisy_kernel.errors import AxesClash
from daisy_widgets.cross_model import CrossModel


def test_the_planes_meet_in_the_middle_or_where_they_are_told():
    assert CrossModel((3, 4, 5)).point == (1, 2, 2)
    assert CrossModel((3, 4, 5), (2, 0, 4)).point == (2, 0, 4)


def test_every_plane_sees_the_cross_where_the_two_others_cut_it():
    model = CrossModel((3, 4, 5), (2, 0, 4))

    assert [model.place(axis) for axis in range(3)] == [(0, 4), (2, 4), (2, 0)]


def test_a_plane_that_is_moved_takes_nothing_but_itself_along():
    model = CrossModel((3, 4, 5), (1, 1, 1))
    model.move_plane(1, 3)

    assert model.point == (1, 3, 1)
    assert [model.place(axis) for axis in range(3)] == [(3, 1), (1, 1), (1, 3)]


def test_a_cross_moved_within_a_plane_is_where_it_was_put_and_the_plane_stays():
    for axis, z, y, x in itertools.product(range(3), range(3), range(4), range(5)):
        model = CrossModel((3, 4, 5), (z, y, x))
        lengths = [n for other, n in enumerate(model.shape) if other != axis]
        for place in itertools.product(*map(range, lengths)):
            model.move_within(axis, *place)
            assert model.place(axis) == place
            assert model.point[axis] == (z, y, x)[axis]


@pytest.mark.parametrize(
    ("place", "found"), [((-9, 2.4), (0, 2)), ((3.6, 99), (3, 4)), ((1.51, -0.4), (2, 0))]
)
def test_a_cross_beside_the_plane_stays_at_its_edge_and_on_a_pixel(place, found):
    model = CrossModel((3, 4, 5))
    model.move_within(0, *place)

    assert model.place(0) == found


@pytest.mark.parametrize("point", [(3, 0, 0), (0, -1, 0), (0, 0, 5), (1, 2)])
def test_a_point_outside_is_refused_and_changes_nothing(point):
    model = CrossModel((3, 4, 5), (1, 1, 1))

    with pytest.raises(AxesClash, match=r"is not in a volume of shape \(3, 4, 5\)"):
        model.move(point)
    assert model.point == (1, 1, 1)


def test_an_image_has_no_orthogonal_planes():
    with pytest.raises(AxesClash, match=r"shape \(4, 5\) has no three orthogonal planes"):
        CrossModel((4, 5))
