"""``engine[name]``: one configured algorithm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class RecordedStep:
    """One configured algorithm of a workflow.

    Parameters
    ----------
    record
        Takes the name and the parameters of every call.
    name
        Under which it is configured.
    """

    def __init__(self, record: Callable[[str, Mapping[str, Any]], None], name: str):
        self._record, self._name = record, name

    def execute(self, **params: Any) -> bool:
        """Record the step; unknown names, parameters and shapes fail at this line."""
        self._record(self._name, params)
        return True
