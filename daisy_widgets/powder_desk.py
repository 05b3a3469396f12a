"""What the steps of the integration panel share."""

from __future__ import annotations

from dataclasses import dataclass

import traitlets

from daisy_widgets.frame_view import FrameView
from daisy_widgets.jobs import Jobs
from daisy_widgets.notice import Notice
from daisy_widgets.panel_run import PanelRun
from daisy_widgets.powder_calls import PowderCalls


class Experiment(traitlets.HasTraits):
    """Frames, geometry and mask that are worked on; steps observe it."""

    scan = traitlets.Unicode()
    """What was opened; empty before."""
    shape = traitlets.Tuple()
    """(n_frame, n_row, n_col)"""
    geometry = traitlets.Unicode()
    """PONI file."""
    written = traitlets.Int(0)
    """How often it was written from here: it may have the name of the one before."""
    flip = traitlets.Unicode("none")
    calibrant = traitlets.Unicode()
    """Empty, for none."""
    mask = traitlets.Unicode()
    """File of a further mask."""
    frame = traitlets.Int(0)
    """The one that is looked at."""
    seen = traitlets.Any(None)
    """What is drawn over the frame: a `Geometry`, or None."""


@dataclass(frozen=True)
class Desk:
    """Experiment, view and helpers of one panel."""

    experiment: Experiment
    calls: PowderCalls
    jobs: Jobs
    notice: Notice
    run: PanelRun
    view: FrameView
