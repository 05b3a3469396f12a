"""What a preview of a workflow's steps shows, without any widget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from daisy_widgets.form_fields import Field
from daisy_widgets.reconstruction_model import fields_of_steps

_FIRST_VALUES = {"stripes": 9, "mask": 0.95, "bits": 16}
"""What an input becomes that switches a step on which was never on; the step says what it is."""


@dataclass(frozen=True)
class ShownStep:
    """A step that has something to show."""

    name: str
    before: str | None
    """The data object that goes in; None for a step that loads."""
    after: str
    is_idle: bool
    """Whether it does nothing with these parameters."""
    can_be_off: bool
    seconds: float

    @property
    def label(self) -> str:
        """As it stands on its button."""
        name = self.name.replace("_", " ")
        return f"{name} (off)" if self.is_idle else name

    @property
    def remark(self) -> str:
        """What the computing took, or why there is nothing new to see."""
        if self.is_idle:
            return "Switched off: what goes in comes out."
        return f"Computed in {self.seconds:.2f} s." if self.seconds else "Kept from before."


class PreviewModel:
    """The latest preview, the step that is looked at, and which step can be switched off.

    Parameters
    ----------
    document
        The workflow.
    fields
        Its inputs that can be changed.
    """

    def __init__(self, document: Mapping[str, Any], fields: tuple[Field, ...]):
        self.document, self._all = document, fields
        self.inputs: dict[str, Any] = {}
        """What was decided; other inputs have their usual values."""
        self.steps: list[ShownStep] = []
        """Those that can be chosen."""
        self.note = ""
        """Why the first step that has nothing to show has not, where that is not plain."""
        self.fields: dict[str, tuple[Field, ...]] = {}
        """Step -> the inputs that belong to it."""
        self.chosen: str | None = None
        self.index: int | None = None
        self.count = 1
        self._switchable: set[str] = set()
        self._left: dict[str, dict[str, Any]] = {}

    @property
    def step(self) -> ShownStep | None:
        """The one that is looked at."""
        return next((s for s in self.steps if s.name == self.chosen), None)

    def see(self, preview: Mapping[str, Any]) -> None:
        """Take a preview as ``workflow.preview`` tells it."""
        self.index, self.count = preview["index"], preview["count"]
        told = [s for s in preview["steps"] if s["after"] is not None]
        self.note = next((s["note"] for s in preview["steps"] if s["note"]), "")
        names = [s["step"] for s in told]
        self.fields = fields_of_steps(self.document, self._all, names)
        for step in told:
            if step["before"] == step["after"] and not self._own(step["step"]):
                self._switchable.add(step["step"])
        self.steps = [
            ShownStep(
                step["step"],
                step["before"],
                step["after"],
                step["before"] == step["after"],
                step["step"] in self._switchable and bool(self.fields[step["step"]]),
                step["seconds"],
            )
            for step in told
            if step["before"] != step["after"] or self.fields[step["step"]]
        ]
        for step in self.steps:
            if not step.is_idle:
                self._left[step.name] = self._own(step.name)
        names = [s.name for s in self.steps]
        if self.chosen not in names:
            active = [s.name for s in self.steps if not s.is_idle]
            self.chosen = active[-1] if active else None

    def choose(self, name: str) -> None:
        """Look at another step."""
        self.chosen = name

    def switched(self, name: str, *, is_used: bool) -> dict[str, Any]:
        """The inputs that switch a step on or off: as they were when it was on last."""
        own = [field.name for field in self.fields[name]]
        if not is_used:
            return dict.fromkeys(own)
        left = self._left.get(name)
        return left or {n: _FIRST_VALUES[n] for n in own if n in _FIRST_VALUES}

    def _own(self, name: str) -> dict[str, Any]:
        """What was decided of a step's own inputs."""
        return {f.name: self.inputs[f.name] for f in self.fields[name] if f.name in self.inputs}
