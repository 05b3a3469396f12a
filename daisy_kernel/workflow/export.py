"""A workflow with its values filled in, as a document and as a Python script of its own."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from daisy_kernel import registry
from daisy_kernel.errors import InvalidDocument
from daisy_kernel.workflow.document import WorkflowDocument, input_of, parse_document, ref_of

_WIDTH = 96


def filled_document(
    document: WorkflowDocument, inputs: Mapping[str, Any], remarks: Sequence[str] = ()
) -> WorkflowDocument:
    """The document with these values as defaults of its inputs: it runs as it is.

    Parameters
    ----------
    document
        Without sub-workflows; see `expand`.
    inputs
        Input -> value, None where an algorithm decides.
    remarks
        How the values came about; they follow the document's help, one sentence each.
    """
    content = document.as_json()
    for name, entry in content.get("inputs", {}).items():
        entry.pop("required", None)
        entry.pop("default", None)
        if inputs.get(name) is not None:
            entry["default"] = inputs[name]
    for configured in content.get("algorithms", {}).values():
        configured["version"] = registry.algorithms.get(configured["class"]).version
    if remarks:
        content["help"] = " ".join((document.help, *remarks)).strip()
    return parse_document(content, f"the workflow {document.name!r}")


def document_text(document: WorkflowDocument) -> str:
    """The content of a ``*.daisy.json`` file."""
    return json.dumps(document.as_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def script_text(
    document: WorkflowDocument, inputs: Mapping[str, Any], remarks: Sequence[str] = ()
) -> str:
    """A Python script that runs the workflow with these values: the same steps, the same bits.

    Parameters
    ----------
    document
        Without sub-workflows; see `expand`.
    inputs
        Input -> value, None where an algorithm decides. They become constants at its top.
    remarks
        How the values came about, one sentence each.

    Raises
    ------
    InvalidDocument
        For a sweep, which is no sequence of steps.
    """
    if document.sweep is not None:
        raise InvalidDocument(
            f"{document.name!r} is a sweep, which a script cannot repeat: export it as a document."
        )
    names = _constants(document, inputs)
    constants = "\n".join(
        f"{constant} = {_value(inputs[name])}{_comment(document.inputs[name])}"
        for name, constant in names.items()
    )
    environment = "\n".join(
        f"    {_text(name)}: {{\n"
        f'        "class_name": {_text(configured.class_)},\n'
        f'        "init_paras": {{{_pairs(configured.init_paras, names)}}},\n'
        "    },"
        for name, configured in document.algorithms.items()
    )
    steps = "\n".join(
        f"        self.engine[{_text(step.name)}].execute({_call(step.params, names)})"
        for step in document.steps
    )
    return f"""{_docstring(document, remarks)}
import daisy_kernel as Daisy

{constants}

init_dict = {{
{environment}
}}


class {_class_name(document.name)}(Daisy.PyWorkflow):
    def execute(self):
{steps or "        pass"}


if __name__ == "__main__":
    workflow = {_class_name(document.name)}({_text(document.name)})
    workflow.initialize(workflow_engine="pyworkflowEngine", workflow_environment=init_dict)
    workflow.execute()
    workflow.finalize()
"""


def _docstring(document: WorkflowDocument, remarks: Sequence[str]) -> str:
    lines = [line for text in (document.name, document.help) for line in wrap(text, _WIDTH)]
    if remarks:
        lines += ["", *(line for r in remarks for line in wrap(f"- {r}", _WIDTH))]
    text = "\n".join(lines).replace("\\", "\\\\").replace('"""', "'''")
    return f'"""{text}\n"""\n'


def _constants(document: WorkflowDocument, inputs: Mapping[str, Any]) -> dict[str, str]:
    """Input -> name of its constant, for those that have a value and are used."""
    used = {
        name
        for params in (
            *(a.init_paras for a in document.algorithms.values()),
            *(s.params for s in document.steps),
        )
        for value in params.values()
        if (name := input_of(value)) is not None
    }
    taken: dict[str, str] = {}
    for name in document.inputs:
        if name in used and inputs.get(name) is not None:
            wanted = _identifier(name).upper()
            taken[name] = wanted if wanted not in taken.values() else f"{wanted}_{len(taken)}"
    return taken


def _comment(declared: Any) -> str:
    said = ", ".join(text for text in (declared.unit, declared.help) if text)
    return f"  # {' '.join(said.split())}" if said else ""


def _call(params: Mapping[str, Any], names: Mapping[str, str]) -> str:
    if all(key.isidentifier() and not keyword.iskeyword(key) for key in params):
        lines = "".join(f"\n            {k}={v}," for k, v in _written(params, names).items())
        return f"{lines}\n        " if lines else ""
    return f"**{{{_pairs(params, names)}}}"


def _pairs(params: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return ", ".join(f"{_text(k)}: {v}" for k, v in _written(params, names).items())


def _written(params: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    """Parameters as Python writes them; what an input leaves open is left out."""
    written = {}
    for parameter, value in params.items():
        ref, source = ref_of(value), input_of(value)
        if ref is not None:
            written[parameter] = f"Daisy.Ref({_text(ref)})"
        elif source is None:
            written[parameter] = _value(value)
        elif source in names:
            written[parameter] = names[source]
    return written


def _value(value: Any) -> str:
    return _text(value) if isinstance(value, str) else repr(value)


def _text(text: str) -> str:
    """In the quotes that formatters want; JSON's escapes are Python's, too."""
    return json.dumps(text, ensure_ascii=False)


def _class_name(name: str) -> str:
    made = "".join(part[:1].upper() + part[1:] for part in re.split(r"\W+", name) if part)
    return _identifier(made or "Workflow")


def _identifier(name: str) -> str:
    made = re.sub(r"\W", "_", name)
    return made if made.isidentifier() and not keyword.iskeyword(made) else f"_{made}"
