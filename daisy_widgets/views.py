"""What the lab extension opens in the main area: one widget for whatever was chosen."""

from __future__ import annotations

from ipywidgets import DOMWidget

from daisy_kernel.errors import AxesClash
from daisy_kernel.session import Session
from daisy_kernel.session.handles import ObjectHandle
from daisy_widgets.curve_plot import CurvePlot
from daisy_widgets.integration_plot import IntegrationPlot
from daisy_widgets.slice_viewer import SliceViewer

_HEIGHT = 1600
"""Of an image [CSS pixels]: it is the tab that limits it."""


def view_object(session: Session, name: str) -> DOMWidget:
    """The widget that suits a data object.

    Parameters
    ----------
    session
        Holds the object.
    name
        Its name.

    Returns
    -------
    widget
        Curve for one dimension, linked map for a series of patterns whose axis is in the session
        too, else slice viewer.

    Raises
    ------
    UnknownName
        If there is no such object.
    AxesClash
        If it has no dimension, or more than three.
    """
    chosen = session[name]
    if chosen.ndim == 0:
        raise AxesClash(f"{name!r} is one number: {chosen[...].item()!r}; there is no more to see.")
    if chosen.ndim == 1:
        return CurvePlot(chosen).widget
    axis = _radial_axis(session, chosen)
    return (
        SliceViewer(chosen, height=_HEIGHT)
        if axis is None
        else IntegrationPlot(chosen, axis).widget
    )


def _radial_axis(session: Session, patterns: ObjectHandle) -> ObjectHandle | None:
    """The bins of integrated patterns, if the session has just one object that can be them."""
    if patterns.axes != ("frame", "radial_axis") or 0 in patterns.shape:
        return None
    length = patterns.shape[1]
    found = [
        o for o in session.objects.values() if (o.axes, o.shape) == (("radial_axis",), (length,))
    ]
    return found[0] if len(found) == 1 else None
