"""One-dimensional data as a curve."""

from __future__ import annotations

import numpy as np

from daisy_kernel.session.object_handle import ObjectHandle
from daisy_widgets.interactive_figure import DRAWING, interactive_figure

_MOST_POINTS = 100_000
"""Of a longer object every n-th value is fetched and drawn."""


class CurvePlot:
    """Values over their number; zoom and pan work in a notebook (ipympl).

    Parameters
    ----------
    values : (n,)
        Handle of the object.
    """

    def __init__(self, values: ObjectHandle):
        every = max(1, -(-values.shape[0] // _MOST_POINTS))
        shown = values[::every]
        self.figure, self.widget = interactive_figure(8, 4)
        with DRAWING:
            axes = self.figure.subplots()
            is_complex = np.iscomplexobj(shown)
            drawn = np.abs(shown) if is_complex else shown
            axes.plot(np.arange(len(drawn)) * every, drawn, linewidth=0.9)
            axes.margins(x=0)
            label = f"magnitude of {values.name}" if is_complex else values.name
            axes.set(xlabel=values.axes[0] if values.axes else "number", ylabel=label)
