"""A workflow written down as a document and as a script."""

import ast
import json

import pytest

from daisy_kernel.errors import InvalidDocument
from daisy_kernel.workflow import find_workflow, known_workflows, parse_document
from daisy_kernel.workflow.document_workflow import expand
from daisy_kernel.workflow.export import document_text, filled_document, script_text


@pytest.mark.parametrize("name", sorted(known_workflows()))
def test_every_workflow_makes_a_script_that_is_python(name):
    document = expand(find_workflow(name))
    inputs = {n: declared.default for n, declared in document.inputs.items()} | {"scan": "a\\b\"c'"}
    text = script_text(document, inputs, ['Said """so""" \\ and\nso.'])
    tree = ast.parse(text)
    (workflow,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
    assert len(workflow.body[0].body) == len(document.steps)


def test_names_that_python_does_not_take_become_ones_that_it_takes():
    document = parse_document(
        {
            "daisy": 1,
            "name": "2 x",
            "inputs": {"the-file": {}, "the_file": {}, "class": {}, "unused": {}},
            "algorithms": {"a b": {"class": "ToyScale", "init_paras": {"x": {"input": "class"}}}},
            "steps": [
                {
                    "algorithm": "a b",
                    "params": {"of-it": {"input": "the-file"}, "y": {"input": "the_file"}},
                },
                {"algorithm": "a b", "params": {"center": {"ref": "c"}, "on": True}},
                {"algorithm": "a b"},
            ],
        }
    )
    values = {"the-file": "1", "the_file": "2", "class": "é", "unused": "5"}
    text = script_text(document, values)
    tree = ast.parse(text)
    constants = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }
    assert sorted(constants.values()) == ["1", "2", "é"]
    assert 'center=Daisy.Ref("c")' in text
    assert "on=True" in text


def test_a_value_that_an_algorithm_decides_is_left_to_it():
    document = find_workflow("tomography")
    inputs = {"scan": "a.h5", "output": "b.h5", "center": None}
    assert "center=" not in script_text(document, inputs).replace("center=Daisy.Ref", "")
    filled = filled_document(document, inputs)
    assert filled.inputs["center"].default is None
    assert not any(declared.required for declared in filled.inputs.values())
    assert parse_document(json.loads(document_text(filled))) == filled


def test_a_sweep_is_no_script():
    document = find_workflow("tomography").model_copy(update={"sweep": object()})
    with pytest.raises(InvalidDocument, match="sweep"):
        script_text(document, {})
