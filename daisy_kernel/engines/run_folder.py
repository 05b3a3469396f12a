"""The record of a run on disk: what was asked, what happened, what is finished."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import psutil

from daisy_kernel.contracts.events import FINAL_STATES, Event
from daisy_kernel.contracts.run import RunOptions, RunRecord, RunRequest
from daisy_kernel.engines.journal import Journal
from daisy_kernel.engines.json_lines import append_line, read_lines
from daisy_kernel.errors import FileProblem, RunConflict, UnknownName
from daisy_kernel.formats.output_lock import OutputLock, is_locked

_TAIL_BYTES = 1 << 16
_CLAIM_S = 1.0
"""How long to wait for a run to be released."""


class RunFolder:
    """The folder of one run.

    ``run.json`` is the `RunRecord`, ``events.jsonl`` the numbered events, ``journal.jsonl`` the
    `Journal`, ``parts/`` holds what lies between two stages, and a file ``cancel`` asks the run to
    stop. A lock tells whether somebody has it in work, also to other machines.
    """

    def __init__(self, path: Path):
        self.path = path
        self._claim: OutputLock | None = None

    @classmethod
    def create(cls, runs: Path, record: RunRecord) -> RunFolder:
        """A new folder below `runs`, claimed.

        Raises
        ------
        FileProblem
            If it cannot be made.
        """
        folder = cls(runs / record.id)
        try:
            (folder.path / "parts").mkdir(parents=True)
        except OSError as error:
            raise _unwritable(folder.path, error) from error
        folder.claim()
        folder.write(record)
        return folder

    @classmethod
    @contextmanager
    def scratch(cls, runs: Path) -> Iterator[RunFolder]:
        """A folder below `runs` that is no run: for what is computed because somebody reads it.

        Raises
        ------
        FileProblem
            If it cannot be made.
        """
        try:
            runs.mkdir(parents=True, exist_ok=True)
            folder = cls(Path(tempfile.mkdtemp(prefix=".reading-", dir=runs)))
        except OSError as error:
            raise _unwritable(runs, error) from error
        folder.parts.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder.path, ignore_errors=True)

    @property
    def parts(self) -> Path:
        """Where objects between two stages lie."""
        return self.path / "parts"

    def read(self) -> RunRecord:
        """The record; a run that nobody has in work any more reads `interrupted`.

        Raises
        ------
        FileProblem
            If it is damaged or of another version of Daisy.
        """
        path = self.path / "run.json"
        try:
            fields = json.loads(path.read_text())
            fields["options"] = RunOptions(**fields["options"])
            fields["outputs"] = tuple(fields["outputs"])
            record = RunRecord(**fields)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise FileProblem(
                f"{path} is no record of a run that this Daisy can read ({error}): remove its "
                "folder."
            ) from error
        if record.state not in FINAL_STATES and not self._is_in_work(record):
            record = replace(record, state="interrupted")
        return record

    def claim(self) -> None:
        """Take the run into work: until `release`, or the end of this process, nobody else can.

        Raises
        ------
        RunConflict
            If it is in work already, in whatever process on whatever machine.
        """
        deadline = time.monotonic() + _CLAIM_S
        while self._claim is None:
            try:
                self._claim = OutputLock(self._in_work)
            except RunConflict:  # or somebody just looks
                if time.monotonic() > deadline:
                    raise RunConflict(
                        f"Run {self.path.name} is in work already: wait for it, or cancel it."
                    ) from None
                time.sleep(_CLAIM_S / 50)

    def release(self) -> None:
        """Others may take it into work."""
        if self._claim is not None:
            self._claim.release()
            self._claim = None

    @property
    def is_ours(self) -> bool:
        """Whether it was claimed here and not released since."""
        return self._claim is not None

    def write(self, record: RunRecord) -> None:
        """Replace the record in one piece."""
        temporary = self.path / f".run.json.{os.getpid()}"
        temporary.write_text(json.dumps(asdict(record), indent=1, allow_nan=False))
        temporary.replace(self.path / "run.json")

    def append(self, event: Event) -> None:
        """Add one event to the log."""
        append_line(self.path / "events.jsonl", asdict(event))

    def events(self, since: int = 0) -> list[Event]:
        """Events with number `since` and later."""
        return [Event(**e) for e in read_lines(self.path / "events.jsonl") if e["n"] >= since]

    def latest(self, kind: str) -> Event | None:
        """The latest event of a kind among the last ones; quick, however long the log is."""
        found = [
            e for e in read_lines(self.path / "events.jsonl", _TAIL_BYTES) if e["kind"] == kind
        ]
        return Event(**found[-1]) if found else None

    @property
    def was_done(self) -> bool:
        """Whether it has once ended well; its results may have been damaged since."""
        return any(e.kind == "state" and e.data["state"] == "done" for e in self.events())

    @property
    def journal(self) -> Journal:
        """What was finished, for a later process."""
        return Journal(self.path / "journal.jsonl")

    def ask_to_cancel(self) -> None:
        """Ask the process that runs it, whichever it is, to stop."""
        (self.path / "cancel").touch()

    def is_cancelled(self) -> bool:
        """Whether somebody asked."""
        return (self.path / "cancel").exists()

    def drop_parts(self) -> None:
        """Remove what only the run itself needed."""
        shutil.rmtree(self.parts, ignore_errors=True)

    @property
    def _in_work(self) -> Path:
        return self.path / "in_work"

    def _is_in_work(self, record: RunRecord) -> bool:
        held = is_locked(self._in_work)
        return _alive(record) if held is None else held  # pids of other machines tell nothing


def new_record(request: RunRequest, options: RunOptions, engine: str = "inprocess") -> RunRecord:
    """A queued run with a fresh id that sorts by time: date, time, eight random digits."""
    run_id = time.strftime("%Y%m%d-%H%M%S-") + secrets.token_hex(4)
    pid, started = this_process()
    return RunRecord(
        run_id,
        request.workflow,
        "queued",
        time.time(),
        request.document,
        request.inputs,
        options,
        engine,
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
        process = psutil.Process(record.pid)
        started: float = process.create_time()
        is_zombie = (
            process.status() == psutil.STATUS_ZOMBIE
        )  # killed, but its parent has not looked
    except psutil.Error:
        return False
    return abs(started - record.pid_started) < 1.0 and not is_zombie


def _unwritable(path: Path, error: OSError) -> FileProblem:
    return FileProblem(
        f"Nothing can be recorded in {path}: {error.strerror}. Make the folder writable or choose "
        "another run directory in the configuration."
    )
