"""What a run has told so far, and how it differs from another; without widgets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass
class Stage:
    """One item of a run's plan."""

    text: str
    done: int = 0
    """Blocks that are done."""
    blocks: int = 0


@dataclass(frozen=True)
class Line:
    """One line of a run's log."""

    time: float
    """Seconds since 1970-01-01 UTC."""
    level: str
    message: str


class RunStory:
    """Stages and log of a run, put together from its events in order."""

    def __init__(self) -> None:
        self.stages: list[Stage] = []
        self.lines: list[Line] = []
        self.next = 0
        """Number of the event to go on with."""

    def tell(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Take note of more events; a resumed run tells a new plan."""
        for event in events:
            self.next = event["n"] + 1
            data = event["data"]
            if event["kind"] == "plan":
                self.stages = [Stage(i["text"], blocks=i["blocks"]) for i in data["items"]]
            elif event["kind"] == "progress" and data["item"] < len(self.stages):
                stage = self.stages[data["item"]]
                stage.done, stage.blocks = data["done"], data["blocks"]
            elif event["kind"] == "log":
                self.lines.append(Line(event["time"], data["level"], data["message"]))

    def lines_with(self, text: str) -> list[Line]:
        """Lines whose level or message contains a text, capitals or not."""
        wanted = text.casefold().strip()
        return [n for n in self.lines if wanted in f"{n.level} {n.message}".casefold()]


def differing_parameters(
    record: Mapping[str, Any], other: Mapping[str, Any]
) -> list[tuple[str, Any, Any, bool]]:
    """Every parameter of two runs: name, value here, value there, whether they differ.

    What a run found itself, such as the centre, follows the inputs; None stands for what one of
    them does not have. Those that differ come first.
    """
    rows = []
    for part, prefix in (("inputs", ""), ("options", ""), ("values", "found: ")):
        here, there = record[part] or {}, other[part] or {}
        for name in dict.fromkeys((*here, *there)):
            mine, theirs = here.get(name), there.get(name)
            rows.append((f"{prefix}{name}", mine, theirs, mine != theirs))
    return sorted(rows, key=lambda row: not row[3])
