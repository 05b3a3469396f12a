"""A difference cut into planes: zero always has the colour in the middle."""

from __future__ import annotations

from daisy_widgets.plane_sources import PlaneSource
from daisy_widgets.slice_model import SliceModel, Window


class DifferenceModel(SliceModel):
    """A `SliceModel` whose proposed windows reach as far below zero as above.

    Parameters
    ----------
    source
        The difference, such as a `daisy_widgets.plane_sources.Difference`.
    """

    def __init__(self, source: PlaneSource):
        super().__init__(source)
        self.window = symmetric(self.window)
        self.window_limits = symmetric(self.window_limits)

    def auto_window(self, *, axis: int | None = None, index: int | None = None) -> Window:
        """As far as the 1st or the 99th percentile of one plane, whichever is farther from zero."""
        return symmetric(super().auto_window(axis=axis, index=index))

    def wide_window(self, *, axis: int | None = None, index: int | None = None) -> Window:
        """As far as the 0.1th or the 99.9th percentile of one plane, whichever is farther."""
        return symmetric(super().wide_window(axis=axis, index=index))

    def full_window(self, *, axis: int | None = None, index: int | None = None) -> Window:
        """As far as the value of one plane that is farthest from zero."""
        return symmetric(super().full_window(axis=axis, index=index))


def symmetric(window: Window) -> Window:
    """The smallest window around zero that holds another one."""
    reach = max(abs(window[0]), abs(window[1]))
    return -reach, reach
