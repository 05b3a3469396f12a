"""A panel whose form can be checked before it is run: the plan, what it needs, then the run."""

from __future__ import annotations

from typing import Any

from ipywidgets import HTML

from daisy_kernel.errors import InvalidParameter
from daisy_kernel.session import Session
from daisy_kernel.session.descriptions import PlanDescription
from daisy_kernel.session.run_handle import RunHandle
from daisy_widgets.form import Form
from daisy_widgets.form_fields import run_options
from daisy_widgets.panel_box import button, show
from daisy_widgets.plan_text import html_plan, needs_in_words
from daisy_widgets.run_panel import RunPanel


class PlannedPanel(RunPanel):
    """Buttons for Check and Run, and the plan; `form` has the fields of `RUN_OPTIONS`.

    Parameters
    ----------
    session
        Where it runs.
    title, text
        See `PanelBox`.
    form
        What is filled in.
    """

    def __init__(self, session: Session, title: str, text: str, form: Form):
        super().__init__(session, title, text)
        self.form = form
        self.check = button("Check", self._check, tooltip="Plan, memory and disk; nothing is run")
        self.start = button("Run", self._start, style="primary")
        self.starters = (self.start,)
        self.plan = HTML()
        self.plan.add_class("daisy-plan")
        show(self.plan, False)

    def asked(self) -> tuple[str, dict[str, Any]]:
        """The workflow and its inputs, as they are filled in now.

        Raises
        ------
        InvalidParameter
            If something is wrong or missing.
        """
        raise NotImplementedError

    def begin(self) -> None:
        """A run is going to be started with what is filled in."""

    def follow(self, run: RunHandle) -> None:
        """Show this run from now on, and no other; a plan has been seen."""
        show(self.plan, False)
        super().follow(run)

    def _filled(self) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
        """Workflow, inputs and options; None: what is wrong has been said."""
        try:
            return *self.asked(), run_options(self.form.filled)
        except InvalidParameter as error:
            self.fail(error)
            return None

    def _check(self) -> None:
        if (filled := self._filled()) is None:
            return
        workflow, inputs, options = filled
        del options["overwrite"]
        self.notice.busy("Checking …")
        self.ask(
            "check", lambda: self.session.check(workflow, **options, **inputs), self._show_plan
        )

    def _show_plan(self, plan: PlanDescription) -> None:
        self.plan.value = html_plan(plan)
        show(self.plan, True)
        self.notice.done(f"{plan['workflow']} can run. {needs_in_words(plan)}")

    def _start(self) -> None:
        if (filled := self._filled()) is None:
            return
        workflow, inputs, options = filled
        self.begin()
        self.jobs.forget("check")
        self.start_run(lambda: self.session.run(workflow, **options, **inputs))
