"""What the steps of the integration panel share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import traitlets

from daisy_kernel.session.run_handle import RunHandle
from daisy_widgets.frame_view import FrameView
from daisy_widgets.notice import Notice
from daisy_widgets.panel_box import Ask
from daisy_widgets.powder_calls import PowderCalls
from daisy_widgets.run_follower import Record

Seen = Callable[[RunHandle, Record], None]


def _nothing(run: RunHandle, record: Record) -> None:
    """Nobody looks while it goes on."""


@dataclass(frozen=True)
class Task:
    """What a step wants of a run."""

    workflow: str
    what: str
    """Is being done, such as "Integrating"."""
    done: Seen
    """Is told of the run and its record once it has ended well."""
    going_on: Seen = _nothing
    """Is told of them meanwhile."""


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
    ask: Ask
    notice: Notice
    start: Callable[[Task, Callable[[], RunHandle]], None]
    """Starts a run for a task, or takes one up; returns at once."""
    view: FrameView
