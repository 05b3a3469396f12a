"""A workflow document that somebody edits, as a value: every change makes another one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from daisy_widgets.document_text import document_text

Json = dict[str, Any]


@dataclass(frozen=True)
class WorkflowDraft:
    """A document between two changes; made by `draft_reading.read_draft`.

    It need not be valid: what is wrong with it is the kernel's to say. Keys that nobody here knows
    are kept.
    """

    content: Json
    """The document. Never changed, only replaced."""
    opened: str = ""
    """The text that it was read from."""

    @property
    def text(self) -> str:
        """The document as it is saved: to the last byte as it was read, if nothing has changed."""
        # As text, because True == 1 == 1.0 as values.
        is_same = self.opened and json.dumps(json.loads(self.opened)) == json.dumps(self.content)
        return self.opened if is_same else document_text(self.content)

    @property
    def name(self) -> str:
        """Of the workflow."""
        return str(self.content.get("name", ""))

    @property
    def steps(self) -> list[Json]:
        """The steps as they stand in the document."""
        return list(self.content.get("steps", ()))

    @property
    def inputs(self) -> Json:
        """Input -> its declaration."""
        return dict(self.content.get("inputs", {}))

    @property
    def outputs(self) -> list[str]:
        """Data objects to have at the end."""
        return list(self.content.get("outputs", ()))

    def title(self, step: int) -> str:
        """What a step is called in the document."""
        return str(self.steps[step].get("algorithm") or self.steps[step].get("workflow") or "?")

    def class_of(self, step: int) -> str | None:
        """Class of the algorithm that a step runs; None for a workflow."""
        name = self.steps[step].get("algorithm")
        entry = self.content.get("algorithms", {}).get(name)
        return None if name is None else str((entry or {}).get("class", ""))

    def params(self, step: int) -> Json:
        """All that is given to a step, once or in its call."""
        return {**self._once(step), **self.steps[step].get("params", {})}

    def adding(self, at: int, algorithm: str, params: Mapping[str, Any]) -> WorkflowDraft:
        """With one more step.

        Parameters
        ----------
        at
            Its number from now on.
        algorithm
            Class of the algorithm; gets a name of its own.
        params
            What it is given.
        """
        content = deepcopy(self.content)
        name = self._free_name(step_words(algorithm))
        content.setdefault("algorithms", {})[name] = {"class": algorithm}
        content.setdefault("steps", []).insert(at, {"algorithm": name, "params": dict(params)})
        return self._with(content)

    def adding_workflow(self, at: int, workflow: str, params: Mapping[str, Any]) -> WorkflowDraft:
        """With a step that is a workflow: a name in the library, or the path of a document."""
        content = deepcopy(self.content)
        content.setdefault("steps", []).insert(at, {"workflow": workflow, "params": dict(params)})
        return self._with(content)

    def removing(self, step: int) -> WorkflowDraft:
        """Without a step; its algorithm goes too if no other step runs it."""
        content = deepcopy(self.content)
        name = content["steps"].pop(step).get("algorithm")
        if all(other.get("algorithm") != name for other in content["steps"]):
            content.get("algorithms", {}).pop(name, None)
        return self._with(content)

    def moving(self, step: int, to: int) -> WorkflowDraft:
        """With a step in another place; beyond the ends is at the end."""
        content = deepcopy(self.content)
        taken = content["steps"].pop(step)
        content["steps"].insert(max(0, to), taken)
        return self._with(content)

    def duplicating(self, step: int, renamed: Mapping[str, str]) -> WorkflowDraft:
        """With a step once more behind itself, with an algorithm of its own.

        Parameters
        ----------
        step
            Its number.
        renamed
            Parameters that name other objects in the copy.
        """
        content = deepcopy(self.content)
        copied = deepcopy(content["steps"][step])
        name = copied.get("algorithm")
        if name is not None:
            copied["algorithm"] = self._free_name(name)
            content["algorithms"][copied["algorithm"]] = deepcopy(content["algorithms"][name])
        if renamed:
            copied["params"] = {**copied.get("params", {}), **renamed}
        content["steps"].insert(step + 1, copied)
        return self._with(content)

    def setting(self, step: int, parameter: str, value: Any, *, once: bool) -> WorkflowDraft:
        """With another value of a parameter, where it stands already or else where it belongs.

        Parameters
        ----------
        step, parameter
            Which one.
        value
            JSON value, ``{"input": name}`` or ``{"ref": name}``.
        once
            Whether it belongs to what is set once for an algorithm, such as a file name.
        """
        content = deepcopy(self.content)
        entry = content["steps"][step]
        name, params = entry.get("algorithm"), entry.get("params", {})
        is_shared = sum(s.get("algorithm") == name for s in content["steps"]) > 1
        if name is None or parameter in params or is_shared:
            once = False
        elif parameter in self._once(step):
            once = True
        if once:
            content["algorithms"][name].setdefault("init_paras", {})[parameter] = value
        else:
            entry.setdefault("params", {})[parameter] = value
        return self._with(content)

    def clearing(self, step: int, parameter: str) -> WorkflowDraft:
        """With the default of a parameter again."""
        content = deepcopy(self.content)
        entry = content["steps"][step]
        entry.get("params", {}).pop(parameter, None)
        if parameter in self._once(step):
            content["algorithms"][entry["algorithm"]]["init_paras"].pop(parameter)
        return self._with(content)

    def with_key(self, key: str, value: Any) -> WorkflowDraft:
        """With another name, help, or list of outputs."""
        return self._with({**self.content, key: value})

    def with_input(self, name: str, declared: Mapping[str, Any]) -> WorkflowDraft:
        """With an input that whoever runs it gives."""
        return self.with_key("inputs", {**self.inputs, name: dict(declared)})

    def without_unused_inputs(self) -> WorkflowDraft:
        """Without the inputs that no step takes."""
        unused = self.unused_inputs
        return self.with_key("inputs", {n: d for n, d in self.inputs.items() if n not in unused})

    @property
    def unused_inputs(self) -> list[str]:
        """Inputs that no step takes."""
        used = {
            value["input"]
            for step in range(len(self.steps))
            for value in self.params(step).values()
            if is_input(value)
        }
        return [name for name in self.inputs if name not in used]

    def only(self, steps: Iterable[int], outputs: Iterable[str]) -> WorkflowDraft:
        """Some of the steps as a workflow of their own."""
        chosen = [deepcopy(self.steps[step]) for step in steps]
        names = {step.get("algorithm") for step in chosen}
        algorithms = self.content.get("algorithms", {})
        content = {
            **{k: v for k, v in self.content.items() if k != "sweep"},
            "algorithms": {n: deepcopy(a) for n, a in algorithms.items() if n in names},
            "steps": chosen,
            "outputs": list(outputs),
        }
        part = WorkflowDraft(content)
        return part.without_unused_inputs()

    def replacing(self, steps: range, workflow: str, part: WorkflowDraft) -> WorkflowDraft:
        """With one step that is a workflow in the place of some that follow each other.

        Parameters
        ----------
        steps
            Their numbers.
        workflow
            Name or path of the workflow that holds them now.
        part
            That workflow; its inputs are handed on.
        """
        draft = self
        for step in reversed(steps):
            draft = draft.removing(step)
        given = {name: {"input": name} for name in part.inputs}
        return draft.adding_workflow(steps.start, workflow, given)

    def _once(self, step: int) -> Json:
        name = self.steps[step].get("algorithm")
        entry = self.content.get("algorithms", {}).get(name) or {}
        return dict(entry.get("init_paras", {}))

    def _free_name(self, wanted: str) -> str:
        return free_name(wanted, self.content.get("algorithms", {}))

    def _with(self, content: Json) -> WorkflowDraft:
        return WorkflowDraft(content, self.opened)


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """The name itself, or with the first free number behind it."""
    names, number = set(taken), 2
    if wanted not in names:
        return wanted
    stem = re.sub(r"_\d+$", "", wanted)
    while f"{stem}_{number}" in names:
        number += 1
    return f"{stem}_{number}"


def is_input(value: Any) -> bool:
    """Whether a parameter stands for an input of the workflow."""
    return isinstance(value, dict) and set(value) == {"input"} and isinstance(value["input"], str)


def is_ref(value: Any) -> bool:
    """Whether a parameter is the value of a scalar data object."""
    return isinstance(value, dict) and set(value) == {"ref"} and isinstance(value["ref"], str)


def step_words(class_name: str) -> str:
    """FindCenter -> find_center, SaveHDF5 -> save_hdf5."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name).lower()
