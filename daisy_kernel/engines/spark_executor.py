"""The executor on Apache Spark: blocks become tasks, and arrays stay on the storage."""

from __future__ import annotations

import functools
import pickle
import queue
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import packages_distributions
from pathlib import Path
from types import ModuleType
from typing import Any

import cloudpickle

from daisy_kernel.contracts.engine import BlockWatch, BlockWork
from daisy_kernel.engines.provenance import installed_versions
from daisy_kernel.engines.spark_context import has_workers
from daisy_kernel.engines.spark_task import BlockTask, Deliveries, Told
from daisy_kernel.errors import DaisyError, StepFailed

POLL_S = 0.1
SILENCE_S = 60.0
"""After so long without a finished block a line of the log says so; the second time, a run that has
no worker left ends."""
_END_S = 5.0


class SparkExecutor:
    """Blocks run as tasks of one Spark job per stage.

    A task gets the numbers of its block; it reads what it needs from the files, computes, writes
    into the files, and tells checksums and small values. What is broadcast is the recorded steps
    and the small objects. A block that is computed twice is written twice with the same bytes.

    Parameters
    ----------
    connect
        Gives the SparkContext, once it is there; takes what is called meanwhile.
    folder
        Which all workers see, for the files that stop a job.
    """

    def __init__(self, connect: Callable[[Callable[[], None]], Any], folder: Path):
        self._connect, self._folder = connect, folder

    def run_blocks(
        self,
        work: BlockWork,
        blocks: Sequence[tuple[int, int]],
        workers: int,
        watch: BlockWatch,
    ) -> None:
        """Compute and store every block; `watch` hears of each as it is ready.

        How many run at once is for Spark to say. What goes wrong in a block stops the others and is
        raised; what goes wrong with a machine is repeated elsewhere first.

        Raises
        ------
        StepFailed
            If workers were lost again and again.
        """
        if not blocks:
            return
        context = self._connect(watch.poll)
        key = f"daisy-{secrets.token_hex(6)}"
        self._folder.mkdir(parents=True, exist_ok=True)
        stop = self._folder / f".stop-{key}"
        told: queue.SimpleQueue[Told] = queue.SimpleQueue()
        content = context.broadcast(packed(work))
        task = BlockTask(key, content, context.accumulator([], Deliveries(told.put)), stop)
        job = _Job(context, key, task, blocks)
        try:
            job.follow(told, watch)
        except BaseException:
            with suppress(OSError):  # of a disk that is full, say; the tasks are killed anyway
                stop.write_text("")  # before that: none may store what it has computed
            job.cancel()
            raise
        finally:
            with suppress(Exception):  # Spark may be gone
                content.destroy()
            stop.unlink(missing_ok=True)


