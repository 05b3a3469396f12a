"""What a script recorded, in the terms of a workflow document."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydantic_core import PydanticSerializationError, to_jsonable_python

from daisy_kernel.contracts.declaration import Ref
from daisy_kernel.contracts.destination import Destination
from daisy_kernel.engines.graph import Version
from daisy_kernel.errors import InvalidParameter

Save = tuple[Version, Destination]
"""What is saved, and where."""


@dataclass(frozen=True)
class Pick:
    """Some elements of an object, and where they go."""

    version: Version
    axis: str
    indices: tuple[int, ...]
    """Elements along `axis`, in the order in which they are stored."""
    into: Version
    """The gathered object."""
    place: tuple[int, ...]
    """Leading indices in it."""


@dataclass
class Recording:
    """What was recorded, in the terms of a workflow document."""

    algorithms: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Name in the document -> class, version and `init_paras`."""
    steps: list[dict[str, Any]] = field(default_factory=list)
    saves: list[Save] = field(default_factory=list)
    picks: list[Pick] = field(default_factory=list)

    def as_document(self, name: str, outputs: Iterable[str]) -> dict[str, Any]:
        """What was recorded, as a workflow document with this name and these outputs."""
        return {
            "daisy": 1,
            "name": name,
            "algorithms": self.algorithms,
            "steps": self.steps,
            "outputs": list(outputs),
        }


def plain_values(call: Mapping[str, Any], step: str) -> dict[str, Any]:
    """Parameters as an algorithm takes them: NumPy's scalars become Python's.

    Parameters
    ----------
    call
        Parameters as the script gave them.
    step
        Name of the step, for errors.

    Raises
    ------
    InvalidParameter
        If a parameter is an array: data belongs into the data store.
    """
    plain = {}
    for name, value in call.items():
        if isinstance(value, np.ndarray) and value.ndim:
            raise InvalidParameter(
                f"Step {step!r}: parameter {name!r} is an array: put it into the data store and "
                "give its name."
            )
        plain[name] = value.item() if isinstance(value, np.generic | np.ndarray) else value
    return plain


def json_values(params: Mapping[str, Any], step: str) -> dict[str, Any]:
    """Parameters as they stand in a document; what refers to a scalar is ``{"ref": name}``.

    Parameters
    ----------
    params
        Parameters of a step, or `init_paras`.
    step
        Name of the step, for errors.

    Raises
    ------
    InvalidParameter
        If a value cannot be written down.
    """
    written = {}
    for name, value in plain_values(params, step).items():
        try:
            written[name] = json_value(value)
        except (PydanticSerializationError, RecursionError) as error:
            raise InvalidParameter(
                f"Step {step!r}: parameter {name!r} is a {type(value).__name__}, which no workflow "
                "document can hold: use numbers, texts, lists and mappings."
            ) from error
    return written


def json_value(value: Any) -> Any:
    """A value as JSON; what JSON has no number for (NaN, infinities, complex) becomes text.

    Raises
    ------
    PydanticSerializationError
        If there is no way to write it.
    """
    if isinstance(value, Ref):
        return {"ref": value.name}
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(k): json_value(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(v) for v in value]
    if isinstance(value, np.generic):
        return json_value(value.item())
    if isinstance(value, complex) or (isinstance(value, float) and not math.isfinite(value)):
        return str(value)
    if isinstance(value, str | int | float | None):
        return value
    return to_jsonable_python(value, inf_nan_mode="strings")
