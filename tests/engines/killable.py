"""Runs a workflow in a child process again and again, to be killed in the middle.

One line on standard input per run: output, run directory; answers with the pid of the child. The
children are forked, so that Python and its libraries are loaded only once.
"""

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import toy_algorithms  # noqa: F401 - registers them

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
MEMORY = 24_000


def open_session(runs):
    return Session(DirectTransport(Service(DataStore(), Path(runs))))


def main():
    scan = sys.argv[1]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies
    for line in sys.stdin:
        output, runs = line.split()
        pid = os.fork()
        if pid == 0:
            try:
                session = open_session(runs)
                session.run(DOCUMENT, scan=scan, output=output, memory=MEMORY, threads=2).wait()
            finally:
                os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
