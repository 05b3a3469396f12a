"""What a reconstruction panel has done, as a workflow and as a script that do it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from daisy_kernel.session import Session
from daisy_kernel.session.plain_values import plain
from daisy_widgets.reconstruction_model import Reconstruction

Form = Literal["document", "script"]
_ENDINGS: dict[Form, str] = {"document": ".daisy.json", "script": ".py"}


@dataclass(frozen=True)
class Export:
    """What is to be written down."""

    workflow: str | Mapping[str, Any]
    """A name, or the document that was run."""
    inputs: Mapping[str, Any]
    remarks: tuple[str, ...]

    @property
    def output(self) -> str:
        """The volume that it is about."""
        return str(self.inputs.get("output") or "reconstruction.h5")


def of_state(state: Reconstruction) -> Export:
    """What a run would do that were started now."""
    return Export(state.workflow, state.inputs, tuple(state.remarks))


def of_run(state: Reconstruction, record: Mapping[str, Any]) -> Export:
    """What a run has done: what it has found by itself is a constant from now on.

    Parameters
    ----------
    state
        The decisions from which it was started.
    record
        Of the run. A value that it found counts as the input of its name, such as the centre.
    """
    inputs = dict(record["inputs"])
    found = {n: v for n, v in record["values"].items() if n in inputs and inputs[n] is None}
    told = tuple(f"{n} {v:g} was found by run {record['id']}." for n, v in found.items())
    remarks = (*state.remarks, *told, f"Run {record['id']} gave {inputs.get('output')}.")
    return Export(record["document"] or state.workflow, inputs | found, remarks)


def export_path(output: str, form: Form) -> str:
    """Beside the volume, with its name."""
    return f"{output.removesuffix('.h5').removesuffix('.nxs')}{_ENDINGS[form]}"


def write(session: Session, export: Export, form: Form, *, overwrite: bool) -> str:
    """Have the kernel write a file; gives its path.

    Raises
    ------
    OutputExists
        If it is there and may not be replaced.
    """
    workflow = export.workflow
    told, _ = session.transport.call(
        "workflow.export",
        {
            "workflow": dict(workflow) if isinstance(workflow, Mapping) else workflow,
            "inputs": {name: plain(value) for name, value in export.inputs.items()},
            "form": form,
            "path": export_path(export.output, form),
            "overwrite": overwrite,
            "remarks": list(export.remarks),
        },
    )
    return str(told["path"])
