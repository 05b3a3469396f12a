"""What the Spark executor uses of Spark, without Java: blocks are computed elsewhere.

Every attempt at a block unpacks the work anew, as another process would. Blocks come in random
order, some twice; some attempts are lost before or after they have stored what they computed. As a
program this file is the other process.
"""

from __future__ import annotations

import os
import pickle
import random
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

ATTEMPTS = 4


class Broadcast:
    """Something that every worker has."""

    def __init__(self, value):
        self.value = value

    def destroy(self):
        self.value = None


class Accumulator:
    """What a worker adds is brought to the driver once its task is over."""

    def __init__(self, value, param):
        self.value, self.param = value, param

    def add(self, term):
        self.value = self.param.addInPlace(self.value, term)


class Elsewhere:
    """A context of Spark.

    Parameters
    ----------
    seed
        Of the order of the blocks and of what goes wrong.
    losses
        Share of attempts that are lost.
    child
        Whether blocks are computed in another process rather than with a fresh copy in this one.
    die_after
        Blocks after which this process dies at once.
    """

    def __init__(self, seed=0, losses=0.2, *, child=False, die_after=None):
        self._random, self._losses, self._child = random.Random(seed), losses, child
        self._left, self._cancelled = die_after, threading.Event()
        self.packages = []
        """Sizes of what was broadcast [bytes]."""
        self.counts = dict.fromkeys(("lost before", "lost after", "twice", "done"), 0)

    def broadcast(self, value):
        self.packages.append(len(value))
        return Broadcast(value)

    def accumulator(self, value, param):
        return Accumulator(value, param)

    def setJobGroup(self, key, description, interruptOnCancel):
        self._cancelled.clear()

    def cancelJobGroup(self, key):
        self._cancelled.set()

    def parallelize(self, blocks, slices):
        assert slices == len(blocks), "one block is one task"
        return _Tasks(self, list(blocks))

    def run(self, blocks, task):
        """Every block at least once, in any order."""
        todo = [(block, ATTEMPTS) for block in blocks]
        self._random.shuffle(todo)
        with _Process() if self._child else _FreshCopies() as place:
            place.begin(task)
            while todo:
                block, left = todo.pop()
                if self._cancelled.is_set():
                    raise RuntimeError("Job cancelled")
                outcome = self._outcome(left)
                if outcome == "lost before":
                    todo.insert(self._random.randint(0, len(todo)), (block, left - 1))
                    continue
                told, failure = place.attempt(block)
                if failure or outcome == "lost after":
                    if left == 1:
                        raise RuntimeError(f"Job aborted: failed {ATTEMPTS} times\n{failure}")
                    todo.insert(self._random.randint(0, len(todo)), (block, left - 1))
                    continue
                if outcome == "twice":
                    todo.insert(self._random.randint(0, len(todo)), (block, left))
                task.deliveries.add(told)
                self._die_perhaps()

    def _outcome(self, left):
        outcome = "done"
        if left > 1 and self._random.random() < self._losses:
            outcome = self._random.choice(["lost before", "lost after", "twice"])
        self.counts[outcome] += 1
        return outcome

    def _die_perhaps(self):
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                os._exit(9)


class _Tasks:
    def __init__(self, context, blocks):
        self._context, self._blocks = context, blocks

    def foreach(self, task):
        self._context.run(self._blocks, task)


class _FreshCopies:
    """Unpacks the work for every attempt."""

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        return None

    def begin(self, task):
        self._task, self._count = task, 0

    def attempt(self, block):
        self._count += 1
        given = self._task
        return _attempt(f"{given.key}-{self._count}", given.work.value, given.stop, block)


class _Process:
    """Another process, which knows only what is installed and what it is sent."""

    def __enter__(self):
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self

    def __exit__(self, *raised):
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()

    def begin(self, task):
        self._send((task.key, task.work.value, task.stop))

    def attempt(self, block):
        self._send(block)
        return pickle.load(self._process.stdout)

    def _send(self, what):
        pickle.dump(what, self._process.stdin)
        self._process.stdin.flush()


def _attempt(key, content, stop, block):
    """What a task told, and why it failed if another attempt is worth while."""
    from daisy_kernel.engines.spark_task import BlockTask, Deliveries

    deliveries = Accumulator([], Deliveries())
    try:
        BlockTask(key, Broadcast(content), deliveries, stop)(block)
    except Exception as error:
        return [], f"{type(error).__name__}: {error}"
    return pickle.loads(pickle.dumps(deliveries.value)), None


def pyspark_without_java():
    """What the executor imports of pyspark."""
    module = ModuleType("pyspark")
    module.InheritableThread = threading.Thread
    return module


def engine_elsewhere(place, carried=0):
    """A class of engine that computes in a place, and keeps larger objects in files."""
    from daisy_kernel.engines.memory import Budget
    from daisy_kernel.engines.spark_executor import SparkExecutor
    from daisy_kernel.engines.workflow_engine import WorkflowEngine

    class ElsewhereEngine(WorkflowEngine):
        name = "elsewhere"

        def _workplace(self, options, configuration):
            executor = SparkExecutor(lambda poll: place, self._runs)
            memory = options.memory_bytes or 10**9
            return executor, Budget(memory, options.threads or 2, carried)

        def _get_ready(self, log):
            pass

    return ElsewhereEngine


def main():
    sys.path.remove(str(Path(__file__).parent))
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    given = pickle.load(sys.stdin.buffer)
    while True:
        try:
            block = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        pickle.dump(_attempt(*given, block), answers)
        answers.flush()


if __name__ == "__main__":
    main()
