"""What a reconstruction panel has decided so far, without any widget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, Literal

from daisy_widgets.form_fields import Field

Kind = Literal["scan", "centre", "parameter", "sheet", "run"]


@dataclass(frozen=True)
class Decision:
    """One thing that was settled, and how."""

    kind: Kind
    said: str
    """In a sentence, for people and for what is exported."""
    values: Mapping[str, Any]
    """Input of the workflow -> value; None: its usual one again."""


@dataclass(frozen=True)
class Reconstruction:
    """A workflow and the decisions that give its inputs, the oldest first."""

    workflow: str
    history: tuple[Decision, ...] = ()

    @property
    def inputs(self) -> dict[str, Any]:
        """What was decided of every input that does not keep its usual value."""
        inputs: dict[str, Any] = {}
        for decision in self.history:
            inputs |= decision.values
        return {name: value for name, value in inputs.items() if value is not None}

    @property
    def scan(self) -> str | None:
        """Path of the scan, as the kernel sees it."""
        return self.inputs.get("scan")

    @property
    def remarks(self) -> list[str]:
        """The history in sentences."""
        return [decision.said for decision in self.history]

    def decided(self, decision: Decision) -> Reconstruction:
        """The same with one more decision; a scan takes the place of one just looked at."""
        if decision.kind == "scan" and self.history and self.history[-1].kind == "scan":
            return replace(self, history=(*self.history[:-1], decision))
        return replace(self, history=(*self.history, decision))

    def undone(self) -> Reconstruction:
        """The same without the last decision."""
        return replace(self, history=self.history[:-1])

    def differing(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Those of some values that are not what was decided already."""
        inputs = self.inputs
        return {name: v for name, v in values.items() if inputs.get(name) != v}


def scan_chosen(given: Mapping[str, Any], known: Iterable[str]) -> Decision:
    """Another scan: its centre is open again, and its volume gets a name.

    Parameters
    ----------
    given
        Inputs that name the scan: "scan", and "profile" where it has one.
    known
        Inputs that the workflow has.
    """
    name = PurePosixPath(str(given["scan"])).name
    values = {"profile": None, "center": None, **given, "output": output_name(name)}
    known = set(known)
    return Decision("scan", f"Scan {name} chosen.", {n: v for n, v in values.items() if n in known})


def centre_accepted(column: float, tilt_deg: float) -> Decision:
    """What the centre assistant has found and somebody has accepted."""
    # A tenth of a thousandth of a pixel: what is shown is what is computed with.
    column = round(column, 4)
    tilt = f" The tilt of {tilt_deg:+.3f}° is left alone." if tilt_deg else ""
    return Decision("centre", f"Centre {column:g} accepted.{tilt}", {"center": column})


def parameters_set(values: Mapping[str, Any]) -> Decision:
    """Parameters that were typed in."""
    said = ", ".join(
        f"{n} back to its usual value" if v is None else f"{n} set to {in_words(v)}"
        for n, v in values.items()
    )
    return Decision("parameter", f"{said[:1].upper()}{said[1:]}.", dict(values))


def sheet_adopted(values: Mapping[str, Any]) -> Decision:
    """A combination of a contact sheet."""
    said = ", ".join(f"{name} {in_words(value)}" for name, value in values.items())
    return Decision("sheet", f"Adopted from a contact sheet: {said}.", dict(values))


def run_taken_up(record: Mapping[str, Any], known: Iterable[str]) -> Decision:
    """An earlier run, whose inputs hold from now on."""
    inputs = record["inputs"]
    return Decision(
        "run", f"Run {record['id']} taken up.", {name: inputs.get(name) for name in known}
    )


def output_name(scan: str) -> str:
    """What a volume is called that nobody has named, in the kernel's folder."""
    return f"{PurePosixPath(scan).name.partition('.')[0] or 'scan'}_reco.h5"


def in_words(value: Any) -> str:
    """A value as it is read."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def fields_of_steps(
    document: Mapping[str, Any], fields: Iterable[Field], shown: Iterable[str]
) -> dict[str, tuple[Field, ...]]:
    """Which inputs of a workflow belong to which step.

    Parameters
    ----------
    document
        The workflow.
    fields
        Its inputs.
    shown
        Steps that can be looked at. The inputs of another step belong to the next one of these: a
        centre that is searched belongs to the reconstruction. An input of several belongs to the
        first.
    """
    known = {field.name: field for field in fields}
    wanted, waiting = set(shown), list[str]()
    found: dict[str, tuple[Field, ...]] = {}
    taken: set[str] = set()
    for step in document.get("steps", ()):
        name = step.get("algorithm") or step.get("workflow")
        configured = document.get("algorithms", {}).get(name, {})
        values = (*configured.get("init_paras", {}).values(), *step.get("params", {}).values())
        waiting += [v["input"] for v in values if isinstance(v, Mapping) and set(v) == {"input"}]
        if name in wanted:
            own = [n for n in dict.fromkeys(waiting) if n in known and n not in taken]
            found[name] = tuple(known[n] for n in own)
            taken.update(own)
            waiting = []
    return found


def saving_inputs(document: Mapping[str, Any], classes: Mapping[str, Any]) -> list[str]:
    """Inputs that say where a workflow saves: those that belong to saving steps only.

    Parameters
    ----------
    document
        The workflow.
    classes
        Algorithm -> its JSON schema; one that makes no data object saves.
    """
    saving, elsewhere = list[str](), set[str]()
    for step in document.get("steps", ()):
        configured = document.get("algorithms", {}).get(step.get("algorithm"), {})
        declared = classes.get(configured.get("class"), {}).get("properties", {})
        makes = not declared or any(p.get("x-kind") == "output" for p in declared.values())
        used = [
            v["input"]
            for v in (*configured.get("init_paras", {}).values(), *step.get("params", {}).values())
            if isinstance(v, Mapping) and set(v) == {"input"}
        ]
        if makes:
            elsewhere.update(used)
        else:
            saving += used
    return [name for name in dict.fromkeys(saving) if name not in elsewhere]
