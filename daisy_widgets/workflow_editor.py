"""A workflow that is being edited, with all that is known of it; without widgets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import Any

from daisy_widgets.draft_history import DraftHistory
from daisy_widgets.flow_graph import Drawing, lay_out
from daisy_widgets.input_schema import declared_input, input_schema
from daisy_widgets.step_flow import StepFlow, flow_of, made_before
from daisy_widgets.step_form import AskedStep
from daisy_widgets.step_wiring import wired
from daisy_widgets.workflow_draft import Json, WorkflowDraft, free_name, step_words

Problem = Mapping[str, Any]
"""kind, message, step and parameter, as ``workflow.diagnose`` tells them."""


class WorkflowEditor:
    """A draft, its history, and what the kernel says of it.

    Parameters
    ----------
    algorithms
        Class -> JSON schema.
    workflows
        Name or path -> document.
    draft
        To begin with.
    """

    def __init__(
        self,
        algorithms: Mapping[str, Json],
        workflows: Mapping[str, Json],
        draft: WorkflowDraft,
    ):
        self._algorithms = algorithms
        self.workflows = dict(workflows)
        self.history = DraftHistory(draft)
        self.held: Collection[str] = ()
        self.problems: Sequence[Problem] = ()

    @property
    def draft(self) -> WorkflowDraft:
        """The document as it is now."""
        return self.history.present

    @property
    def flows(self) -> tuple[StepFlow, ...]:
        """What each step takes and gives."""
        return flow_of(self.draft, self._algorithms, self.workflows, self.held)

    @property
    def drawing(self) -> Drawing:
        """The steps and the data between them."""
        count = Counter(p["step"] for p in self.problems)
        return lay_out(self.flows, [count[n] for n in range(len(self.draft.steps))])

    @property
    def strangers(self) -> list[str]:
        """Workflows that are steps and of which nobody knows what is in them."""
        titles = (self.draft.title(n) for n in range(len(self.draft.steps)) if self._is_inner(n))
        return [name for name in dict.fromkeys(titles) if name not in self.workflows]

    @property
    def inputs_schema(self) -> Json:
        """The inputs of the workflow as those of an algorithm."""
        return input_schema(self.draft)

    def change(self, draft: WorkflowDraft, about: Any = None) -> None:
        """Go on with another draft; see `DraftHistory.changed`."""
        if len(draft.steps) != len(self.draft.steps):
            self.problems = ()  # they may be those of other steps now
        self.history = self.history.changed(draft, about)

    def add(self, kind: str, name: str, at: int) -> None:
        """Put an algorithm or a workflow between the steps, connected as it probably shall be."""
        made = dict.fromkeys(self.held, ()) | made_before(self.flows, at)
        if kind == "algorithm":
            given = wired(self._algorithms[name], made, step_words(name))
            self.change(self.draft.adding(at, name, given))
            return
        inner = WorkflowDraft(self.workflows[name])
        names = self.draft.inputs
        shared = {n: {"input": n} for n in inner.inputs if n in names}
        self.change(self.draft.adding_workflow(at, name, shared))

    def act(self, kind: str, step: int = -1, to: int = -1) -> int:
        """Do what was asked of the drawing; gives the step to choose then."""
        if kind == "undo":
            self.history, self.problems = self.history.undone(), ()
        elif kind == "redo":
            self.history, self.problems = self.history.redone(), ()
        elif kind == "remove":
            self.change(self.draft.removing(step))
            step = min(step, len(self.draft.steps) - 1)
        elif kind == "duplicate":
            self.change(self.draft.duplicating(step, self._names_of_copy(step)))
            step += 1
        elif kind == "move":
            self.problems = ()
            self.change(self.draft.moving(step, to))
            step = to
        return step

    def set(self, step: int, parameter: str, value: Any) -> None:
        """Give a parameter another value; None: its default again."""
        about = (step, parameter)
        if value is None:
            self.change(self.draft.clearing(step, parameter), about)
            return
        is_once = self._schema(step)["properties"][parameter]["x-kind"] == "init"
        self.change(self.draft.setting(step, parameter, value, once=is_once), about)

    def expose(self, step: int, parameter: str) -> str:
        """Let a new input of the workflow give a parameter; gives its name."""
        schema = self._schema(step)
        name = free_name(parameter, self.draft.inputs)
        given = self.draft.params(step).get(parameter)
        is_required = parameter in schema["required"]
        declared = declared_input(schema["properties"][parameter], given, is_required)
        draft = self.draft.with_input(name, declared)
        self.change(draft.setting(step, parameter, {"input": name}, once=True))
        return name

    def rename(self, step: int, parameter: str, name: str) -> None:
        """Give an object that a step makes another name, here and wherever it is taken."""
        flows = self.flows
        port = next(
            (p for p in flows[step].ports if p.is_output and p.parameter == parameter), None
        )
        draft = self.draft.setting(step, parameter, name, once=False)
        if port is not None and port.name:
            for reader, place in port.readers:
                taken = flows[reader].ports[place].parameter
                draft = _renamed(draft, reader, taken, port.name, name)
            last = [n for n, f in enumerate(flows) for p in f.ports if _makes(p, port.name)][-1]
            if last == step:
                outputs = [name if o == port.name else o for o in draft.outputs]
                draft = draft.with_key("outputs", outputs) if draft.outputs else draft
        self.change(draft)

    def part(self, steps: range, name: str) -> WorkflowDraft:
        """Some steps as a workflow of their own, with what the others or the outputs need."""
        flows = self.flows
        needed = [
            port.name
            for number in steps
            for port in flows[number].ports
            if port.is_output
            and (port.name in self.draft.outputs or any(r not in steps for r, _ in port.readers))
        ]
        part = self.draft.only(steps, dict.fromkeys(needed))
        return part.with_key("name", name).with_key("help", f"Steps of {self.draft.name}.")

    def single(self, step: int) -> WorkflowDraft:
        """One step as a workflow that leaves all that it makes."""
        makes = [p.name for p in self.flows[step].ports if p.is_output and p.name]
        return self.draft.only([step], makes)

    def problems_of(self, step: int) -> dict[str, str]:
        """Parameter -> what is wrong with it."""
        found: dict[str, str] = {}
        for problem in self.problems:
            if problem["step"] == step:
                before = found.get(problem["parameter"], "")
                found[problem["parameter"]] = f"{before} {problem['message']}".strip()
        return found

    def asked(self, step: int, *, is_fixed: bool = False) -> AskedStep:
        """What the form of a step asks for."""
        before = made_before(self.flows, step)
        schema = self._schema(step)
        return AskedStep(
            f"{step + 1}  {self.draft.title(step)}",
            schema.get("description", ""),
            schema,
            self.draft.params(step),
            sorted({*before, *self.held}),
            list(self.draft.inputs),
            is_fixed,
        )

    def remarks(self) -> list[str]:
        """Names that clash, in words; no error for the kernel, but hardly meant."""
        said = []
        for number, flow in enumerate(self.flows, 1):
            for port in flow.ports:
                if port.is_output and port.state == "clash":
                    said.append(
                        f"Step {number}, {flow.title}: more than one step gives {port.name!r}, "
                        "and the first is not read before it is replaced."
                    )
        return said

    def html_problems(self) -> str:
        """Everything that is to be mended, one line each."""
        lines = [f"<li>{self._placed(problem)}</li>" for problem in self.problems]
        lines += [f"<li class='daisy-hint'>{escape(text)}</li>" for text in self.remarks()]
        return f"<ul>{''.join(lines)}</ul>" if lines else ""

    def _placed(self, problem: Problem) -> str:
        step, message = problem["step"], escape(str(problem["message"]))
        if step is None or step >= len(self.draft.steps):
            return message
        return f"<b>{step + 1}</b> {message}"

    def _is_inner(self, step: int) -> bool:
        return self.draft.class_of(step) is None

    def _schema(self, step: int) -> Json:
        class_name = self.draft.class_of(step)
        if class_name is None:
            return input_schema(WorkflowDraft(self.workflows.get(self.draft.title(step), {})))
        return self._algorithms.get(class_name, _nothing(class_name))

    def _names_of_copy(self, step: int) -> dict[str, str]:
        """New names for what the copy of a step gives, unless it replaces what it takes."""
        if self._is_inner(step):
            return {}
        ports = self.flows[step].ports
        taken = {port.name for port in ports if not port.is_output}
        names = {p.name for flow in self.flows for p in flow.ports} | set(self.held)
        return {
            port.parameter: free_name(port.name, names)
            for port in ports
            if port.is_output and port.name and port.name not in taken
        }


def _renamed(draft: WorkflowDraft, step: int, parameter: str, old: str, new: str) -> WorkflowDraft:
    """A step that takes an object under its new name."""
    value = draft.params(step).get(parameter)
    if value == old:
        return draft.setting(step, parameter, new, once=False)
    if value == {"ref": old}:
        return draft.setting(step, parameter, {"ref": new}, once=False)
    return draft  # it takes a default, or within a sub-workflow: the drawing shows it as loose


def _makes(port: Any, name: str) -> bool:
    return port.is_output and port.name == name


def _nothing(class_name: str) -> Json:
    return {"title": class_name, "properties": {}, "required": []}
