"""What every algorithm promises by saying `along`: cutting it does not show.

A new algorithm that may be cut needs an entry in ``algorithm_examples.py``.
"""

from __future__ import annotations

import random
import sys
from importlib.metadata import entry_points
from typing import Any

import numpy as np
import pytest
from algorithm_examples import EXAMPLES, Example
from elsewhere import Elsewhere, engine_elsewhere, pyspark_without_java

from daisy_kernel import registry
from daisy_kernel.contracts.run import RunOptions, RunRequest
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.inprocess import InProcessEngine
from daisy_kernel.engines.spark_executor import packed
from daisy_kernel.engines.spark_task import unpacked
from daisy_kernel.engines.workflow_engine import WorkflowEngine
from daisy_kernel.errors import DaisyError, OutOfBudget

FAR_APART = 1e-5
"""What a slice may show of a bright one beside it, as a share of that one."""


def _cuttable() -> list[str]:
    """Names of all installed algorithms that may be cut."""
    names = {e.name for e in entry_points(group="daisy.algorithms")}
    return [name for name in sorted(names) if registry.algorithms.get(name).along]


def _cases(*, axes: str | None = None, slices: bool = False, cut: bool = True) -> list[Any]:
    """(name, axis, example): everything that is (or is not) cut, or only what gives slices."""
    return [
        pytest.param(name, axis, example, id=f"{name}-{axis}-{number}")
        for name in _cuttable()
        for axis in registry.algorithms.get(name).along
        for number, example in enumerate(EXAMPLES.get(name, ()))
        if axes in (None, axis)
        and (axis not in example.not_along) == cut
        and not (slices and registry.algorithms.get(name).combine)
    ]


def _variant(name: str, along: tuple[str, ...]) -> str:
    """The algorithm with another choice of axes; () computes everything at once."""
    original = registry.algorithms.get(name)
    members: dict[str, Any] = {
        "along": along,
        "halo": {axis: n for axis, n in original.halo.items() if axis in along},
        "renames": {a: b for a, b in original.renames.items() if a in along},
    }
    variant = type(f"{name}_{'_'.join(along) or 'whole'}", (original,), members)
    registry.add(variant)
    return variant.__name__


class Bench:
    """Runs one algorithm on one example."""

    def __init__(self, name: str, example: Example, runs: Any):
        self.name, self.example, self._runs = name, example, runs
        self.outputs = tuple(registry.schema_of(registry.algorithms.get(name)).of_kind("output"))
        self.specs: dict[str, Any] = {}

    def run(
        self,
        along: tuple[str, ...] | None,
        objects: dict[str, np.ndarray],
        memory: int = 10**9,
        threads: int = 1,
        engine_class: type[WorkflowEngine] = InProcessEngine,
    ) -> dict[str, np.ndarray]:
        """Its outputs if it may be cut along these axes; None: as its class says."""
        store = DataStore()
        for name, array in objects.items():
            store.put(name, array)
        engine = engine_class(store, RunOptions(memory, threads), self._runs)
        names = {name: name for name in (*objects, *self.outputs)}
        variant = self.name if along is None else _variant(self.name, along)

        def script() -> None:
            engine[variant].execute(**names, **self.example.params)

        engine.run(RunRequest("bench", outputs=self.outputs), script)
        self.specs = {name: store.object(name).spec for name in self.outputs}
        return {name: store[name].copy() for name in self.outputs}

    def slices_of(self, output: str, axis: str) -> int | None:
        """Position of the cut axis in an output; None where it is gone."""
        renamed = registry.algorithms.get(self.name).renames.get(axis, axis)
        axes = self.specs[output].axes or ()
        return axes.index(renamed) if renamed in axes else None


@pytest.fixture
def bench(own_runs):
    def make(name, example):
        if example.needs is not None:
            pytest.importorskip(example.needs)
        return Bench(name, example, own_runs)

    return make


def test_every_algorithm_that_may_be_cut_has_an_example():
    assert [name for name in _cuttable() if name not in EXAMPLES] == []


@pytest.mark.parametrize("name", sorted(registry.algorithms.names()))
def test_every_algorithm_can_be_sent_with_its_schema(name):
    try:
        algorithm = registry.algorithms.get(name)
    except DaisyError:
        pytest.skip("its library is not installed")
    schema = registry.schema_of(algorithm)
    algorithm_again, schema_again = unpacked(packed((algorithm, schema)))
    assert algorithm_again is algorithm, "a class of the package goes as its name"
    assert schema_again.json_schema() == schema.json_schema()


