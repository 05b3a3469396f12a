"""A panel for a workflow: form, check, run, results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from daisy_kernel.errors import InvalidParameter
from daisy_kernel.session import Session, local_session
from daisy_widgets.form import Form
from daisy_widgets.form_fields import RUN_OPTIONS, Field, form_fields
from daisy_widgets.panel_box import row
from daisy_widgets.planned_panel import PlannedPanel


def panel(
    workflow: str | Path,
    *,
    session: Session | None = None,
    expose: Sequence[str] | None = None,
    title: str | None = None,
) -> WorkflowPanel:
    """A panel of its own for a workflow: fill, check, run, look.

    Parameters
    ----------
    workflow
        A name in the library, or the path of a document.
    session
        Where it runs; default, the kernel of this notebook.
    expose
        Inputs that are asked for, in this order; the others keep their defaults. Default, all.
    title
        Heading; default, the name of the workflow.

    Returns
    -------
    panel
        A widget: the last line of a cell shows it.

    Raises
    ------
    DaisyError
        If there is no such workflow or input, or if a required input is not exposed.

    Examples
    --------
    >>> panel("tomography", expose=["scan", "output", "center"])  # doctest: +SKIP
    """
    chosen = local_session() if session is None else session
    told, _ = chosen.transport.call("workflows.describe", {"name": str(workflow)})
    fields = form_fields(told["schema"])
    if expose is None:
        first = [field for field in fields if field.is_required]
        further = [field for field in fields if not field.is_required]
    else:
        first, further = _exposed(fields, expose, str(workflow)), []
    return WorkflowPanel(chosen, str(workflow), told["document"], first, further, title)


def _exposed(fields: Sequence[Field], expose: Sequence[str], workflow: str) -> list[Field]:
    known = {field.name: field for field in fields}
    unknown = [name for name in expose if name not in known]
    if unknown:
        raise InvalidParameter(
            f"{workflow} has no input {', '.join(map(repr, unknown))}: expose some of "
            f"{', '.join(known)}."
        )
    hidden = [f.name for f in fields if f.is_required and f.name not in expose]
    if hidden:
        raise InvalidParameter(
            f"{workflow} cannot run without {', '.join(hidden)}: expose that too, or give it a "
            "default in a document of your own."
        )
    return [known[name] for name in dict.fromkeys(expose)]


class WorkflowPanel(PlannedPanel):
    """Form, buttons and results of one workflow; made by `panel`.

    Parameters
    ----------
    session
        Where it runs.
    workflow
        Name or path.
    document
        The workflow as its document.
    first, further
        Fields that are seen at once, and those under "More parameters".
    title
        Heading; None: the name of the workflow.
    """

    def __init__(
        self,
        session: Session,
        workflow: str,
        document: dict[str, Any],
        first: Sequence[Field],
        further: Sequence[Field],
        title: str | None,
    ):
        super().__init__(
            session,
            document["name"] if title is None else title,
            document.get("help", ""),
            Form(first, (*further, *RUN_OPTIONS)),
        )
        self._workflow = workflow
        self._fields = (*first, *further)
        self.fill(
            [
                self.form.widget,
                row([self.check, self.start]),
                self.notice.widget,
                self.progress.widget,
                self.plan,
                self.results.widget,
            ]
        )
        self.offer_run(document["name"])

    def asked(self) -> tuple[str, dict[str, Any]]:
        """The workflow and its inputs, as they are filled in now."""
        return self._workflow, self.form.inputs(self._fields)
