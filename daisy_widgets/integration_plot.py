"""A series of patterns, one of them, and the frame that it comes from."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from daisy_kernel.session.object_handle import ObjectHandle
from daisy_widgets.interactive_figure import DRAWING, interactive_figure

_MOST_BYTES = 32 << 20
"""Of patterns that are fetched for the map; of a longer series every n-th is shown."""
_FRAME_PIXELS = 512
_LEVELS = 65535
"""Of a frame as it is fetched: counts come as they are, and what is above was no count."""


class IntegrationPlot:
    """Map of all patterns, the chosen pattern and its frame, linked: a click chooses.

    Clicks, zooms and pans work in a notebook (ipympl), whatever ``%matplotlib`` says; where there
    is no kernel, a picture remains.

    Parameters
    ----------
    patterns : (n_frame, n_bin)
        Handle of the integrated patterns.
    axis : (n_bin,)
        Handle of the radial axis.
    frames : (n_frame, n_row, n_col), optional
        Handle of the frames; only the one that is looked at is fetched, as large as it is shown.
    mask : (n_row, n_col), optional
        Handle of the mask: pixels that are not 0 are drawn grey.
    label
        What the radial axis shows, with its unit.
    """

    def __init__(
        self,
        patterns: ObjectHandle,
        axis: ObjectHandle,
        frames: ObjectHandle | None = None,
        *,
        mask: ObjectHandle | None = None,
        label: str = "2θ (degree)",
    ):
        self._patterns, self._frames = patterns, frames
        self.axis: NDArray[Any] = axis[...]
        self.selected = 0
        self.figure, self.widget = interactive_figure(10, 3.4)
        with DRAWING:
            self._build(mask, label)

    def _build(self, mask: ObjectHandle | None, label: str) -> None:
        series, single, frame = self.figure.subplots(1, 3, width_ratios=(5, 5, 3.6))
        self._series, self._single, self._frame = series, single, frame
        shown = _map_of(self._patterns)
        low, high = _window(shown)
        half = (self.axis[-1] - self.axis[0]) / max(2 * len(self.axis) - 2, 1)
        top = self._patterns.shape[0] - 0.5
        extent = (self.axis[0] - half, self.axis[-1] + half, -0.5, top)
        series.imshow(
            shown, aspect="auto", origin="lower", extent=extent, vmin=low, vmax=high,
            interpolation="nearest",
        )  # fmt: skip
        series.set(xlabel=label, ylabel="frame", title="√ intensity of all frames")
        self._row = series.axhline(0, color="white", linewidth=0.8)
        self._columns = [axes.axvline(np.nan, color="tab:red", linewidth=0.8) for axes in
                         (series, single)]  # fmt: skip
        (self._line,) = single.plot(self.axis, np.zeros(len(self.axis)), linewidth=0.9)
        single.set(xlabel=label, ylabel="intensity")
        single.margins(x=0)
        frame.set(xticks=[], yticks=[])
        if self._frames is None:
            frame.set_visible(False)
        self._left_out: NDArray[np.bool_] | None = None
        if mask is not None:
            shown_mask = mask.image(max_size=_FRAME_PIXELS, low=0.0, high=1.0)
            self._left_out = shown_mask.levels > 0  # a square that one bad pixel is in, too
        self._image: Any = None
        self.widget.mpl_connect("button_press_event", self._clicked)
        self.select(0)

    def select(self, frame: int) -> None:
        """Show the pattern of one frame, and the frame."""
        self.selected = int(np.clip(frame, 0, self._patterns.shape[0] - 1))
        pattern = self._patterns[self.selected]
        with DRAWING:
            self._draw(pattern)

    def _draw(self, pattern: NDArray[Any]) -> None:
        self._row.set_ydata([self.selected, self.selected])
        self._line.set_ydata(pattern)
        self._single.relim()
        self._single.autoscale_view(scalex=False)
        self._single.set_title(f"frame {self.selected}")
        if self._frames is not None:
            self._show_frame(self._frames)
        self.widget.draw_idle()

    def mark(self, position: float) -> None:
        """Draw a line at a position of the radial axis, in the map and in the pattern."""
        with DRAWING:
            for line in self._columns:
                line.set_xdata([position, position])
            self.widget.draw_idle()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """The widget, and a picture for where there is no kernel."""
        bundle: dict[str, Any] = self.widget._repr_mimebundle_()
        del bundle["text/html"]  # the same picture once more
        return bundle | {"text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<integration plot of {self._patterns!r}>"

    def _clicked(self, event: Any) -> None:
        if self.widget.toolbar.mode:
            return  # the button is held to zoom or pan
        if event.inaxes is self._series:
            self.select(round(event.ydata))
        if event.inaxes in (self._series, self._single):
            self.mark(event.xdata)

    def _show_frame(self, frames: ObjectHandle) -> None:
        low, high = (0.0, float(_LEVELS)) if frames.dtype.kind in "iu" else (None, None)
        plane = frames.image(
            index=self.selected, max_size=_FRAME_PIXELS, bits=16, low=low, high=high
        )
        counts = plane.low + plane.levels * ((plane.high - plane.low) / _LEVELS)
        # The largest numbers of a detector mark gaps and bad pixels.
        unknown = plane.levels == _LEVELS if high is not None else np.zeros(counts.shape, bool)
        if self._left_out is not None:
            unknown = unknown | self._left_out
        roots = np.ma.masked_array(np.sqrt(np.maximum(counts, 0)), unknown)
        low, high = _window(roots.compressed())
        if self._image is None:
            colours = mpl.colormaps["magma"].with_extremes(bad="0.8")
            self._image = self._frame.imshow(roots, cmap=colours, vmin=low, vmax=high)
        else:
            self._image.set_data(roots)
            self._image.set_clim(low, high)
        self._frame.set_title("√ counts")


def _map_of(patterns: ObjectHandle) -> NDArray[np.float32]:
    """Roots of the intensities, of all patterns or of so many that they fit."""
    if patterns.nbytes <= _MOST_BYTES:
        chosen = patterns[...]
    else:
        every = -(-patterns.nbytes // _MOST_BYTES)
        chosen = np.stack([patterns[frame] for frame in range(0, patterns.shape[0], every)])
    roots: NDArray[np.float32] = np.sqrt(np.maximum(chosen, 0), dtype=np.float32)
    return roots


def _window(values: NDArray[Any]) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0, 1.0
    low, high = np.percentile(known, (1, 99.7))
    return float(low), max(float(high), float(low) + 1e-9)
