"""The last stage of a reconstruction: name the volume, check, run, look, export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from ipywidgets import HTML

from daisy_kernel.session import Session
from daisy_kernel.session.run_handle import RunHandle
from daisy_widgets import history_export
from daisy_widgets.form import Form
from daisy_widgets.form_fields import OVERWRITE, RUN_OPTIONS, Field
from daisy_widgets.history_export import Export
from daisy_widgets.panel_box import button, row, show
from daisy_widgets.planned_panel import PlannedPanel
from daisy_widgets.reconstruction_model import Reconstruction
from daisy_widgets.run_follower import Record

_RESUMABLE = ("failed", "cancelled", "interrupted")


class VolumeStage(PlannedPanel):
    """Runs what was decided, and writes it down.

    Parameters
    ----------
    session
        Where it runs.
    fields
        Inputs that say where the workflow saves; "output" is among them.
    named
        Is told another name of the volume; on the thread of the messages.
    """

    def __init__(self, session: Session, fields: Sequence[Field], named: Callable[[str], None]):
        needed = [field for field in fields if field.is_required]
        further = [field for field in fields if not field.is_required]
        super().__init__(session, "", "", Form(needed, [*further, *RUN_OPTIONS]))
        self._fields = tuple(fields)
        self._named = named
        self._state = self._started = Reconstruction("")
        self._export: Export | None = None
        self.form.controls["output"].observe(lambda change: self._rename(change["new"]), "value")
        self.resume = button("Resume", self._resume, tooltip="Go on where it stopped")
        self.starters = (self.start, self.resume)
        self.export_document = button(
            "Export workflow",
            lambda: self._write("document"),
            tooltip="A .daisy.json beside the volume, which gives it again",
        )
        self.export_script = button(
            "Export script",
            lambda: self._write("script"),
            tooltip="A Python script beside the volume, which gives it again",
        )
        self.history = HTML()
        self.history.add_class("daisy-history")
        show(self.resume, False)
        exports = row([self.export_document, self.export_script])
        exports.add_class("daisy-exports")
        self.fill(
            [
                self.form.widget,
                row([self.start, self.check, self.resume, exports]),
                self.notice.widget,
                self.progress.widget,
                self.plan,
                self.results.widget,
                self.history,
            ]
        )

    def show_state(self, state: Reconstruction) -> None:
        """These decisions hold from now on."""
        self._state = state
        self.form.fill(output=str(state.inputs.get("output", "")))
        items = "".join(f"<li>{escape(said)}</li>" for said in state.remarks)
        self.history.value = f"<b>What was decided</b><ol>{items}</ol>" if items else ""

    def take_up(self, run: RunHandle, state: Reconstruction) -> None:
        """Follow a run that was started earlier with these decisions."""
        self._started = state
        self.follow(run)

    def see(self, record: Record) -> None:
        """The run has come further."""
        super().see(record)
        show(self.resume, record["state"] in _RESUMABLE)
        if record["state"] == "done":
            self._export = history_export.of_run(self._started, record)

    def _rename(self, name: str) -> None:
        name = name.strip()
        if name and name != self._state.inputs.get("output"):
            self._named(name)

    def asked(self) -> tuple[str, dict[str, Any]]:
        """The workflow and its inputs, as they were decided and are filled in."""
        return self._state.workflow, self._state.inputs | self.form.inputs(self._fields)

    def begin(self) -> None:
        """A run is going to be started with what was decided."""
        show(self.plan, False)
        show(self.resume, False)
        self._started, self._export = self._state, None

    def _resume(self) -> None:
        if self.run is not None:
            self.start_run(self.run.resume)

    def _write(self, form: history_export.Form) -> None:
        """What the latest run has done, or else what one would do now."""
        is_of_run = self._export is not None and self._started is self._state
        export = self._export if is_of_run else history_export.of_state(self._state)
        assert export is not None
        overwrite = bool(self.form.filled[OVERWRITE.name])
        self.notice.busy("Exporting …")
        self.ask(
            "export",
            lambda: history_export.write(self.session, export, form, overwrite=overwrite),
            lambda path: self.notice.done(f"Written: {path}"),
        )
