"""A contact sheet: a workflow for every combination of some parameters, one of which is adopted."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import traitlets
from ipywidgets import Text, VBox

from daisy_kernel.errors import InvalidParameter
from daisy_kernel.session import Session, local_session
from daisy_kernel.session.object_handle import ObjectHandle
from daisy_widgets.form_fields import form_fields
from daisy_widgets.own_objects import forget_objects
from daisy_widgets.panel_box import button, row
from daisy_widgets.run_follower import Record
from daisy_widgets.run_panel import RunPanel
from daisy_widgets.sheet_view import SheetView
from daisy_widgets.sweep_choice import SweepChoice
from daisy_widgets.sweep_model import (
    MERITS,
    MOST_PARAMETERS,
    MOST_TILES,
    Sheet,
    chosen_sweep,
    swept_fields,
)


class SweepSheet(RunPanel):
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
        chosen = local_session() if session is None else session
        super().__init__(chosen, title, "slices for every combination of some parameters")
        self._own = f"sheet {secrets.token_hex(2)}"
        self._workflow, self._inputs = str(workflow), dict(inputs or {})
        self._written: set[str] = set()
        self.choices = [SweepChoice() for _ in range(MOST_PARAMETERS)]
        self.slices = Text(description="slices", placeholder="the middle one")
        self.output = Text(description="file", placeholder="where the slices are kept")
        self.start = button("Make sheet", self.make, style="primary")
        self.starters = (self.start,)
        self.view = SheetView(self.jobs, self._adopt, self.notice.done, self.fail)
        fields = VBox([choice.widget for choice in self.choices])
        fields.add_class("daisy-fields")
        self.fill(
            [
                fields,
                row([self.start, self.slices, self.output]),
                self.notice.widget,
                self.progress.widget,
                self.view.widget,
            ],
        )
        self.look_at(workflow, inputs)
        self._offer(self._described())

    def look_at(self, workflow: str | Path, inputs: Mapping[str, Any] | None = None) -> None:
        """Take another workflow or other inputs; what was chosen stays where it exists."""
        is_other, self._workflow = str(workflow) != self._workflow, str(workflow)
        self._inputs = dict(inputs or {})
        if self._inputs.get("scan"):
            self.output.value = f"{PurePath(str(self._inputs['scan'])).stem}_sweep.h5"
        if is_other:
            self.jobs.ask("describe", self._described, self._offer, self.fail)

    def _described(self) -> dict[str, Any]:
        told, _ = self.session.transport.call("workflows.describe", {"name": self._workflow})
        return told

    def _offer(self, told: dict[str, Any]) -> None:
        declared = told["document"]["inputs"]
        paths = [name for name, one in declared.items() if one.get("type") == "path"]
        fields = swept_fields(form_fields(told["schema"]), paths)
        for choice in self.choices:
            choice.offer({field.name: field for field in fields})

    def vary(self, values: Mapping[str, str]) -> None:
        """Choose parameters and their values, as one would type them.

        Raises
        ------
        InvalidParameter
            If there are too many, or one is no input that can be varied.
        """
        if len(values) > len(self.choices):
            raise InvalidParameter(
                f"{len(values)} parameters are too many: vary {len(self.choices)} at most."
            )
        for choice in self.choices:
            choice.parameter.value = ""
        for choice, (name, text) in zip(self.choices, values.items(), strict=False):
            choice.choose(name, text)

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
        self.start_run(
            lambda: self.session.sweep(
                self._workflow,
                sweep=sweep,
                slices=self.slices.value.strip() or None,
                overwrite=path in self._written,
                **inputs,
            ),
        )

    def close(self) -> None:
        """End the sheet and forget its objects; the file stays, and a run goes on."""
        self.leave(self._forget)

    def say(self, record: Record) -> None:
        """Tell in a sentence how the run is; once it is done, the sheet tells."""
        if record["state"] != "done":
            super().say(record)

    def take(self, record: Record) -> None:
        """The run has ended well: show its pictures."""
        self.ask("open", lambda: self._open(record), self.view.show)

    def _open(self, record: Record) -> tuple[Sheet, ObjectHandle]:
        path = record["outputs"][0]
        self._written |= {path, self.output.value.strip()}
        self._forget()
        (pictures,) = self.session.open(f"{path}:/entry/data/data", name=self._own)
        scores = {}
        for merit in MERITS:
            name = f"{self._own} {merit}"
            self.session.open(f"{path}:/entry/figures_of_merit/{merit}", name=name)
            scores[merit] = np.asarray(self.session[name][...], np.float64)
        values = record["values"]
        sheet = Sheet(
            values["sweep"],
            tuple(values["slices"]),
            scores,
            tuple(values["at_the_edge"]),
            values["caution"],
        )
        if sheet.count > MOST_TILES:
            raise InvalidParameter(
                f"The sheet would have {sheet.count} pictures, more than {MOST_TILES}: vary less."
            )
        return sheet, pictures

    def _adopt(self, values: dict[str, Any], told: str) -> None:
        self.adopted = values
        self.notice.done(f"Adopted: {told}.")

    def _forget(self) -> None:
        forget_objects(self.session, (self._own, *(f"{self._own} {merit}" for merit in MERITS)))
