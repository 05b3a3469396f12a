"""What a session tells of workflows, algorithms and plans: JSON objects that show themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daisy_kernel.session.display import (
    html_heading,
    html_note,
    html_table,
    shape_in_words,
    size_in_words,
)

_KINDS = {"init": "set once", "input": "data in", "output": "data out", "value": "parameter"}


class WorkflowDescription(dict[str, Any]):
    """A workflow as its document."""

    def __repr__(self) -> str:
        inputs = ", ".join(self.get("inputs", {}))
        return f"<workflow {self['name']}({inputs}): {self.get('help', '')}>"

    def _repr_html_(self) -> str:
        steps = [s.get("algorithm") or s.get("workflow", "") for s in self.get("steps", ())]
        rows = [
            (
                name,
                " | ".join(map(str, declared.get("choices", ())))
                or str(declared.get("type", "string")),
                declared.get("unit", ""),
                "required" if declared.get("required") else _value(declared.get("default")),
                declared.get("help", ""),
            )
            for name, declared in self.get("inputs", {}).items()
        ]
        return (
            html_heading(self["name"], self.get("help", ""))
            + html_table(("input", "type", "unit", "default", "what it is"), rows)
            + html_note(f"steps: {' → '.join(steps)}")
        )


class AlgorithmDescription(dict[str, Any]):
    """An algorithm as its JSON schema."""

    def __repr__(self) -> str:
        return f"<algorithm {self['title']}({', '.join(self['properties'])}): {self._summary}>"

    def _repr_html_(self) -> str:
        rows = [
            (
                name,
                _KINDS[declared["x-kind"]],
                _type(declared),
                declared.get("x-unit", ""),
                "required" if name in self["required"] else _value(declared.get("default")),
                declared.get("description", ""),
            )
            for name, declared in self["properties"].items()
        ]
        headings = ("name", "kind", "type", "unit", "default", "what it is")
        return html_heading(self["title"], self._summary) + html_table(headings, rows)

    @property
    def _summary(self) -> str:
        return str(self.get("description", ""))


class PlanDescription(dict[str, Any]):
    """What a run would do."""

    def __repr__(self) -> str:
        lines = [f"{self['workflow']} is valid."]
        lines += [f"  {number}. {item['text']}" for number, item in enumerate(self["items"], 1)]
        lines += [f"  => {' '.join(cells)}" for cells in self._outputs()]
        return "\n".join([*lines, self._needs()])

    def _repr_html_(self) -> str:
        given = [(n, str(v)) for n, v in self["inputs"].items() if v is not None]
        given += [(n, f"{len(v)} values") for n, v in (self.get("sweep") or {}).items()]
        items = [(str(number), item["text"]) for number, item in enumerate(self["items"], 1)]
        return (
            html_heading(self["workflow"], "is valid")
            + html_table(("input", "value"), given)
            + html_table(("", "what is done"), items)
            + html_table(("output", "shape", "type"), self._outputs())
            + html_note(self._needs())
        )

    def _outputs(self) -> list[tuple[str, str, str]]:
        return [
            (f"{o['path']}:{o['dataset']}", shape_in_words(o["shape"]), o["dtype"])
            for o in self["outputs"]
        ]

    def _needs(self) -> str:
        memory, budget, disk = (size_in_words(self[key]) for key in ("memory", "budget", "disk"))
        return f"memory {memory} of {budget}, disk {disk}"


def _type(schema: Mapping[str, Any]) -> str:
    """Type of a parameter in words: the axes of a data object, the choices of a word."""
    if schema["x-kind"] in ("input", "output"):
        return f"({', '.join(schema['x-axes'])})" if schema["x-axes"] else "any shape"
    return " | ".join(_types(schema))


def _types(schema: Mapping[str, Any]) -> list[str]:
    if "anyOf" in schema:
        return [kind for part in schema["anyOf"] for kind in _types(part) if kind != "null"]
    if "enum" in schema:
        return [str(value) for value in schema["enum"]]
    if "const" in schema:
        return [str(schema["const"])]
    return ["path" if schema.get("format") == "path" else str(schema.get("type", "any"))]


def _value(value: Any) -> str:
    return "" if value is None else str(value)
