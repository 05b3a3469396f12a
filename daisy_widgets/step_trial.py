"""Trying the chosen step of a workflow that is being built, on one slice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ipywidgets import VBox

from daisy_kernel.session import Session
from daisy_widgets.panel_box import show
from daisy_widgets.reconstruction_model import saving_inputs
from daisy_widgets.step_preview import StepPreview
from daisy_widgets.workflow_draft import WorkflowDraft

_NOWHERE = "trial.h5"
"""Is never written."""


class StepTrial:
    """Before and after of every step; not there until a step is tried.

    Parameters
    ----------
    session
        Where it is computed.
    algorithms
        Class -> JSON schema.
    """

    def __init__(self, session: Session, algorithms: Mapping[str, Any]):
        self._algorithms = algorithms
        self.preview = StepPreview(session, {}, (), lambda changed: None)
        self.preview.entitle("Trial", "one slice before and after a step")
        self.widget = VBox([self.preview])
        self.widget.add_class("daisy-trial")
        show(self.widget, False)

    def look_at(self, draft: WorkflowDraft, step: int, inputs: Mapping[str, Any]) -> None:
        """Show what a step does to one slice; this returns at once.

        Parameters
        ----------
        draft
            The workflow as it is now.
        step
            Its number.
        inputs
            What is filled in.
        """
        show(self.widget, True)
        # A trial saves nothing, so nobody has to say where.
        saving = saving_inputs(draft.content, self._algorithms)
        needed = [n for n in saving if "default" not in draft.inputs.get(n, {})]
        self.preview.look_at(
            draft.content, {**dict.fromkeys(needed, _NOWHERE), **inputs}, step=draft.title(step)
        )

    def close(self) -> None:
        """End it."""
        self.preview.close()
