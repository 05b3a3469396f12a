"""A session that is always the same, and golden messages with what can never be the same."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from daisy_kernel import registry
from daisy_kernel.datastore import ArrayReference, DataStore
from daisy_kernel.formats import only_within
from daisy_kernel.jupyter.requests import refusal
from daisy_kernel.session import DirectTransport, Service, Session, catalogue
from daisy_kernel.session.uploads import Uploads
from daisy_kernel.version import __version__
from daisy_kernel.workflow import parse_document

sys.path.append(str(Path(__file__).parents[1] / "engines"))
import toy_algorithms

DONE, CANCELLED, RUNNING, NEW = (f"20261125-120000-0000000{n}" for n in range(4))
"""What stands in golden messages for the id of a run in this state."""
FOLDER = "/data"
"""What stands in golden messages for the test's own folder."""
ALWAYS = {
    "time": 1764072000.5, "created": 1764072000.5, "started": 1764072000.5,
    "finished": 1764072001.5, "pid": 4321, "pid_started": 1764071999.5,
    "instance": "0123456789abcdef", "seconds": 0.25, "modified": 1764072000.5, "size": 2192,
}  # fmt: skip
"""What stands in golden messages for values that differ from run to run."""

TOY = {
    "daisy": 1,
    "name": "toy",
    "help": "Everything three times.",
    "inputs": {
        "scan": {"type": "path", "required": True, "help": "the file"},
        "output": {"type": "path", "required": True},
        "hang": {"type": "boolean", "default": False},
        "pause": {"type": "number", "unit": "s", "default": 0.0},
    },
    "algorithms": {
        "load": {"class": "LoadHDF5", "init_paras": {"inputfile_name": {"input": "scan"}}},
        "twice": {"class": "ToyTwice"},
        "peek": {"class": "ToyPeek"},
        "slow": {
            "class": "ToySlow",
            "init_paras": {"hang": {"input": "hang"}, "seconds": {"input": "pause"}},
        },
        "save": {"class": "SaveHDF5", "init_paras": {"outputfile_name": {"input": "output"}}},
    },
    "steps": [
        {"algorithm": "load", "params": {"input_path": "tomo", "output_dataobj": "x"}},
        {
            "algorithm": "twice",
            "params": {"input_dataobj": "x", "factor": 2, "output_dataobj": "z"},
        },
        {"algorithm": "peek", "params": {"input_dataobj": "z", "output_dataobj": "top"}},
        {"algorithm": "slow", "params": {"input_dataobj": "z", "output_dataobj": "y"}},
        {"algorithm": "save", "params": {"input_dataobj": "y", "output_path": "y"}},
    ],
    "outputs": ["top"],
}


class FixedSession:
    """Always the same objects, algorithms and workflows; runs as a message needs them."""

    def __init__(self, folder: Path, runs: Path):
        self.folder = folder
        self.store = DataStore()
        self.service = Service(self.store, runs, Uploads(1_000_000))
        self.session = Session(DirectTransport(self.service))
        self._ids: dict[str, str] = {}
        with h5py.File(folder / "scan.h5", "w") as file:
            file["tomo"] = np.arange(6 * 3 * 4, dtype="<u2").reshape(6, 3, 4)
        (folder / "mine.daisy.json").write_text('{"daisy": 1, "name": "mine"}\n')
        volume = np.arange(24, dtype="<f4").reshape(2, 3, 4)
        self.store.put("volume", volume, ("slice", "y", "x"))
        self.store.put("stack", ArrayReference(np.arange(60, dtype="<u2").reshape(5, 3, 4)))
        self.store.put("centre", 31.25)
        profiles = folder / "profiles"
        profiles.mkdir()
        (profiles / "beamline.json").write_text('{"projections": "/tomo", "flats": "/open beam"}')

    def prepare(self, text: str) -> None:
        """Start the runs that a message speaks of."""
        if DONE in text or "runs.list" in text:
            self._start(DONE).wait(30)
        if CANCELLED in text:
            run = self._start(CANCELLED, hang=True)
            assert toy_algorithms.ToySlow.started.wait(10)
            run.cancel()
            while run.state == "running":
                pass
        if RUNNING in text:
            self._start(RUNNING, hang=True)
            assert toy_algorithms.ToySlow.started.wait(10)

    def _start(self, known_as: str, *, hang: bool = False):
        output = self.folder / f"{known_as}.h5"
        run = self.session.run(
            TOY, scan=self.folder / "scan.h5", output=output, hang=hang, memory="100MB", threads=1
        )
        self._ids[run.id] = known_as
        return run

    def reply_to(self, request, buffers):
        """Content and buffers, as the kernel would send them."""
        try:
            with only_within([self.folder]):  # as for a caller from outside
                result, parts = self.service.call(
                    request["operation"], request["arguments"], buffers
                )
        except Exception as error:  # as the kernel does
            return refusal(error)
        return {"status": "ok", "result": result}, parts

    def real(self, golden):
        """A golden message with this session's ids and folder."""
        names = {known_as: run for run, known_as in self._ids.items()} | {FOLDER: str(self.folder)}
        return _replaced(golden, lambda text: _translated(text, names))

    def golden(self, real):
        """A message of this session with what stands for its ids, folder, times and so on."""
        names = {
            **self._ids,
            str(self.folder): FOLDER,
            str(Path.cwd()): "/home",
            __version__: "1.2.3",
        }

        def cover(text):
            return re.sub(r"\d{8}-\d{6}-[0-9a-f]{8}", _known_or_new, _translated(text, names))

        return _replaced(real, cover, ALWAYS)


def _known_or_new(found):
    return found[0] if found[0] in (DONE, CANCELLED, RUNNING) else NEW


def _translated(text, names):
    for name, other in names.items():
        text = text.replace(name, other)
    return text


def _replaced(value, cover, always=None):
    if isinstance(value, dict):
        return {
            key: always[key]
            if always and key in always and item is not None and _alike(item, always[key])
            else _replaced(item, cover, always)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_replaced(item, cover, always) for item in value]
    return cover(value) if isinstance(value, str) else value


def _alike(found, golden):
    """Whether a value is of the kind that may stand for it: a wrong type must be noticed."""
    return isinstance(found, type(golden)) and not isinstance(found, bool)


@pytest.fixture
def fixed_session(tmp_path, own_runs, monkeypatch):
    toy_algorithms.ToySlow.started.clear()
    toy_algorithms.ToySlow.release.clear()
    configuration = tmp_path / "daisy.toml"
    configuration.write_text('[profiles.facility]\nprojections = "/entry/data"\n')
    monkeypatch.setenv("DAISY_CONFIG", str(configuration))
    installed = {"ToyScale": toy_algorithms.ToyScale}
    monkeypatch.setattr(registry.algorithms, "all", lambda: installed)
    monkeypatch.setattr(registry.engines, "names", lambda: ["inprocess"])
    toy = parse_document(TOY)
    monkeypatch.setattr(catalogue, "known_workflows", lambda: {"toy": toy})
    monkeypatch.setattr(catalogue, "find_workflow", lambda name: {"toy": toy}[name])
    yield FixedSession(tmp_path, own_runs)
    toy_algorithms.ToySlow.release.set()
