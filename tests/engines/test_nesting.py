"""A workflow is an algorithm: workflows nest, and run as one."""

import numpy as np
import pytest

from daisy_kernel import PyWorkflow, registry
from daisy_kernel.errors import (
    DaisyError,
    UnknownName,
)
from daisy_kernel.workflow import DocumentWorkflow, parse_document


def load(engine, name="x"):
    engine["load"].execute(input_path="tomo", output_dataobj=name)


@registry.add
class ToyInner(PyWorkflow):
    """A workflow that is a step of others."""

    workflow_environment = {"double": {"class_name": "ToyScale"}}  # noqa: RUF012
    algorithms_cfg = {"double": {"factor": 2}}  # noqa: RUF012

    def execute(self, source, result, again=1):
        self.engine["double"].execute(input_dataobj=source, output_dataobj=result)
        for _ in range(again):
            self.engine["ToySmooth"].execute(input_dataobj=result, output_dataobj=result)


@registry.add
class ToyOuter(PyWorkflow):
    """Nests one deeper."""

    workflow_environment = {"inner": {"class_name": "ToyInner"}}  # noqa: RUF012

    def execute(self, source, result):
        self.engine["inner"].execute(source=source, result=result, again=2)


@registry.add
class ToyEndless(PyWorkflow):
    """Contains itself."""

    workflow_environment = {"endless": {"class_name": "ToyEndless"}}  # noqa: RUF012

    def execute(self):
        self.engine["endless"].execute()


@registry.add
class ToyEndlessByAnotherName(PyWorkflow):
    """Contains itself, under its class name."""

    def execute(self):
        self.engine["ToyEndlessByAnotherName"].execute()


def test_workflows_nest_and_run_as_one(make_engine, run, toys, stack, read, output):
    engine = make_engine(outer={"class_name": "ToyOuter"})

    def script(e):
        load(e)
        e["outer"].execute(source="x", result="y")
        e["save"].execute(input_dataobj="y", output_path="y")

    record = run(engine, script)
    expected = toys.smooth(toys.smooth(toys.scale(stack, 2)))
    np.testing.assert_array_equal(read(output, "y"), expected)
    names = [step["algorithm"] for step in record.document["steps"]]
    assert names == [
        "load",
        "outer/inner/double",
        "outer/inner/ToySmooth",
        "outer/inner/ToySmooth",
        "save",
    ]
    assert record.document["algorithms"]["outer/inner/double"]["init_paras"] == {"factor": 2}
    assert engine.algorithm_keys()[-1] == "outer"


@pytest.mark.parametrize("name", ["ToyEndless", "ToyEndlessByAnotherName"])
def test_a_workflow_that_contains_itself_is_refused_with_the_circle(refused, name):
    message = refused(lambda e: e[name].execute(), DaisyError)
    assert "contains itself" in message
    assert message.count(">") >= 1


def test_after_a_refused_nested_workflow_the_outer_one_goes_on(make_engine, run, stack):
    engine = make_engine(inner={"class_name": "ToyInner"})

    def script(e):
        load(e)
        with pytest.raises(UnknownName):
            e["inner"].execute(source="nothing", result="y")
        e["scale"].execute(input_dataobj="x", output_dataobj="y")

    run(engine, script, outputs=("y",))
    np.testing.assert_array_equal(engine.data["y"], stack * np.float32(2))


def test_the_recorded_document_of_nested_workflows_gives_the_same_bits(
    make_engine, run, read, output
):
    engine = make_engine(10**9, overwrite=True, outer={"class_name": "ToyOuter"})

    def script(e):
        load(e)
        e["outer"].execute(source="x", result="y")
        e["save"].execute(input_dataobj="y", output_path="y")

    record = run(engine, script)
    first = read(output, "y")
    replayed = DocumentWorkflow(parse_document(record.document), {})
    again = run(make_engine(overwrite=True), replayed.record_into)
    np.testing.assert_array_equal(read(output, "y"), first)
    assert again.document == record.document