@pytest.mark.parametrize(("name", "axis", "example"), _cases())
def test_the_numbers_are_the_same_for_every_block_size_and_number_of_threads(
    bench, name, axis, example
):
    tried, pick = bench(name, example), random.Random(f"{name}{axis}")
    objects = example.objects(np.random.default_rng(8))
    before = {key: array.copy() for key, array in objects.items()}
    expected = tried.run((), objects)
    memory, tries = 4_000, 0
    while tries < 3:
        try:
            found = tried.run((axis,), objects, memory, threads=1 + tries)
        except OutOfBudget:
            memory = int(memory * pick.uniform(1.1, 1.7))
            continue
        tries += 1
        memory = int(memory * pick.uniform(1.2, 2.5))
        for key, array in expected.items():
            np.testing.assert_array_equal(found[key], array, err_msg=f"{key}, {memory} bytes")
    for key, array in before.items():
        np.testing.assert_array_equal(objects[key], array, err_msg="inputs must stay")


@pytest.mark.parametrize(
    ("name", "example"),
    [
        pytest.param(name, example, id=f"{name}-{number}")
        for name in _cuttable()
        for number, example in enumerate(EXAMPLES.get(name, ()))
    ],
)
def test_the_numbers_are_the_same_where_everything_goes_through_bytes_and_files(
    bench, name, example, monkeypatch
):
    monkeypatch.setitem(sys.modules, "pyspark", pyspark_without_java())
    tried, objects = bench(name, example), example.objects(np.random.default_rng(8))
    expected = tried.run(None, objects)
    place = Elsewhere(seed=3)
    found = tried.run(None, objects, threads=2, engine_class=engine_elsewhere(place))
    for key, array in expected.items():
        np.testing.assert_array_equal(found[key], array, err_msg=key)
        # Parameters may say that there is nothing to do.
        assert place.packages or np.array_equal(array, objects["input_dataobj"])


def _slices(array: np.ndarray, position: int) -> np.ndarray:
    return np.moveaxis(array, position, 0)


def _first_with(axis: str, name: str, objects: dict[str, np.ndarray]) -> tuple[str, int] | None:
    """The first object that has the axis, and where."""
    parameters = registry.schema_of(registry.algorithms.get(name)).parameters
    for key, array in objects.items():
        if axis in parameters[key].axes and array.dtype.kind == "f":
            return key, parameters[key].axes.index(axis)
    return None


@pytest.mark.parametrize(("name", "axis", "example"), _cases(cut=False))
def test_what_changes_the_length_of_an_axis_is_not_cut_along_it(bench, name, axis, example):
    tried = bench(name, example)
    with pytest.raises(DaisyError, match="same length"):
        tried.run((axis,), example.objects(np.random.default_rng(8)))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy may well find infinities odd
@pytest.mark.parametrize(("name", "axis", "example"), _cases(slices=True))
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_no_number_stays_in_its_slice(bench, name, axis, example, bad):
    tried, objects = bench(name, example), example.objects(np.random.default_rng(9))
    clean = tried.run((axis,), objects)
    key, position = _first_with(axis, name, objects)
    n = objects[key].shape[position]
    for where in (0, n // 2, n - 1):
        spoilt = objects[key].copy()
        _slices(spoilt, position)[where].flat[::5] = bad
        found = tried.run((axis,), objects | {key: spoilt}, threads=2)
        reach = example.reach.get(axis, 0)
        others = [i for i in range(n) if abs(i - where) > reach]
        for output in tried.outputs:
            at = tried.slices_of(output, axis)
            np.testing.assert_array_equal(
                _slices(found[output], at)[others], _slices(clean[output], at)[others]
            )


@pytest.mark.parametrize(("name", "axis", "example"), _cases(axes="row", slices=True))
def test_a_slice_shows_nothing_of_a_bright_one_beside_it(bench, name, axis, example):
    tried, objects = bench(name, example), example.objects(np.random.default_rng(10))
    key, position = _first_with(axis, name, objects)
    n, reach = objects[key].shape[position], example.reach.get(axis, 0)
    empty = np.zeros_like(objects[key])
    alone = tried.run((axis,), objects | {key: empty})
    for where in (0, n // 2, n // 2 + 1):
        beside = empty.copy()
        _slices(beside, position)[where] = _slices(objects[key], position)[where]
        found = tried.run((axis,), objects | {key: beside})
        others = [i for i in range(n) if abs(i - where) > reach]
        for output in tried.outputs:
            at = tried.slices_of(output, axis)
            seen = np.abs(
                _slices(found[output], at)[others].astype(float)
                - _slices(alone[output], at)[others]
            ).max()
            bright = np.abs(_slices(found[output], at)[where]).max()
            assert seen <= FAR_APART * bright
