"""What the lab extension opens in the main area: one widget for whatever was chosen."""

from __future__ import annotations

from ipywidgets import DOMWidget

from daisy_kernel.errors import AxesClash, InvalidParameter
from daisy_kernel.session import Session
from daisy_kernel.session.object_handle import ObjectHandle
from daisy_widgets.compare_viewer import CompareViewer
from daisy_widgets.curve_plot import CurvePlot
from daisy_widgets.integration_plot import IntegrationPlot
from daisy_widgets.orthogonal_viewer import OrthogonalViewer
from daisy_widgets.slice_viewer import SliceViewer

_HEIGHT = 1600
"""Of an image [CSS pixels]: it is the tab that limits it."""
_VOLUME_AXES = ("slice", "y", "x")
_MOST_BYTES = 4 << 30
"""A plane across the last axis of a file reads all of it: a larger one is not cut so unasked."""


def view_object(session: Session, name: str) -> DOMWidget:
    """The widget that suits a data object where there is room for it.

    Parameters
    ----------
    session
        Holds the object.
    name
        Its name.

    Returns
    -------
    widget
        Three orthogonal planes for a volume (unless it is a large file), else as `view_picture`.

    Raises
    ------
    UnknownName
        If there is no such object.
    AxesClash
        If it has no dimension, or more than three.
    """
    chosen = session[name]
    is_quick = chosen.kind == "array" or chosen.nbytes <= _MOST_BYTES
    if chosen.axes == _VOLUME_AXES and is_quick and 0 not in chosen.shape:
        return view_orthogonal(session, name)
    return view_picture(session, name)


def view_picture(session: Session, name: str) -> DOMWidget:
    """The widget that suits a data object and shows one picture of it at a time.

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


def view_orthogonal(session: Session, name: str) -> OrthogonalViewer:
    """A volume in three orthogonal planes.

    Parameters
    ----------
    session
        Holds the object.
    name
        Its name.

    Raises
    ------
    UnknownName
        If there is no such object.
    AxesClash
        If it does not have three dimensions.
    """
    return OrthogonalViewer(session[name], height=_HEIGHT)


def view_comparison(session: Session, name: str) -> CompareViewer:
    """Two objects of equal shape.

    Parameters
    ----------
    session
        Holds the objects.
    name
        Their names, one in a line.

    Raises
    ------
    InvalidParameter
        If these are not two names.
    UnknownName
        If there is no such object.
    AxesClash
        If the shapes differ, or there are not two or three dimensions.
    """
    names = name.split("\n")
    if len(names) != 2:
        raise InvalidParameter(
            f"{name!r} was to be compared: give the names of two objects, one in a line."
        )
    return CompareViewer(session[names[0]], session[names[1]], height=_HEIGHT)


def _radial_axis(session: Session, patterns: ObjectHandle) -> ObjectHandle | None:
    """The bins of integrated patterns, if the session has just one object that can be them."""
    if patterns.axes != ("frame", "radial_axis") or 0 in patterns.shape:
        return None
    length = patterns.shape[1]
    found = [
        o for o in session.objects.values() if (o.axes, o.shape) == (("radial_axis",), (length,))
    ]
    return found[0] if len(found) == 1 else None
