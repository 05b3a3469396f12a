"""A figure that answers to clicks in a notebook, whatever ``%matplotlib`` says."""

from __future__ import annotations

import threading
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

# ipympl makes itself the backend of pyplot when it is imported. That is not ours to decide, and
# taking it back afterwards leaves IPython without its pictures of figures.
_use = mpl.use
mpl.use = lambda *_, **__: None
try:
    from ipympl.backend_nbagg import Canvas, FigureManager
finally:
    mpl.use = _use

DRAWING = threading.RLock()
"""Held by whoever builds, draws or changes an interactive figure: a Daisy kernel handles clicks on
a thread of their own, and matplotlib takes a figure apart while it saves it."""


class _Canvas(Canvas):
    """One thread at a time."""

    def _handle_message(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        with DRAWING:
            super()._handle_message(widget, content, buffers)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        with DRAWING:
            return super()._repr_mimebundle_(**options)


def interactive_figure(width_inch: float, height_inch: float) -> tuple[Figure, Any]:
    """A figure with constrained layout, and the widget of ipympl that shows it; see `DRAWING`.

    pyplot does not know it: it would show the figure once more, and close it, when it shows its
    own.

    Parameters
    ----------
    width_inch, height_inch
        As matplotlib counts them, a hundred pixels each.

    Returns
    -------
    figure : Figure
    canvas : ipympl.backend_nbagg.Canvas
    """
    figure = Figure(figsize=(width_inch, height_inch), dpi=100, layout="constrained")
    with DRAWING:  # the browser answers the canvas before it has its manager
        canvas: Any = _Canvas(figure)
        canvas.header_visible = False
        FigureManager(canvas, 1)
    return figure, canvas
