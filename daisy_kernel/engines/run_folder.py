"""The record of a run on disk: what was asked, what happened, which blocks are finished."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import psutil

from daisy_kernel.contracts.events import FINAL_STATES, Event
from daisy_kernel.contracts.run import RunOptions, RunRecord, RunRequest
from daisy_kernel.errors import FileProblem, UnknownName


class RunFolder:
    """The folder of one run.

    ``run.json`` is the `RunRecord`, ``events.jsonl`` the numbered events, ``journal.jsonl`` the
    finished blocks with their checksums, ``parts/`` holds what lies between two stages, and a file
    ``cancel`` asks the run to stop.
    """

    def __init__(self, path: Path):
        self.path = path

    @classmethod
    def create(cls, runs: Path, record: RunRecord) -> RunFolder:
        """A new folder below `runs`.

        Raises
        ------
        FileProblem
            If it cannot be made.
        """
        folder = cls(runs / record.id)
        try:
            (folder.path / "parts").mkdir(parents=True)
        except OSError as error:
            raise FileProblem(
                f"The run cannot be recorded in {folder.path}: {error.strerror}. Make the folder "
                "writable or choose another run directory in the configuration."
            ) from error
        folder.write(record)
        return folder

    @property
    def parts(self) -> Path:
        """Where objects between two stages lie."""
        return self.path / "parts"

    def read(self) -> RunRecord:
        """The record; a run whose process is gone reads `interrupted`."""
        fields = json.loads((self.path / "run.json").read_text())
        fields["options"] = RunOptions(**fields["options"])
        fields["outputs"] = tuple(fields["outputs"])
        record = RunRecord(**fields)
        if record.state not in FINAL_STATES and not _alive(record):
            record = replace(record, state="interrupted")
        return record

    def write(self, record: RunRecord) -> None:
        """Replace the record in one piece."""
        temporary = self.path / f".run.json.{os.getpid()}"
        temporary.write_text(json.dumps(asdict(record), indent=1, allow_nan=False))
        temporary.replace(self.path / "run.json")

    def append(self, event: Event) -> None:
        """Add one event to the log."""
        with (self.path / "events.jsonl").open("a") as file:
            file.write(json.dumps(asdict(event)) + "\n")

    def events(self, since: int = 0) -> list[Event]:
        """Events with number `since` and later."""
        return [Event(**e) for e in _lines(self.path / "events.jsonl") if e["n"] >= since]

    def note_block(self, stage: str, lo: int, hi: int, checksums: Mapping[str, int]) -> None:
        """Journal a finished block: dataset -> crc32 of its bytes in the file."""
        with (self.path / "journal.jsonl").open("a") as file:
            line = {"stage": stage, "lo": lo, "hi": hi, "crc32": dict(checksums)}
            file.write(json.dumps(line) + "\n")

    def finished_blocks(self, stage: str) -> dict[tuple[int, int], dict[str, int]]:
        """Blocks of a stage that an earlier process finished."""
        return {
            (e["lo"], e["hi"]): e["crc32"]
            for e in _lines(self.path / "journal.jsonl")
            if e["stage"] == stage
        }

    @property
    def has_journal(self) -> bool:
        """Whether an earlier process finished blocks."""
        return (self.path / "journal.jsonl").exists()

    def ask_to_cancel(self) -> None:
        """Ask the process that runs it, whichever it is, to stop."""
        (self.path / "cancel").touch()

    def is_cancelled(self) -> bool:
        """Whether somebody asked."""
        return (self.path / "cancel").exists()

    def drop_parts(self) -> None:
        """Remove what only the run itself needed."""
        shutil.rmtree(self.parts, ignore_errors=True)


def new_record(request: RunRequest, options: RunOptions) -> RunRecord:
    """A queued run with a fresh id that sorts by time: date, time, four random digits."""
    run_id = time.strftime("%Y%m%d-%H%M%S-") + secrets.token_hex(2)
    pid, started = this_process()
    return RunRecord(
        run_id,
        request.workflow,
        "queued",
        time.time(),
        request.document,
        request.inputs,
        options,
        pid,
        started,
    )


def find_run(runs: Path, run_id: str) -> RunFolder:
    """The folder of a recorded run; the beginning of an id will do if only one run has it.

    Raises
    ------
    UnknownName
        If there is no such run, or several.
    """
    known = [f.path.name for f in recorded_runs(runs)]
    matching = [k for k in known if k == run_id] or [k for k in known if k.startswith(run_id)]
    if len(matching) != 1 or not run_id:
        raise UnknownName("run", run_id, known)
    return RunFolder(runs / matching[0])


def recorded_runs(runs: Path) -> list[RunFolder]:
    """Every recorded run, oldest first."""
    return [RunFolder(file.parent) for file in sorted(runs.glob("*/run.json"))]


def this_process() -> tuple[int, float]:
    """Its pid and when it started."""
    return os.getpid(), psutil.Process().create_time()


def _alive(record: RunRecord) -> bool:
    try:
        started: float = psutil.Process(record.pid).create_time()
    except psutil.Error:
        return False
    return abs(started - record.pid_started) < 1.0


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """JSON lines; one that a kill cut short is left out."""
    if not path.exists():
        return
    for line in path.read_text().splitlines():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            continue
