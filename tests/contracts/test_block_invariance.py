"""The promise of every algorithm that may be cut: blocks do not change a bit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from daisy_kernel import registry
from daisy_kernel.contracts.run import RunOptions
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.inprocess import InProcessEngine

N_ANGLE, N_ROW, N_COL = 23, 37, 24


@dataclass(frozen=True)
class Example:
    """Valid inputs of one algorithm."""

    arrays: Mapping[str, np.ndarray]
    """Input parameter -> array."""
    params: Mapping[str, Any] = field(default_factory=dict)


def _counts() -> np.ndarray:
    rng = np.random.default_rng(7)
    return rng.integers(200, 900, (N_ANGLE, N_ROW, N_COL)).astype(np.uint16)


def _attenuation() -> np.ndarray:
    return -np.log(_counts() / np.float32(1000)).astype(np.float32)


FLATS = np.full((3, N_ROW, N_COL), 1000, np.uint16)
FLATS[:, 5, 6] = 0  # a dead pixel
DARKS = np.full((2, N_ROW, N_COL), 10, np.uint16)
THETA = np.linspace(0, np.pi, N_ANGLE, endpoint=False)
RECONSTRUCT = {"input_dataobj": _attenuation(), "theta": THETA}

EXAMPLES: dict[str, list[Example]] = {
    "Normalize": [
        Example({"projs_dataobj": _counts(), "flats_dataobj": FLATS, "darks_dataobj": DARKS})
    ],
    "MinusLog": [Example({"input_dataobj": _counts() / np.float32(1000)})],
    "RemoveStripes": [Example({"input_dataobj": _attenuation()}, {"size": 5})],
    "Reconstruct": [
        Example(RECONSTRUCT, {"alg_type": name, "center": 11.2}) for name in ("fourier", "fbp")
    ],
    "AlgFAIIntegrate": [
        Example(
            {"input_dataobj": _counts()},
            {
                **{"wavelength": 1, "directDist": 100, "centerX": 12, "centerY": 18},
                **{"pixelX": 75, "pixelY": 75, "ntth": 11},
            },
        )
    ],
}


def cuttable() -> list[str]:
    return [name for name, cls in registry.algorithms.all().items() if cls.along]


def outputs(name: str, example: Example, memory: int, threads: int) -> dict[str, np.ndarray]:
    store = DataStore()
    for parameter, array in example.arrays.items():
        store.put(parameter, array)
    schema = registry.schema_of(registry.algorithms.get(name))
    made = list(schema.of_kind("output"))
    engine = InProcessEngine(store, RunOptions(memory, threads))
    names = {p: p for p in (*example.arrays, *made)}
    engine[name].execute(**names, **example.params)
    return {parameter: store[parameter] for parameter in made}


def smallest_memory(name: str, example: Example) -> int:
    """Just enough for blocks of one step and one worker."""
    low, high = 1, 1 << 32
    while low < high:
        middle = (low + high) // 2
        try:
            outputs(name, example, middle, 1)
            high = middle
        except MemoryError:
            low = middle + 1
    return low


@pytest.mark.parametrize("name", cuttable())
def test_every_algorithm_that_may_be_cut_has_an_example(name):
    assert name in EXAMPLES, f"add inputs for {name} to EXAMPLES"


@pytest.mark.parametrize(
    ("name", "number"), [(name, i) for name, e in EXAMPLES.items() for i in range(len(e))]
)
def test_blocks_and_threads_do_not_change_a_bit(name, number):
    example = EXAMPLES[name][number]
    whole = outputs(name, example, 1 << 33, 1)
    least = smallest_memory(name, example)
    for memory, threads in ((least, 1), (3 * least, 2), (1 << 33, 3)):
        for parameter, array in outputs(name, example, memory, threads).items():
            np.testing.assert_array_equal(array, whole[parameter])


@pytest.mark.parametrize("method", ["fourier", "fbp"])
def test_no_slice_influences_another(method):
    attenuation = _attenuation()
    attenuation[:, 3] = 0
    attenuation[:, 8] = np.nan
    example = Example(
        {"input_dataobj": attenuation, "theta": THETA}, {"alg_type": method, "center": 11.2}
    )
    volume = outputs("Reconstruct", example, 1 << 33, 2)["output_dataobj"]
    bright = np.abs(volume[4]).max()
    assert np.abs(volume[3]).max() < 1e-5 * bright
    assert np.isnan(volume[8]).any()
    others = [i for i in range(N_ROW) if i != 8]
    assert np.isfinite(volume[others]).all()