class _Job:
    """One job of Spark in a thread of its own, so that this one can look after it."""

    def __init__(self, context: Any, key: str, task: BlockTask, blocks: Sequence[tuple[int, int]]):
        from pyspark import InheritableThread

        self._context, self._key, self._left = context, key, set(blocks)
        self._task, self._blocks = task, list(blocks)
        self._error: BaseException | None = None
        self._thread = InheritableThread(target=self._run, name=key, daemon=True)
        self._thread.start()

    def follow(self, told: queue.SimpleQueue[Told], watch: BlockWatch) -> None:
        """Hand on what the tasks tell until all blocks are done."""
        heard, was_alone = time.monotonic(), False
        while True:
            is_over = not self._thread.is_alive()  # asked first: then everything has been told
            while not told.empty():
                self._hand_on(told.get(), watch)
                heard, was_alone = time.monotonic(), False
            watch.poll()
            if is_over:
                break
            if time.monotonic() - heard > SILENCE_S:
                heard = time.monotonic()
                watch.log(
                    "warning", f"no block was finished for {SILENCE_S:.0f} s: {self._state()}"
                )
                was_alone = self._require_workers(was_alone)
            self._thread.join(POLL_S)
        if self._error is not None:
            raise _lost(self._error) from self._error
        if self._left:
            raise DaisyError(f"Spark ended the job with {len(self._left)} blocks missing.")

    def _require_workers(self, was_alone: bool) -> bool:
        """Whether all workers are gone; Spark would wait for others as long as it takes."""
        is_alone = not has_workers(self._context)
        if is_alone and was_alone:
            self._context.stop()  # so that the next run asks the master anew
            raise DaisyError(
                f"{self._context.master} has had no worker for us for {SILENCE_S:.0f} s: see "
                "'daisy cluster status', and run it again."
            )
        return is_alone

    def cancel(self) -> None:
        """Kill the tasks and wait a little for their end."""
        with suppress(Exception):
            self._context.cancelJobGroup(self._key)
        self._thread.join(_END_S)

    def _run(self) -> None:
        try:
            self._context.setJobGroup(self._key, "daisy", interruptOnCancel=True)
            self._context.parallelize(self._blocks, len(self._blocks)).foreach(self._task)
        except BaseException as error:
            self._error = error

    def _hand_on(self, told: Told, watch: BlockWatch) -> None:
        block = told.lo, told.hi
        if block not in self._left:
            return  # computed twice
        for level, line in told.lines:
            watch.log(level, line)
        if told.error is not None:
            raise told.error.rebuilt(f"On a worker, block {told.lo} to {told.hi}")
        watch.done(*block, told.stored)
        self._left.remove(block)

    def _state(self) -> str:
        """How far the job is, as Spark sees it."""
        tracker = self._context.statusTracker()
        tasks = failed = 0
        for job in tracker.getJobIdsForGroup(self._key):
            found = tracker.getJobInfo(job)
            for stage in found.stageIds if found else ():
                state = tracker.getStageInfo(stage)
                if state:
                    tasks, failed = tasks + state.numActiveTasks, failed + state.numFailedTasks
        return f"{len(self._left)} are left, {tasks} in work, {failed} attempts have failed"


def packed(work: BlockWork) -> bytes:
    """Our versions and the work as bytes; classes that a worker cannot import go with it.

    Raises
    ------
    StepFailed
        If something in it cannot be sent.
    """
    with _by_value():
        try:
            return pickle.dumps(installed_versions()) + bytes(cloudpickle.dumps(work))
        except Exception as error:
            raise StepFailed(
                f"What the steps are made of cannot be sent to the workers ({error}): define their "
                "classes in a module, or use --engine inprocess."
            ) from error


@contextmanager
def _by_value() -> Iterator[None]:
    """Modules that belong to no installed package are pickled with what they define."""
    loose = [m for name, m in list(sys.modules.items()) if _is_loose(name, m)]
    for module in loose:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in loose:
            with suppress(ValueError):
                cloudpickle.unregister_pickle_by_value(module)


def _is_loose(name: str, module: ModuleType | None) -> bool:
    """Whether a module lies beside the user's scripts, where no worker finds it."""
    if name.split(".")[0] in _installed() or name == "__main__":
        return False
    return isinstance(module, ModuleType) and getattr(module, "__file__", None) is not None


@functools.cache
def _installed() -> frozenset[str]:
    """Packages that workers have, too; looking takes half a second."""
    return frozenset({*packages_distributions(), *sys.stdlib_module_names, "daisy_kernel"})


def _lost(error: BaseException) -> DaisyError:
    """What Spark says after the last attempt, in one line."""
    text = str(error)
    if "killed" in text and "ResultStage" not in text:
        return DaisyError("Spark ended the job: its context was stopped.")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    cause = next((line for line in reversed(lines) if "Error:" in line or "Error(" in line), "")
    crashed = any(
        words in text for words in ("exited unexpectedly", "Python worker", "ExecutorLostFailure")
    )
    if crashed and "Segmentation fault" in text:
        cause = "a worker crashed in native code (Segmentation fault)"
    elif crashed and not cause:
        cause = "workers crashed or were killed, most likely for want of memory: give --memory less"
    return StepFailed(
        f"A block failed on every attempt: {cause or (lines[0] if lines else 'no reason given')}"
    )
