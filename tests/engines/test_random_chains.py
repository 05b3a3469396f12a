"""Any chain of any algorithms, cut in any way and computed anywhere, gives what NumPy gives."""

import random

import h5py
import numpy as np
import pytest
from elsewhere import Elsewhere

from daisy_kernel import Ref
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines import spark_engine
from daisy_kernel.engines.inprocess import InProcessEngine

CHAINS = {"inprocess": 60, "elsewhere": 70, "elsewhere, small in memory": 30, "cluster": 10}
CARRIED = {"elsewhere": 0, "elsewhere, small in memory": 400}
ON_SPARK = (pytest.mark.spark, pytest.mark.slow)
STACKS = ("scale", "smooth", "phase", "pairs", "whole")
NUMBERS = ("total", "peek")


class Chain:
    """A random workflow, recorded into an engine and computed by plain NumPy side by side."""

    def __init__(self, toys, seed, stack):
        self.toys, self.random = toys, random.Random(seed)
        self.plain = {"x": stack}
        self.stacks, self.numbers, self.sliced, self.images = ["x"], [], [], []
        self.calls = [("load", {"input_path": "tomo", "output_dataobj": "x"})]
        self.saved = {}
        for number in range(self.random.randint(2, 8)):
            self._add_step(number)
        self._add_saves()

    def record(self, engine):
        for step, params in self.calls:
            refs = {"offset": Ref(params["offset"])} if "offset" in params else {}
            engine[step].execute(**params | refs)

    def _add_step(self, number):
        pick, plain = self.random, self.plain
        source = pick.choice(self.stacks)
        kind = pick.choice([*STACKS, *STACKS, *NUMBERS, "meanframe", "slices", "flipslices"])
        if kind == "flipslices" and not self.sliced:
            kind = "slices"
        if kind == "flipslices":
            source = pick.choice(self.sliced)
        params = {}
        if kind == "smooth":
            params["size"] = pick.choice([1, 2, 3])
        if kind == "scale":
            params["factor"] = pick.choice(["0.5", 3])
            if self.numbers and pick.random() < 0.7:
                params["offset"] = pick.choice(self.numbers)
        functions = {
            "pairs": self.toys.pair_rows,
            "meanframe": self.toys.mean_frame,
            "flipslices": self.toys.flip_slices,
        }
        function = functions.get(kind) or getattr(self.toys, kind)
        values = {n: float(plain[v] if n == "offset" else v) for n, v in params.items()}
        if "size" in values:
            values["size"] = int(values["size"])
        result = function(plain[source], **values)
        group = {
            **dict.fromkeys(STACKS, self.stacks),
            **dict.fromkeys(NUMBERS, self.numbers),
            "slices": self.sliced,
            "flipslices": self.sliced,
            "meanframe": self.images,
        }[kind]
        again = [name for name in group if name != "x" or kind in STACKS]
        name = pick.choice(again) if again and pick.random() < 0.4 else f"{kind}{number}"
        if name not in group:
            group.append(name)
        plain[name] = result
        self.calls.append((kind, {"input_dataobj": source, "output_dataobj": name, **params}))

    def _add_saves(self):
        made = [name for name in self.plain if name != "x" or len(self.calls) > 1]
        for name in self.random.sample(made, min(len(made), self.random.randint(1, 3))):
            target = self.random.choice(["save", "other"])
            self.calls.append((target, {"input_dataobj": name, "output_path": f"results/{name}"}))
            self.saved[target, name] = self.plain[name]


@pytest.fixture(scope="module")
def seen():
    """What the chains made the engine do, so that none of it goes untested."""
    return set()


@pytest.fixture
def engine_class(place, seed, request, monkeypatch):
    if place == "inprocess":
        return InProcessEngine
    if place == "cluster":
        request.getfixturevalue("on_cluster")
        monkeypatch.setattr(spark_engine, "CARRIED_BYTES", 0)
        return spark_engine.SparkEngine
    engine_elsewhere = request.getfixturevalue("engine_elsewhere")
    return engine_elsewhere(Elsewhere(seed), CARRIED[place])


@pytest.mark.parametrize(
    ("place", "seed"),
    [
        pytest.param(place, seed, marks=ON_SPARK if place == "cluster" else ())
        for place, n in CHAINS.items()
        for seed in range(n)
    ],
)
def test_a_random_chain_gives_what_plain_numpy_gives(
    place, seed, toys, make_engine, engine_class, run, tmp_path, scan, seen
):
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 15, 3))
    stack = rng.integers(0, 4000, shape).astype(np.uint16)
    layout = {"chunks": tuple(-(-n // 2) for n in shape), "compression": "gzip"}
    with h5py.File(scan, "w") as file:
        file.create_dataset("tomo", data=stack, **(layout if seed % 3 == 0 else {}))
    chain = Chain(toys, seed, stack)
    events = []
    other = {"class_name": "SaveHDF5", "init_paras": {"outputfile_name": tmp_path / "other.h5"}}
    store = _run_with_least_memory(make_engine, run, chain, events, other, seed)
    for (target, name), expected in chain.saved.items():
        path = tmp_path / {"save": "out.h5", "other": "other.h5"}[target]
        with h5py.File(path) as file:
            found = file[f"results/{name}"][()]
        assert found.shape == expected.shape
        if expected.ndim == 3:
            assert found.dtype == expected.dtype
            np.testing.assert_array_equal(found, expected, err_msg=name)
        else:
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-6, err_msg=name)
    for name in store:
        _check_object(store, name, chain.plain[name])
    seen |= {
        word
        for event in events
        if event.kind == "plan"
        for item in event.data["items"]
        for word in (
            "in a part file" * ("part file" in item["text"]),
            "copied first" * ("copied first" in item["text"]),
            "halo" * bool(item.get("halo")),
            "many blocks" * (item["blocks"] > 3),
            "whole" * (item["axis"] is None),
        )
    }


def _check_object(store, name, expected):
    """What the run left in the data store; a recipe may need more memory than it has."""
    try:
        found = store[name]
    except MemoryError:
        assert store.object(name).kind == "recipe"
        return
    tolerance = {} if expected.ndim == 3 else {"rtol": 1e-9, "atol": 1e-6}
    np.testing.assert_allclose(found, expected, **{"rtol": 0, "atol": 0} | tolerance, err_msg=name)


def _run_with_least_memory(make_engine, run, chain, events, other, seed):
    """Run with the least memory that will do, so that everything is cut as finely as possible."""
    memory = 2_000
    while True:
        events.clear()
        store = DataStore()
        engine = make_engine(
            memory, threads=1 + seed % 3, store=store, observers=[events.append], other=other
        )
        try:
            run(engine, chain.record)
        except MemoryError:
            memory = memory * 3 // 2
            continue
        return store


def test_the_chains_have_tried_everything(seen):
    assert seen >= {"in a part file", "copied first", "halo", "many blocks", "whole"}
