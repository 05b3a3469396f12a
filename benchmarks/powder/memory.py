"""How much memory a run takes, for few frames and for many, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

from benchmarks.peers.integrator import Experiment, Frames
from benchmarks.powder.files import run_powder, write_scan
from benchmarks.records import OURS, Row
from benchmarks.timing import highest_resident_bytes
from benchmarks.workflow_runs import folder_of_runs

CASE = "memory of a run"
_ROOT = Path(__file__).parents[2]
_CHILD = "import sys; from benchmarks.powder.memory import child; child(*sys.argv[1:])"


def memory_rows(
    experiment: Experiment,
    frames: Frames,
    *,
    n_frames: Sequence[int],
    memory: int,
    threads: int,
    tell: Callable[[str], None],
) -> list[Row]:
    """Rows whose `n` is a number of frames and whose memory is the whole of a process.

    Parameters
    ----------
    experiment, frames
        What the files hold, again and again.
    n_frames
        How many frames there are in each file.
    memory
        Budget of the runs [bytes].
    threads
        For the runs.
    tell
        Is told what is going on.
    """
    rows = []
    for n_frame in n_frames:
        tell(f"{CASE}: {n_frame} frames")
        with folder_of_runs() as folder:
            write_scan(folder, frames, n_frame, experiment)
            words = (folder, n_frame, memory, threads, experiment.n_bin, experiment.polarization)
            done = subprocess.run(
                [sys.executable, "-c", _CHILD, *map(str, words)],
                cwd=_ROOT,
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
        found = json.loads(done.stdout.splitlines()[-1])
        rows.append(
            Row(
                case=CASE,
                who=OURS,
                seconds=found["seconds"],
                per="file",
                error=None,
                threads=threads,
                n=n_frame,
                bytes=n_frame * frames[0].nbytes,
                peak_memory=found["peak_memory"],
                memory_budget=memory,
            )
        )
    return rows


def child(
    folder: str, n_frame: str, memory: str, threads: str, n_bin: str, polarization: str
) -> None:
    """Integrate the file in the folder; what it took, on standard output."""
    place = Path(folder)
    began = perf_counter()
    patterns = run_powder(
        (place / f"{n_frame}_master.h5", place / "geometry.poni"),
        place / "patterns.h5",
        n_bin=int(n_bin),
        polarization=float(polarization),
        memory=int(memory),
        threads=int(threads),
    )
    if len(patterns) != int(n_frame):
        raise RuntimeError(
            f"The run gave {len(patterns)} patterns of {n_frame} frames: mend that first."
        )
    found = {"seconds": perf_counter() - began, "peak_memory": highest_resident_bytes()}
    sys.stdout.write(json.dumps(found) + "\n")
