"""Scripts: the classes of the paper's Fig. 3B."""

import h5py
import numpy as np
import pytest

import daisy_kernel as Daisy
from daisy_kernel import Ref
from daisy_kernel.datastore import process_store
from daisy_kernel.errors import DaisyError, UnknownName
from daisy_kernel.formats import read_provenance
from daisy_kernel.workflow import parse_document


@pytest.fixture(autouse=True)
def _clean_store():
    process_store().clear()
    yield
    process_store().clear()


class ToyScript(Daisy.PyWorkflow):
    """What the document of the tests does."""

    def execute(self):
        self.engine["load"].execute(input_path="tomo", output_dataobj="x")
        self.engine["peek"].execute(input_dataobj="x", output_dataobj="top")
        self.engine["scale"].execute(input_dataobj="x", output_dataobj="y", offset=Ref("top"))
        self.engine["smooth"].execute(input_dataobj="y", output_dataobj="z")
        self.engine["save"].execute(input_dataobj="z", output_path="/entry/z")


@pytest.fixture
def environment(scan, tmp_path):
    return {
        "load": {"class_name": "LoadHDF5", "init_paras": {"inputfile_name": str(scan)}},
        "peek": {"class_name": "ToyPeek"},
        "scale": {"class_name": "ToyScale", "init_paras": {"factor": "1"}},
        "smooth": {"class_name": "ToySmooth"},
        "save": {
            "class_name": "SaveHDF5",
            "init_paras": {"outputfile_name": str(tmp_path / "script.h5")},
        },
    }


@pytest.fixture
def workflow(environment):
    made = ToyScript("mine")
    made.initialize("pyworkflowEngine", environment, {"scale": {"factor": 3}})
    return made


def _bytes_of(path, dataset="/entry/z"):
    with h5py.File(path) as file:
        return file[dataset].dtype, file[dataset].shape, file[dataset][()].tobytes()


def test_a_script_runs_as_in_the_paper(workflow, tmp_path, expected):
    assert workflow.execute() is True
    with h5py.File(tmp_path / "script.h5") as file:
        np.testing.assert_array_equal(file["/entry/z"][()], expected(3, 1))
    assert set(workflow.data_keys()) == {"x", "top", "y", "z"}
    assert workflow.algorithm_keys() == ["load", "peek", "scale", "smooth", "save"]
    assert workflow.run.state == "done"
    assert workflow.finalize() is True
    assert workflow.algorithm_keys() == []
    np.testing.assert_array_equal(process_store()["z"], expected(3, 1))


def test_script_document_and_recorded_document_give_the_same_bits(
    workflow, session, document, scan, tmp_path
):
    workflow.execute()
    session.run(document, scan=scan, output=tmp_path / "document.h5", factor=3).wait(20)
    recorded = read_provenance(tmp_path / "script.h5")["document"]
    assert recorded["algorithms"]["scale"]["init_paras"] == {"factor": 3}
    recorded["algorithms"]["save"]["init_paras"]["outputfile_name"] = str(tmp_path / "again.h5")
    session.run(recorded).wait(20)
    bits = [_bytes_of(tmp_path / f"{name}.h5") for name in ("script", "document", "again")]
    assert bits[0] == bits[1] == bits[2]
    assert parse_document(recorded).steps[2].params["offset"] == {"ref": "top"}


def test_a_parameter_of_the_call_wins_over_cfg_over_init_paras_over_the_default(
    environment, toys, stack
):
    class ToyPrecedence(Daisy.PyWorkflow):
        def execute(self):
            self.engine["load"].execute(input_path="tomo", output_dataobj="x")
            self.engine["scale"].execute(input_dataobj="x", output_dataobj="call", factor=7)
            self.engine["scale"].execute(input_dataobj="x", output_dataobj="cfg")
            self.engine["init"].execute(input_dataobj="x", output_dataobj="init")
            self.engine["ToyScale"].execute(input_dataobj="x", output_dataobj="default")

    made = ToyPrecedence("precedence")
    environment["init"] = environment["scale"]
    made.initialize("pyworkflowEngine", environment, {"scale": {"factor": 5}})
    made.execute()
    for name, factor in (("call", 7), ("cfg", 5), ("init", 1), ("default", 2)):
        np.testing.assert_array_equal(process_store()[name], toys.scale(stack, factor))


def test_a_workflow_can_run_again_and_again(workflow, tmp_path, expected):
    for _ in range(3):
        workflow.execute()
        assert len(workflow.run.document["steps"]) == 5
        (tmp_path / "script.h5").unlink()


def test_what_a_subclass_adds_is_the_same_run(environment, tmp_path, toys, expected):
    class ToyMore(ToyScript):
        def execute(self):
            super().execute()
            self.engine["scale"].execute(input_dataobj="z", output_dataobj="more", factor=2)
            self.engine["save"].execute(input_dataobj="more", output_path="/entry/more")

    made = ToyMore("more")
    made.initialize("pyworkflowEngine", environment, {"scale": {"factor": 3}})
    made.execute()
    with h5py.File(tmp_path / "script.h5") as file:
        np.testing.assert_array_equal(file["/entry/z"][()], expected(3, 1))
        np.testing.assert_array_equal(file["/entry/more"][()], toys.scale(expected(3, 1), 2))


def test_a_workflow_without_engine_says_what_to_do():
    for call in (ToyScript("x").execute, ToyScript("x").data_keys, ToyScript("x").finalize):
        with pytest.raises(DaisyError, match="call initialize first"):
            call()


def test_an_unknown_engine_is_answered_with_what_there_is():
    with pytest.raises(UnknownName, match="pyworkflowEngine"):
        ToyScript("x").initialize("pyworkflowengine", {}, {})


def test_a_singleton_is_made_once():
    made = []

    @Daisy.Singleton
    class ToyOnly(Daisy.PyWorkflow):
        """Only one."""

        def __init__(self, name):
            super().__init__(name)
            made.append(name)

        def execute(self):
            pass

    first = ToyOnly("first")
    assert ToyOnly("second") is first
    assert first.name == "first"
    assert made == ["first"]
    assert isinstance(first, ToyOnly)
    assert issubclass(ToyOnly, Daisy.PyWorkflow)
    assert ToyOnly.__name__ == "ToyOnly"

    class ToyOther(ToyOnly):
        pass

    assert ToyOther("other") is not first
    assert ToyOther("again").name == "other"


def test_a_script_is_run_again_where_its_output_may_be_replaced(environment, scan):
    script = ToyScript("twice")
    script.initialize(workflow_environment=environment)
    script.execute()
    with pytest.raises(DaisyError, match="overwrite"):
        script.execute()
    script.initialize(workflow_environment=environment, options=Daisy.RunOptions(overwrite=True))
    script.execute()
    assert script.run.state == "done"
