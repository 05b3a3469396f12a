"""Runs a workflow in a child process again and again, to be killed in the middle.

Arguments: scan, name of a document here. One line on standard input per run: output, run directory;
answers with the pid of the child. A third word on the line: it computes on Spark, if the word is
"spark"; else as on Spark, without Java, and kills itself after so many blocks. The children are
forked, so that Python and its libraries are loaded only once.
"""

import copy
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import elsewhere
import toy_algorithms  # noqa: F401 - registers them

from daisy_kernel import registry
from daisy_kernel.datastore import DataStore
from daisy_kernel.session import DirectTransport, Service, Session

DOCUMENT = {
    "daisy": 1,
    "name": "killable",
    "inputs": {"scan": {"type": "path"}, "output": {"type": "path"}},
    "algorithms": {
        "load": {"class": "LoadHDF5", "init_paras": {"inputfile_name": {"input": "scan"}}},
        "slow": {"class": "ToySlow", "init_paras": {"seconds": 0.012}},
        "phase": {"class": "ToyPhase"},
        "pairs": {"class": "ToyPairs"},
        "save": {"class": "SaveHDF5", "init_paras": {"outputfile_name": {"input": "output"}}},
    },
    "steps": [
        {"algorithm": "load", "params": {"input_path": "tomo", "output_dataobj": "x"}},
        {"algorithm": "slow", "params": {"input_dataobj": "x", "output_dataobj": "s"}},
        {"algorithm": "phase", "params": {"input_dataobj": "s", "output_dataobj": "p"}},
        {"algorithm": "pairs", "params": {"input_dataobj": "p", "output_dataobj": "q"}},
        {"algorithm": "slow", "params": {"input_dataobj": "q", "output_dataobj": "y"}},
        {"algorithm": "save", "params": {"input_dataobj": "y", "output_path": "y"}},
        {"algorithm": "save", "params": {"input_dataobj": "s", "output_path": "s"}},
    ],
}
FORMATS = {
    "daisy": 1,
    "name": "formats",
    "inputs": {"scan": {"type": "path"}, "output": {"type": "path"}},
    "algorithms": {
        "load": {"class": "LoadHDF5", "init_paras": {"inputfile_name": {"input": "scan"}}},
        "slow": {"class": "ToySlow", "init_paras": {"seconds": 0.012}},
        "volume": {"class": "ToyVolume"},
        "hdf5": {"class": "SaveHDF5", "init_paras": {"outputfile_name": "out.h5"}},
        "tiff": {"class": "SaveTiffStack", "init_paras": {"outputfile_name": "tiff"}},
        "zarr": {"class": "SaveZarr", "init_paras": {"outputfile_name": "zarr"}},
    },
    "steps": [
        {"algorithm": "load", "params": {"input_path": "tomo", "output_dataobj": "x"}},
        {"algorithm": "slow", "params": {"input_dataobj": "x", "output_dataobj": "s"}},
        {"algorithm": "volume", "params": {"input_dataobj": "s", "output_dataobj": "v"}},
        {"algorithm": "hdf5", "params": {"input_dataobj": "v", "output_path": "v"}},
        {"algorithm": "tiff", "params": {"input_dataobj": "v"}},
        {"algorithm": "zarr", "params": {"input_dataobj": "v"}},
    ],
}
"""The same volume into every kind of output; they lie in the folder that `in_folder` is given."""
DOCUMENTS = {"killable": DOCUMENT, "formats": FORMATS}
MEMORY = 24_000


def in_folder(document, folder):
    """The document with the folder in front of what it saves to."""
    document = copy.deepcopy(document)
    for algorithm in document["algorithms"].values():
        paras = algorithm.get("init_paras", {})
        if isinstance(paras.get("outputfile_name"), str):
            paras["outputfile_name"] = str(Path(folder) / paras["outputfile_name"])
    return document


def open_session(runs):
    return Session(DirectTransport(Service(DataStore(), Path(runs))))


def compute_elsewhere(die_after=None):
    """From now on an engine of this name computes as the one on Spark does."""
    place = elsewhere.Elsewhere(1, die_after=die_after)
    registry.engines.add("elsewhere", elsewhere.engine_elsewhere(place))
    return place


def main():
    scan, document = sys.argv[1], DOCUMENTS[sys.argv[2]]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies
    for line in sys.stdin:
        output, runs, *place = line.split()
        pid = os.fork()
        if pid == 0:
            try:
                session = open_session(runs)
                given = {"scan": scan, "output": output, "memory": MEMORY, "threads": 2}
                if place == ["spark"]:
                    given["engine"] = "spark"
                elif place:
                    sys.modules["pyspark"] = elsewhere.pyspark_without_java()
                    compute_elsewhere(int(place[0]))
                    given["engine"] = "elsewhere"
                session.run(in_folder(document, Path(output).parent), **given).wait()
            finally:
                os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
