"""JSON in which a name stands once: of two values, the reader must not choose in silence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daisy_kernel.errors import DaisyError


def unique_keys(
    where: str, error: type[DaisyError]
) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    """An `object_pairs_hook` of `json.loads` that raises the error where a name stands twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise error(f"{where} gives {key!r} twice: keep one.")
            found[key] = value
        return found

    return once
