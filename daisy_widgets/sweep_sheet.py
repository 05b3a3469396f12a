"""A contact sheet: a workflow for every combination of some parameters, one of which is adopted."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import traitlets
from ipywidgets import Dropdown, Text, VBox

from daisy_kernel.errors import DaisyError, InvalidParameter, UnknownName
from daisy_kernel.session import Session, local_session
from daisy_kernel.session.handles import ObjectHandle, RunHandle
from daisy_widgets.form_fields import form_fields
from daisy_widgets.panel_box import PanelBox, button, row, show
from daisy_widgets.run_follower import ProgressBar, Record, RunFollower
from daisy_widgets.sweep_model import (
    MOST_PARAMETERS,
    Sheet,
    chosen_sweep,
    swept_fields,
    usual_values,
)


class SweepSheet(PanelBox):
    """Vary one to three parameters of a workflow, compare the slices, adopt a combination.

    Parameters
    ----------
    session
        Where it runs; default, the kernel of this notebook.
    workflow
        A name in the library, or the path of a document.
    inputs
        Its inputs, but for those that are varied.
    title
        Heading.

    Attributes
    ----------
    adopted : dict
        Parameter -> value of the combination that was adopted last; can be observed.

    Examples
    --------
    >>> sheet = SweepSheet(inputs={"scan": "scan.h5", "output": "reco.h5"})  # doctest: +SKIP
    >>> sheet.observe(lambda change: print(change["new"]), "adopted")  # doctest: +SKIP
    """

    adopted = traitlets.Dict()

    def __init__(
        self,
        session: Session | None = None,
        workflow: str | Path = "tomography",
        *,
        inputs: Mapping[str, Any] | None = None,
        title: str = "Contact sheet",
    ):
        super().__init__(title, "slices for every combination of some parameters")
        self.session = local_session() if session is None else session
        self.sheet: Sheet | None = None
        self.tile = 0
        self._own = f"sheet {secrets.token_hex(2)}"
        self._workflow, self._inputs = str(workflow), dict(inputs or {})
        self._written: set[str] = set()
        self._run: RunHandle | None = None
        self._follower = RunFollower(self.ask, self._see)
        self.choices = [_Choice() for _ in range(MOST_PARAMETERS)]
        self.slices = Text(description="slices", placeholder="the middle one")
        self.output = Text(description="file", placeholder="where the slices are kept")
        self.start = button("Make sheet", self.make, style="primary")
        self.progress = ProgressBar(self._cancel)
        self.adopt = button("Adopt", self._adopt, style="primary")
        self.looking = VBox([row([self.adopt])])
        show(self.looking, False)
        self.fill(
            [
                *(choice.widget for choice in self.choices),
                row([self.slices, self.output, self.start]),
                self.notice.widget,
                self.progress.widget,
                self.looking,
            ],
        )
        self.look_at(workflow, inputs)

    def look_at(self, workflow: str | Path, inputs: Mapping[str, Any] | None = None) -> None:
        """Take another workflow or other inputs; what was chosen stays where it exists."""
        told, _ = self.session.transport.call("workflows.describe", {"name": str(workflow)})
        declared = told["document"]["inputs"]
        paths = [name for name, one in declared.items() if one.get("type") == "path"]
        self._workflow, self._inputs = str(workflow), dict(inputs or {})
        fields = swept_fields(form_fields(told["schema"]), paths)
        for choice in self.choices:
            choice.offer({field.name: field for field in fields})
        if not self.output.value and self._inputs.get("scan"):
            self.output.value = f"{PurePath(str(self._inputs['scan'])).stem}_sweep.h5"

    def make(self) -> None:
        """Run the workflow for every combination; this returns at once."""
        try:
            sweep = chosen_sweep([c.chosen for c in self.choices if c.chosen is not None])
            if not self.output.value.strip():
                raise InvalidParameter("Still needed: file.")
        except InvalidParameter as error:
            self.notice.error(error)
            return
        path = self.output.value.strip()
        inputs = {n: v for n, v in self._inputs.items() if n not in sweep and v is not None}
        inputs |= {"output": path}
        for name in ("tiff", "zarr"):
            inputs.pop(name, None)
        self.start.disabled = True
        self.notice.busy("Starting …")
        self.jobs.ask(
            "start",
            lambda: self.session.sweep(
                self._workflow,
                sweep=sweep,
                slices=self.slices.value.strip() or None,
                overwrite=path in self._written,
                **inputs,
            ),
            self._follow,
            self._fail,
        )

    def close(self) -> None:
        """End the sheet and forget its objects; the file stays, and a run goes on."""
        self.jobs.close()
        self._forget()
        super().close()

    def _follow(self, run: RunHandle) -> None:
        self._run = run
        self._follower.follow(run)

    def _see(self, record: Record) -> None:
        self.progress.update(record)
        state = record["state"]
        if state in ("queued", "running"):
            self.notice.busy(f"{state}: {record['progress']['title']}".rstrip(": "))
            return
        self.start.disabled = False
        if state == "done":
            self.jobs.ask("open", lambda: self._open(record), self._show_sheet, self._fail)
        elif state == "failed":
            self.notice.error(DaisyError(record["error"]))
        else:
            self.notice.done(f"The run was {state}. {record['error']}".strip())

    def _open(self, record: Record) -> tuple[Sheet, ObjectHandle]:
        path = record["outputs"][0]
        self._written |= {path, self.output.value.strip()}
        self._forget()
        (pictures,) = self.session.open(f"{path}:/entry/data/data", name=self._own)
        scores = {}
        for merit in ("entropy", "negativity"):
            name = f"{self._own} {merit}"
            self.session.open(f"{path}:/entry/figures_of_merit/{merit}", name=name)
            scores[merit] = np.asarray(self.session[name][...], np.float64)
        values = record["values"]
        return Sheet(values["sweep"], tuple(values["slices"]), scores), pictures

    def _show_sheet(self, opened: tuple[Sheet, ObjectHandle]) -> None:
        self.sheet, _ = opened
        self.tile = 0
        show(self.looking, True)
        self.notice.done(f"{self.sheet.count} combinations.")

    def _adopt(self) -> None:
        if self.sheet is not None:
            self.adopted = self.sheet.values(self.tile)
            self.notice.done(f"Adopted: {self.sheet.told(self.tile)}.")

    def _cancel(self) -> None:
        if self._run is not None:
            self.jobs.ask("cancel", self._run.cancel, lambda _: None, self._fail)

    def _fail(self, error: Exception) -> None:
        self.start.disabled = False
        self.notice.error(error)

    def _forget(self) -> None:
        for name in (self._own, f"{self._own} entropy", f"{self._own} negativity"):
            try:
                del self.session[name]
            except UnknownName:
                continue


class _Choice:
    """A parameter and its values."""

    def __init__(self) -> None:
        self.parameter = Dropdown(description="parameter")
        self.values = Text(description="values", continuous_update=False)
        self.parameter.observe(self._suggest, "value")
        self._fields: dict[str, Any] = {}
        self.widget = row([self.parameter, self.values])

    @property
    def chosen(self) -> tuple[Any, str] | None:
        """Field and text; None: this one is not varied."""
        name = self.parameter.value
        return (self._fields[name], self.values.value) if name else None

    def offer(self, fields: dict[str, Any]) -> None:
        before = self.parameter.value
        self._fields = fields
        self.parameter.options = [("", ""), *((f.label, name) for name, f in fields.items())]
        self.parameter.value = before if before in fields else ""

    def _suggest(self, change: dict[str, Any]) -> None:
        if change["new"] and not self.values.value:
            self.values.value = usual_values(self._fields[change["new"]])
