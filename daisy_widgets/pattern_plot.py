"""A series of patterns as a map or as lines above each other, and one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.image import NonUniformImage
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from daisy_widgets.interactive_figure import DRAWING, interactive_figure

Floats = NDArray[Any]
Style = Literal["map", "waterfall"]
_MOST_LINES = 40
"""Of a waterfall; of a longer series every n-th pattern is drawn."""
_LINE = "#1f77b4"
_MARK = "tab:red"
_RING = "0.6"


class PatternPlot:
    """Map or waterfall of a series and the chosen pattern; a click chooses frame and position.

    It knows nothing of where patterns come from: `show`, `select` and `mark` are told.

    Parameters
    ----------
    chosen
        Is told frame and position (in the unit that is shown) of a click, on the thread of the
        messages; a frame of None stays as it is.
    """

    def __init__(self, chosen: Callable[[int | None, float], None]):
        self._chosen = chosen
        self.figure, self.widget = interactive_figure(7.6, 3.1)
        self.style: Style = "map"
        self._axis: Floats = np.zeros(0)
        self._series: Floats = np.zeros((0, 0))
        self._frames: Floats = np.zeros(0, int)
        self._marks: list[Any] = []
        with DRAWING:
            self._left, self._right = self.figure.subplots(1, 2, width_ratios=(1, 1.15))
        self.widget.mpl_connect("button_press_event", self._clicked)

    def show(
        self,
        series: Floats,
        frames: Sequence[int] | Floats,
        axis: Floats,
        label: str,
        *,
        style: Style | None = None,
    ) -> None:
        """Draw a series anew.

        Parameters
        ----------
        series : (n, n_bin)
            NaN where a frame is not integrated yet.
        frames : (n,)
            Their numbers, rising.
        axis : (n_bin,)
            Rising or falling.
        label
            Of the axis, with its unit.
        style
            "map" or "waterfall"; stays when not given.
        """
        order = np.argsort(axis)  # d falls where two theta rises
        usable = order[np.isfinite(axis[order])]
        self._axis, self._series = axis[usable], series[:, usable]
        self._frames, self._order = np.asarray(frames), usable
        self.style = self.style if style is None else style
        with DRAWING:
            self._left.clear()
            self._marks = []
            (self._draw_map if self.style == "map" else self._draw_lines)()
            self._left.set(xlabel=label, ylabel="frame")
            self._left.set_xlim(self._axis[0], self._axis[-1])
            self._label = label
            self.widget.draw_idle()

    def select(self, frame: int, pattern: Floats, rings: Floats, peaks: Floats) -> None:
        """Draw one pattern.

        Parameters
        ----------
        frame
            Its number.
        pattern : (n_bin,)
            As the axis of `show` was given.
        rings, peaks : (n,)
            Positions that are marked: of the calibrant below, of fitted lines above the pattern.
        """
        with DRAWING:
            axes = self._right
            axes.clear()
            self._marks = [mark for mark in self._marks if mark.axes is self._left]
            lowest, highest = self._axis[0], self._axis[-1]
            seen = rings[(rings >= lowest) & (rings <= highest)]
            for ring in seen:
                axes.axvline(ring, ymax=0.06, color=_RING, linewidth=1)
            shown = pattern[self._order]
            axes.plot(self._axis, shown, linewidth=0.9, color=_LINE)
            if peaks.size and np.isfinite(shown).any():
                at = np.interp(peaks, self._axis, np.nan_to_num(shown))
                axes.plot(peaks, at, "v", markersize=5, color=_MARK, fillstyle="none")
            axes.set(xlabel=self._label, ylabel="intensity", title=f"frame {frame}")
            axes.set_xlim(lowest, highest)
            for line in self._marks:
                if line.get_gid() == "frame":
                    line.set_ydata([frame, frame])
            self.widget.draw_idle()

    def mark(self, position: float | None) -> None:
        """Draw a line at a position in both parts; None removes it."""
        with DRAWING:
            for line in [m for m in self._marks if m.get_gid() == "position"]:
                line.remove()
                self._marks.remove(line)
            if position is not None:
                for axes in (self._left, self._right):
                    line = axes.axvline(position, color=_MARK, linewidth=0.8, gid="position")
                    self._marks.append(line)
            self.widget.draw_idle()

    def _draw_map(self) -> None:
        roots = np.sqrt(np.maximum(self._series, 0))
        image = NonUniformImage(
            self._left, interpolation="nearest", cmap="viridis",
            extent=(self._axis[0], self._axis[-1], self._frames[0] - 0.5, self._frames[-1] + 0.5),
        )  # fmt: skip
        # One row has no height of its own for matplotlib: it is drawn twice.
        rows, levels = self._frames.astype(float), np.ma.masked_invalid(roots)
        if len(rows) == 1:
            rows, levels = np.array([rows[0] - 0.25, rows[0] + 0.25]), np.ma.vstack([levels] * 2)
        image.set_data(self._axis, rows, levels)
        known = roots[np.isfinite(roots)]
        if known.size:
            low, high = np.percentile(known, (1, 99.7))
            image.set_clim(low, max(high, low + 1e-9))
        self._left.add_image(image)
        self._left.set_ylim(self._frames[0] - 0.5, self._frames[-1] + 0.5)
        self._left.yaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        self._left.set_title("√ intensity")
        first = self._left.axhline(self._frames[0], color="white", linewidth=0.8, gid="frame")
        self._marks.append(first)

    def _draw_lines(self) -> None:
        """Each pattern stands on the number of its frame."""
        every = -(-len(self._series) // _MOST_LINES)
        roots = np.sqrt(np.maximum(self._series[::every], 0))
        frames = self._frames[::every]
        gap = float(frames[1] - frames[0]) if len(frames) > 1 else 1.0
        known = roots[np.isfinite(roots)]
        low, high = (known.min(), np.percentile(known, 99.9)) if known.size else (0.0, 1.0)
        height = 2.5 * gap / max(float(high - low), 1e-9)
        for frame, pattern in zip(frames, roots, strict=True):
            self._left.plot(
                self._axis, frame + height * (pattern - low), linewidth=0.7, color=_LINE
            )
        self._left.set_title("√ intensity, frames above each other")
        self._left.yaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        first = self._left.axhline(frames[0], color=_RING, linewidth=0.8, gid="frame")
        self._marks.append(first)

    def _clicked(self, event: Any) -> None:
        if self.widget.toolbar.mode or event.inaxes is None or not self._frames.size:
            return  # the button is held to zoom or pan, or there is nothing yet
        frame = None
        if event.inaxes is self._left:
            frame = int(self._frames[np.argmin(np.abs(self._frames - event.ydata))])
        self._chosen(frame, float(event.xdata))
