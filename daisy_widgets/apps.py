"""Ready panels: what one opens without having built anything."""

from __future__ import annotations

from pathlib import Path

from ipywidgets import DOMWidget

from daisy_kernel.session import Session, local_session
from daisy_widgets.integration_panel import IntegrationPanel
from daisy_widgets.reconstruction_panel import ReconstructionPanel
from daisy_widgets.views import view_comparison, view_object


def tomography(
    *, session: Session | None = None, folder: str | Path | None = None
) -> ReconstructionPanel:
    """From a parallel-beam scan to a volume: choose, centre, look at every step, run, export.

    Parameters
    ----------
    session
        Where it runs; default, the kernel of this notebook.
    folder
        Where to look for scans first; default, the kernel's folder.
    """
    return ReconstructionPanel(session, folder=None if folder is None else str(folder))


def powder(*, session: Session | None = None) -> IntegrationPanel:
    """From detector frames to powder patterns: rings, mask, calibration, integration, lines.

    Parameters
    ----------
    session
        Where it runs; default, the kernel of this notebook.
    """
    return IntegrationPanel(session=session)


def viewer(name: str, *, beside: str | None = None, session: Session | None = None) -> DOMWidget:
    """The widget that suits a data object: orthogonal planes, slices, a curve, linked patterns.

    Parameters
    ----------
    name
        Of the object.
    beside
        Another object of equal shape, to be compared with it: the difference is that one minus
        this.
    session
        Which has it; default, the kernel of this notebook.

    Raises
    ------
    UnknownName
        If there is no such object; lists the nearest.
    AxesClash
        If it has no dimension, or more than three; if the shapes of the two differ.
    """
    session = local_session() if session is None else session
    if beside is not None:
        return view_comparison(session, f"{name}\n{beside}")
    return view_object(session, name)
