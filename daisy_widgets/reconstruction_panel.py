"""From a scan to its volume in five stages, and back out as a workflow and as a script."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from ipywidgets import HTML, Widget

from daisy_kernel.errors import InvalidParameter
from daisy_kernel.session import Session, local_session
from daisy_kernel.session.run_handle import RunHandle
from daisy_widgets.centre_assistant import CentreAssistant
from daisy_widgets.centre_search import READING
from daisy_widgets.form_fields import form_fields
from daisy_widgets.panel_box import PanelBox, button, row, show
from daisy_widgets.reconstruction_model import (
    Decision,
    Reconstruction,
    centre_accepted,
    in_words,
    parameters_set,
    run_taken_up,
    saving_inputs,
    scan_chosen,
    sheet_adopted,
)
from daisy_widgets.run_follower import Record
from daisy_widgets.scan_opener import ScanOpener
from daisy_widgets.step_preview import StepPreview
from daisy_widgets.stepper import Stepper
from daisy_widgets.sweep_sheet import SweepSheet
from daisy_widgets.volume_stage import VolumeStage

_CSS = Path(__file__).parent / "static" / "reconstruction.css"
SCAN, CENTRE, STEPS, SHEET, VOLUME = "Scan", "Centre", "Steps", "Compare", "Volume"


class ReconstructionPanel(PanelBox):
    """Choose a scan, find its centre, look at every step, compare, reconstruct, export.

    Every choice is an entry of `state.history`, which can be undone and is exported with the
    volume: the workflow and the script give it again, bit for bit.

    Parameters
    ----------
    session
        Where it is done; default, the kernel of this notebook.
    workflow
        A name in the library; it must have the inputs scan and output.
    title
        Heading.
    folder
        Where to look for scans first; default, the kernel's folder.

    Raises
    ------
    InvalidParameter
        If the workflow does not begin with a scan or saves nothing.

    Examples
    --------
    >>> ReconstructionPanel()  # doctest: +SKIP
    """

    def __init__(
        self,
        session: Session | None = None,
        *,
        workflow: str = "tomography",
        title: str = "Tomography",
        folder: str | None = None,
    ):
        super().__init__(title, "from a scan to its volume")
        self._parts: tuple[Widget, ...] = ()
        chosen = local_session() if session is None else session
        told, _ = chosen.transport.call("workflows.describe", {"name": workflow})
        classes, _ = chosen.transport.call("algorithms.list", {})
        document = told["document"]
        self._known = list(document.get("inputs", {}))
        if not {"scan", "output"}.issubset(self._known):
            raise InvalidParameter(
                f"{workflow} has the inputs {', '.join(self._known)}: a reconstruction needs scan "
                "and output among them."
            )
        self.session = chosen
        self.state = Reconstruction(workflow)
        self._newest: RunHandle | None = None
        self._searched: dict[str, Any] = {}
        fields = form_fields(told["schema"])
        saving = saving_inputs(document, classes["algorithms"])
        others = [f for f in fields if f.name not in {"scan", "profile", *saving}]
        self.opener = ScanOpener(chosen, on_chosen=self._chosen, folder=folder)
        self.assistant = CentreAssistant(chosen, title="")
        self.assistant.form.hide("scan")
        self.preview = StepPreview(chosen, document, others, self._changed)
        self.sheet = SweepSheet(chosen, workflow, title="")
        self.volume = VolumeStage(chosen, [f for f in fields if f.name in saving], self._named)
        self._parts = self.opener, self.assistant, self.preview, self.sheet, self.volume
        self.undo = button("Undo", self._undo, tooltip="Take the last decision back")
        self.take_up = button("Take up the last run", self._take_up)
        self.last = HTML()
        self.last.add_class("daisy-last")
        self.next = button("Next", self._go_on)
        self.next.add_class("daisy-next")
        self.stages: Stepper = Stepper(
            {
                SCAN: [self.opener],
                CENTRE: [self.assistant],
                STEPS: [self.preview],
                SHEET: [self.sheet],
                VOLUME: [self.volume],
            },
            self._opened,
        )
        style = HTML(f"<style>{_CSS.read_text(encoding='utf-8')}</style>")
        style.add_class("daisy-style")
        self.add_class("daisy-reconstruction")
        bar = row([self.undo, self.last, self.take_up, self.next])
        bar.add_class("daisy-bar")
        self.fill([style, self.stages.headings, self.notice.widget, self.stages.widget, bar])
        self.assistant.observe(self._accepted, "centre")
        self.sheet.observe(self._adopted, "adopted")
        self._show_state()
        self.stages.open(SCAN)
        show(self.take_up, False)
        self.ask("last run", self._last_run, self._offer_last_run)

    def close(self) -> None:
        """End the panel and what is in it; a run goes on."""
        for part in self._parts:
            part.close()
        super().close()

    def decide(self, decision: Decision) -> None:
        """Enter a decision into the history, and show what follows from it."""
        self.state = self.state.decided(decision)
        self._show_state()

    # --- decisions ---

    def _chosen(self, choice: Any) -> None:
        """A scan was opened; told on the opener's own thread."""
        if choice is None:
            return
        self.decide(scan_chosen(choice.inputs, self._known))

    def _accepted(self, change: Mapping[str, Any]) -> None:
        centre = change["new"]
        if centre is not None:
            self.decide(centre_accepted(centre.column, centre.tilt_deg))
            self.stages.open(STEPS)

    def _adopted(self, change: Mapping[str, Any]) -> None:
        if change["new"]:
            self.decide(sheet_adopted(change["new"]))
            self.stages.open(STEPS)

    def _changed(self, values: dict[str, Any]) -> None:
        differing = self.state.differing(values)
        if differing:
            self.decide(parameters_set(differing))
            self._look()

    def _named(self, name: str) -> None:
        self.decide(parameters_set({"output": name}))

    def _go_on(self) -> None:
        self.stages.open(self._following(self.stages.current))

    def _following(self, stage: str) -> str:
        """The stage that comes next; a contact sheet is made by who wants one."""
        order = [SCAN, CENTRE, STEPS, VOLUME]
        if "center" not in self._known:
            order.remove(CENTRE)
        return VOLUME if stage == SHEET else order[min(order.index(stage) + 1, len(order) - 1)]

    def _undo(self) -> None:
        if self.state.history:
            self.notice.done(f"Taken back: {self.state.history[-1].said}")
            self.state = self.state.undone()
            self._show_state()
            if self.state.scan is None:
                self.stages.open(SCAN)
            else:
                self._opened(self.stages.current)

    # --- what is shown ---

    def _show_state(self) -> None:
        state, inputs = self.state, self.state.inputs
        has_scan = state.scan is not None
        chosen = {} if self.opener.choice is None else self.opener.choice.inputs
        if any(chosen.get(n) != inputs.get(n) for n in ("scan", "profile") if n in self._known):
            self.opener.choice = None  # so that choosing it again is a choice
        for name in (CENTRE, STEPS, SHEET, VOLUME):
            self.stages.allow(name, has_scan)
        self.undo.disabled = not state.history
        self.next.disabled = not has_scan
        self.stages.say(SCAN, str(state.scan).rpartition("/")[2] if has_scan else "")
        column = inputs.get("center")
        self.stages.say(CENTRE, "" if column is None else f"column {column:.2f}")
        own = {n: v for n, v in inputs.items() if n not in ("scan", "output", "profile", "center")}
        said = ", ".join(f"{n} {in_words(v)}" for n, v in own.items())
        self.stages.say(STEPS, said if len(said) < 28 else f"{len(own)} parameters")
        self.stages.say(VOLUME, str(inputs.get("output", "")).rpartition("/")[2])
        self.volume.show_state(state)
        self.preview.fill_in(inputs)
        self.last.value = escape(state.remarks[-1]) if state.history else ""

    def _opened(self, name: str) -> None:
        """A stage was opened: it may need what was decided in others."""
        self.next.description = f"Next: {self._following(name).lower()}"
        # In the stage of the centre one comes for "Accept".
        self.next.button_style = "" if name == CENTRE else "primary"
        show(self.next, name != VOLUME)
        read = {name: self.state.inputs.get(name) for name in READING}
        if name == CENTRE and self._searched != read:
            self._searched = read
            self.assistant.look_at(str(self.state.scan), self.state.inputs)
            self.assistant.search()
        elif name == STEPS:
            self._look()
        elif name == SHEET:
            inputs = self.state.inputs
            self.ask("sheet", lambda: self.sheet.look_at(self.state.workflow, inputs), _nothing)

    def _look(self) -> None:
        if self.state.scan is not None:
            self.preview.look_at(self.state.workflow, self.state.inputs)

    # --- after a reload or a restart ---

    def _last_run(self) -> RunHandle | None:
        """The newest run of this workflow, whichever process it was started in."""
        found = self.session.runs.summaries(self.state.workflow)
        return RunHandle(self.session.transport, found[0]["id"]) if found else None

    def _offer_last_run(self, run: RunHandle | None) -> None:
        self._newest = run
        show(self.take_up, run is not None)

    def _take_up(self) -> None:
        run = self._newest
        if run is not None:
            self.ask("take up", lambda: run.record, self._taken_up)

    def _taken_up(self, record: Record) -> None:
        show(self.take_up, False)
        self.decide(run_taken_up(record, self._known))
        self.stages.open(VOLUME)
        self.volume.take_up(RunHandle(self.session.transport, record["id"]), self.state)


def _nothing(_: Any) -> None:
    """Nothing is to be shown."""
