"""What a form asks for: fields from a JSON schema, and the values that were typed into them.

The rules and words are those of the lab extension's forms (`labextension/src/formFields.ts`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from daisy_kernel.errors import InvalidParameter

Filled = Mapping[str, str | bool]
"""Field -> what stands in it, as text or as a tick."""
_BOUNDS = (
    # pydantic writes its own words where a validator stands before the bounds
    (("minimum", "ge"), "at least", lambda value, bound: value >= bound),
    (("exclusiveMinimum", "gt"), "more than", lambda value, bound: value > bound),
    (("maximum", "le"), "at most", lambda value, bound: value <= bound),
    (("exclusiveMaximum", "lt"), "less than", lambda value, bound: value < bound),
)


@dataclass(frozen=True)
class Field:
    """One input of a workflow or algorithm, as a form shows it."""

    name: str
    kind: Literal["text", "number", "tick", "choice"] = "text"
    unit: str = ""
    help: str = ""
    is_required: bool = False
    usual: str | bool = ""
    """What is taken if the field is left alone."""
    choices: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    """What the choices stand for."""
    is_whole: bool = False
    """Whether a number must be an integer."""
    bounds: tuple[tuple[str, float], ...] = ()
    """("at least", 0) and the like."""
    is_undeclared: bool = False
    """Whether its algorithm, written without annotations, says nothing of its type."""

    @property
    def label(self) -> str:
        """Name and unit in words."""
        spaced = self.name.replace("_", " ")
        return f"{spaced} [{self.unit}]" if self.unit else spaced


OVERWRITE = Field("overwrite existing outputs", "tick", usual=False)
THREADS = Field("threads at once", help="blocks computed at once; one per core if empty")
MEMORY = Field("memory for arrays", help="such as 4GB; 60 % of the machine if empty")
RUN_OPTIONS = (THREADS, MEMORY, OVERWRITE)
"""How to run, as opposed to what; with their spaces they cannot be inputs of a workflow."""


def form_fields(schema: Mapping[str, Any]) -> tuple[Field, ...]:
    """The fields of a form, from the schema of a workflow's inputs or of an algorithm.

    Parameters
    ----------
    schema
        As ``workflows.describe`` and ``algorithms.describe`` tell it.
    """
    required = set(schema.get("required", ()))
    return tuple(
        _field(name, declared, name in required)
        for name, declared in schema.get("properties", {}).items()
    )


def _field(name: str, declared: Mapping[str, Any], is_required: bool) -> Field:
    # {"anyOf": [{...}, {"type": "null"}]} is a parameter that may be left out.
    parts = [p for p in declared.get("anyOf", ()) if p.get("type") != "null"]
    told = {**declared, **parts[0]} if len(parts) == 1 else declared
    values = tuple(told.get("enum", ()))
    usual = told.get("default")
    is_number = told.get("type") in ("number", "integer")
    kind: Literal["text", "number", "tick", "choice"] = "number" if is_number else "text"
    if told.get("type") == "boolean":
        # A tick cannot say "left alone": without a default there are three answers.
        kind, values = ("tick", ()) if usual is not None else ("choice", (True, False))
    elif values:
        kind = "choice"
    return Field(
        name=name,
        kind=kind,
        unit=told.get("x-unit", ""),
        help=told.get("description", ""),
        is_required=is_required,
        usual=usual is True if kind == "tick" else text_of(usual),
        choices=tuple(map(text_of, values)),
        values=values,
        is_whole=told.get("type") == "integer",
        bounds=tuple(
            (words, told[key]) for keys, words, _ in _BOUNDS for key in keys if key in told
        ),
        is_undeclared=not {"type", "anyOf", "enum", "const", "$ref"} & declared.keys(),
    )


def parse(field: Field, filled: str | bool) -> Any:
    """The value that was typed into a field.

    Raises
    ------
    InvalidParameter
        If it is not one that the field takes; says in one sentence what is wrong.
    """
    if field.kind == "tick" or isinstance(filled, bool):
        return filled
    if field.kind == "choice":
        if filled not in field.choices:
            raise InvalidParameter(
                f"{field.label} cannot be {filled!r}: choose {', '.join(field.choices)}."
            )
        return field.values[field.choices.index(filled)]
    text = filled.strip()
    if field.is_undeclared:
        return _guessed(text)
    return _number(field, text) if field.kind == "number" else text


def run_options(filled: Filled) -> dict[str, Any]:
    """`memory`, `threads` and `overwrite` as `Session.run` takes them, from a form with them."""
    given = inputs_of(RUN_OPTIONS, filled)
    return {
        "memory": given.get(MEMORY.name),
        "threads": given.get(THREADS.name),
        "overwrite": given.get(OVERWRITE.name, False),
    }


def inputs_of(fields: Iterable[Field], filled: Filled) -> dict[str, Any]:
    """The inputs that differ from what is taken anyway, as the kernel wants them.

    Raises
    ------
    InvalidParameter
        If a required field is empty or one has a value that it does not take.
    """
    fields = tuple(fields)
    absent = missing(fields, filled)
    if absent:
        raise InvalidParameter(f"Still needed: {', '.join(absent)}.")
    given = {field: _standing(field, filled) for field in fields}
    return {f.name: parse(f, value) for f, value in given.items() if value not in (f.usual, "")}


def missing(fields: Iterable[Field], filled: Filled) -> list[str]:
    """Names of the fields that must be filled and are not."""
    return [f.name for f in fields if f.is_required and _standing(f, filled) == ""]


def _standing(field: Field, filled: Filled) -> str | bool:
    value = filled.get(field.name, field.usual)
    return value.strip() if isinstance(value, str) else value


def _number(field: Field, text: str) -> float | int:
    wanted = "a whole number" if field.is_whole else "a number"
    in_unit = f" [{field.unit}]" if field.unit else ""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or (field.is_whole and not value.is_integer()):
        raise InvalidParameter(f"{field.name} is {text!r}: give {wanted}{in_unit}.")
    for words, bound in field.bounds:
        if not next(holds for _, said, holds in _BOUNDS if said == words)(value, bound):
            raise InvalidParameter(f"{field.name} is {text}: give {wanted}, {words} {bound:g}.")
    return int(value) if value.is_integer() and field.is_whole else value


def _guessed(text: str) -> Any:
    """What `text_of` has written, or else the text itself: 2 is a number, foam is a word."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def text_of(value: Any) -> str:
    """A value as it stands in a field; nothing where there is none."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
