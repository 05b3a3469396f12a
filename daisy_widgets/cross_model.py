"""A point of a volume and the three planes through it, without any widget."""

from __future__ import annotations

from collections.abc import Sequence

from daisy_kernel.errors import AxesClash

Point = tuple[int, int, int]
"""Number of the plane across each axis of the volume, from 0."""


class CrossModel:
    """Where three orthogonal planes of a volume meet.

    Parameters
    ----------
    shape
        Of the volume, in storage order.
    point
        To begin with; default, the middle.

    Raises
    ------
    AxesClash
        If the volume does not have three dimensions or the point is not in it.
    """

    def __init__(self, shape: Sequence[int], point: Sequence[int] | None = None):
        if len(shape) != 3:
            raise AxesClash(
                f"An object of shape {tuple(shape)} has no three orthogonal planes: give one with "
                "three dimensions, or look at it with a SliceViewer."
            )
        self.shape = (int(shape[0]), int(shape[1]), int(shape[2]))
        self.point: Point = (self.shape[0] // 2, self.shape[1] // 2, self.shape[2] // 2)
        if point is not None:
            self.move(point)

    def move(self, point: Sequence[int]) -> None:
        """Let the planes meet somewhere else.

        Raises
        ------
        AxesClash
            If the point is not in the volume; nothing has changed then.
        """
        if len(point) != 3 or not all(0 <= i < n for i, n in zip(point, self.shape, strict=True)):
            raise AxesClash(
                f"The point {tuple(point)} is not in a volume of shape {self.shape}: give three "
                "numbers from 0, each below the length of its axis."
            )
        self.point = (int(point[0]), int(point[1]), int(point[2]))

    def move_plane(self, axis: int, index: int) -> None:
        """Let the plane across one axis be another one; the two others stay."""
        point = list(self.point)
        point[axis] = index
        self.move(point)

    def move_within(self, axis: int, row: float, column: float) -> None:
        """Let the two other planes cut that across `axis` elsewhere.

        Parameters
        ----------
        axis
            Of the plane in which the cross is moved; this one stays.
        row, column
            Of its crossing [pixels]; the nearest pixel of the plane counts.
        """
        point = list(self.point)
        for other, place in zip(self._within(axis), (row, column), strict=True):
            point[other] = min(max(round(place), 0), self.shape[other] - 1)
        self.move(point)

    def place(self, axis: int) -> tuple[int, int]:
        """Row and column at which the two other planes cut that across `axis` [pixels]."""
        down, right = self._within(axis)
        return self.point[down], self.point[right]

    @staticmethod
    def _within(axis: int) -> tuple[int, int]:
        """Which axes run down and to the right in the plane across an axis."""
        down, right = (other for other in range(3) if other != axis)
        return down, right
