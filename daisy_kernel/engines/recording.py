"""What a script recorded, in the terms of a workflow document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from daisy_kernel.contracts.declaration import Ref
from daisy_kernel.contracts.destination import Destination
from daisy_kernel.engines.graph import Version
from daisy_kernel.errors import InvalidParameter


@dataclass
class Recording:
    """What was recorded, in the terms of a workflow document."""

    algorithms: dict[str, dict[str, Any]] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    saves: list[tuple[Version, Destination]] = field(default_factory=list)
    values_read: set[str] = field(default_factory=set)
    """Objects whose values the script looked at, so that constants may depend on them."""


def plain_values(call: Mapping[str, Any], step: str) -> dict[str, Any]:
    return {n: _plain_value(n, v, step) for n, v in call.items()}


def _plain_value(name: str, value: Any, step: str) -> Any:
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return value.item()
    if isinstance(value, np.ndarray):
        raise InvalidParameter(
            f"Step {step!r}: parameter {name!r} is an array: put it into the data store and give "
            "its name."
        )
    return value


def json_values(params: Mapping[str, Any], step: str) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, Ref):
            return {"ref": value.name}
        if isinstance(value, Path):
            return str(value)
        if isinstance(value, list | tuple):
            return [plain(v) for v in value]
        return value

    return {n: plain(_plain_value(n, v, step)) for n, v in params.items()}
