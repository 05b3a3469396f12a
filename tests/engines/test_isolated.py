"""Algorithms in a process of their own: the same bits, and whatever happens there stays there."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import psutil
import pytest

from daisy_kernel import Algorithm, Init, Input, Output, Spec, registry
from daisy_kernel.contracts.run import RunRequest
from daisy_kernel.engines.run_folder import recorded_runs
from daisy_kernel.errors import Cancelled, DaisyError, StepFailed

InStack = Annotated[str, Input("angle", "row", "col")]
OutStack = Annotated[str, Output("angle", "row", "col")]
SIGNALS = (signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL)


@pytest.fixture
def isolated():
    """The class of a toy algorithm, isolated, under a name of its own."""

    def make(toy):
        return registry.add(type(f"Isolated{toy.__name__}", (toy,), {"isolated": True}))

    return make


@registry.add
class IsolatedWhere(Algorithm):
    """Says in which process it runs, and what it was given."""

    along = ("row",)
    isolated = True
    word: Annotated[str, Init("something set once")] = "nothing"

    def outputs(self, inputs, params):
        n_row = inputs["input_dataobj"].shape[1]
        return {"output_dataobj": Spec((n_row,), np.dtype(np.int64), ("row",))}

    def execute(
        self, *, input_dataobj: InStack, output_dataobj: Annotated[str, Output("row")]
    ) -> None:
        stack = self.data[input_dataobj]
        self.LogInfo(f"{self.word}, writeable {stack.flags.writeable}")
        self.LogWarn("beware")
        self.data[output_dataobj] = np.full(stack.shape[1], os.getpid())


@registry.add
class IsolatedFault(Algorithm):
    """Ends badly in a way that it is told."""

    isolated = True

    def execute(self, *, input_dataobj: InStack, output_dataobj: OutStack, how: str) -> None:
        if how == "raise":
            raise ValueError("told to fail")
        if how == "strange":

            class StrangeError(Exception):
                """Cannot cross, because nobody else knows its class."""

            raise StrangeError("no\nluck")
        if how == "read nothing":
            self.data["nothing"]
        if how == "exit":
            os._exit(3)
        if how == "leave":
            sys.exit(4)
        if how == "segfault":
            ctypes.string_at(0)
        if how == "surplus":
            self.data["more"] = np.zeros(1)
        if how == "objects":
            self.data[output_dataobj] = np.array([None])
            return
        if how == "hang":
            while True:
                pass
        if how.isdigit():
            os.kill(os.getpid(), int(how))
        self.data[output_dataobj] = self.data[input_dataobj]


@pytest.fixture
def fault(engine, run):
    """Let the isolated step fail; gives its message."""

    def fail(how):
        def script(e):
            e["load"].execute(input_path="tomo", output_dataobj="x")
            e["IsolatedFault"].execute(input_dataobj="x", output_dataobj="y", how=how)

        with pytest.raises(StepFailed) as caught:
            run(engine, script, outputs=("y",))
        assert "\n" not in str(caught.value)
        assert "IsolatedFault" in str(caught.value)
        return caught.value

    return fail


def workers():
    """Processes of isolated algorithms that are alive."""
    children = psutil.Process().children(recursive=True)
    return [p for p in children if "isolated_worker" in " ".join(p.cmdline())]


@pytest.fixture(autouse=True)
def _no_process_is_left_behind():
    yield
    assert workers() == []


@pytest.mark.parametrize(("memory", "threads"), [(40_000, 1), (7_000, 2), (10**9, 2)])
@pytest.mark.parametrize(
    "toy", ["ToyScale", "ToySmooth", "ToyPhase", "ToyPairs", "ToySlices", "ToyWhole"]
)
def test_the_numbers_are_those_of_the_algorithm_in_this_process(
    make_engine, run, toys, isolated, toy, memory, threads, stack
):
    plain = getattr(toys, toy)
    name = isolated(plain).__name__

    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e[toy.removeprefix("Toy").lower()].execute(input_dataobj="x", output_dataobj="expected")
        e[name].execute(input_dataobj="x", output_dataobj="found")

    least = {"ToyPairs": 40_000, "ToyWhole": 100_000}.get(toy, 0)
    engine = make_engine(max(memory, least), threads=threads)
    run(engine, script, outputs=("expected", "found"))
    expected, found = engine.data["expected"], engine.data["found"]
    assert found.dtype == expected.dtype
    assert found.tobytes() == expected.tobytes()
    assert np.ptp(found) > 0


def test_a_reduction_gives_the_same_bits(engine, run, toys, isolated):
    isolated(toys.ToyTotal)
    isolated(toys.ToyMeanFrame)

    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        for name in ("total", "IsolatedToyTotal", "meanframe", "IsolatedToyMeanFrame"):
            e[name].execute(input_dataobj="x", output_dataobj=name)

    names = ("total", "IsolatedToyTotal", "meanframe", "IsolatedToyMeanFrame")
    run(engine, script, outputs=names)
    plain, found, plain_mean, found_mean = (np.asarray(engine.data[name]) for name in names)
    assert plain == found
    np.testing.assert_array_equal(plain_mean, found_mean)


def test_it_runs_in_one_process_for_each_thread_and_logs_into_the_run(make_engine, run):
    events = []
    engine = make_engine(30_000, threads=2, observers=[events.append], where={
        "class_name": "IsolatedWhere", "init_paras": {"word": "hello"}
    })  # fmt: skip

    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["where"].execute(input_dataobj="x", output_dataobj="pids")

    run(engine, script, outputs=("pids",))
    pids = set(engine.data["pids"].tolist())
    assert os.getpid() not in pids
    assert 1 <= len(pids) <= 2
    lines = [(e.data["level"], e.data["message"]) for e in events if e.kind == "log"]
    blocks = next(e for e in events if e.kind == "plan").data["items"][0]["blocks"]
    assert blocks > len(pids)
    assert lines.count(("info", "where: hello, writeable False")) == blocks
    assert lines.count(("warning", "where: beware")) == blocks


def test_an_object_that_is_only_read_is_computed_in_a_process_too(engine, run):
    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["IsolatedWhere"].execute(input_dataobj="x", output_dataobj="pids")

    run(engine, script)
    assert os.getpid() not in engine._store["pids"][:3].tolist()


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("raise", "told to fail"),
        ("strange", "StrangeError: no luck"),
        ("read nothing", "No input of this step is called 'nothing'"),
        ("exit", "ended itself with code 3: an algorithm must raise"),
        ("leave", "ended itself with code 4"),
        ("segfault", "crashed \\(SIGSEGV\\)"),
        ("surplus", "it made 'more', which it does not declare"),
        ("objects", "Python objects"),
    ],
)
def test_what_goes_wrong_there_is_one_line_here_and_the_next_run_works(
    fault, engine, run, how, told
):
    assert re.search(told, str(fault(how)))
    run(
        engine,
        lambda e: (
            e["load"].execute(input_path="tomo", output_dataobj="x"),
            e["IsolatedWhere"].execute(input_dataobj="x", output_dataobj="pids"),
        ),
        outputs=("pids",),
    )


def test_an_error_tells_where_in_the_algorithm_it_was_raised(fault):
    assert "in execute" in "".join(fault("raise").__cause__.__notes__)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_process_that_is_killed_is_one_clear_error(fault, number):
    assert number.name in str(fault(str(int(number))))


@pytest.fixture
def hanging(engine, run):
    """Start a run that computes in Python for ever; gives what it raises."""
    caught = []

    def script(e):
        e["load"].execute(input_path="tomo", output_dataobj="x")
        e["IsolatedFault"].execute(input_dataobj="x", output_dataobj="y", how="hang")

    def work():
        try:
            run(engine, script, outputs=("y",))
        except BaseException as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    deadline = time.monotonic() + 20
    while not any(p.cpu_times().user > 0.3 for p in workers()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return thread, caught


def test_cancelling_kills_the_process_within_three_seconds(hanging, own_runs):
    thread, caught = hanging
    began = time.monotonic()
    recorded_runs(own_runs)[0].ask_to_cancel()
    thread.join(10)
    assert time.monotonic() - began < 3
    assert isinstance(caught[0], Cancelled)
    assert workers() == []


def test_other_threads_go_on_while_it_computes_in_python(hanging, own_runs):
    thread, _ = hanging
    waits = []
    for _ in range(50):
        began = time.perf_counter()
        time.sleep(0.001)
        waits.append(time.perf_counter() - began)
    recorded_runs(own_runs)[0].ask_to_cancel()
    thread.join(10)
    # Beside a thread that holds the global lock every wake-up takes 5 ms at least.
    assert np.median(waits) < 0.004


def test_an_algorithm_of_a_notebook_crosses_with_what_it_uses(engine, run, stack):
    offset = 17

    def shifted(x):
        return np.asarray(x, np.float32) + offset

    class IsolatedOfANotebook(Algorithm):
        isolated = True

        def execute(self, *, input_dataobj: InStack, output_dataobj: OutStack) -> None:
            self.data[output_dataobj] = shifted(self.data[input_dataobj])

    registry.add(IsolatedOfANotebook)
    engine.data["x"] = stack
    engine["IsolatedOfANotebook"].execute(input_dataobj="x", output_dataobj="y")
    np.testing.assert_array_equal(engine.data["y"], stack.astype(np.float32) + 17)


def test_what_cannot_cross_is_said_before_anything_runs(engine, stack):
    lock = threading.Lock()

    class IsolatedWithALock(Algorithm):
        isolated = True

        def execute(self, *, input_dataobj: InStack, output_dataobj: OutStack) -> None:
            with lock:
                self.data[output_dataobj] = self.data[input_dataobj]

    registry.add(IsolatedWithALock)
    engine.data["x"] = stack
    with pytest.raises(StepFailed, match="cannot be sent to another process"):
        engine["IsolatedWithALock"].execute(input_dataobj="x", output_dataobj="y")


def test_the_plan_counts_the_copies(make_engine, toys, isolated, run, stack):
    name = isolated(toys.ToyWhole).__name__

    def needed(step):
        engine = make_engine(10**9, threads=1)

        def script():
            engine["load"].execute(input_path="tomo", output_dataobj="x")
            engine[step].execute(input_dataobj="x", output_dataobj="y")

        return engine.plan(RunRequest("test", outputs=("y",)), script)["memory"]

    assert needed(name) - needed("whole") == stack.nbytes + 4 * stack.size


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"execute": lambda self, input_dataobj, output_dataobj: None}, "annotate"),
        ({"execute": lambda self: None, "persistence": "save"}, "touches files"),
    ],
)
def test_an_isolated_algorithm_gets_arrays_and_nothing_else(members, told):
    with pytest.raises(DaisyError, match=told):
        registry.add(type("IsolatedInVain", (Algorithm,), {"isolated": True, **members}))


def test_a_process_does_not_outlive_a_killed_engine():
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import test_isolated\n"
        "from daisy_kernel.engines.inprocess import InProcessEngine\n"
        "import numpy as np\n"
        "engine = InProcessEngine()\n"
        "engine.data['x'] = np.ones((2, 2, 2))\n"
        "engine['IsolatedFault'].execute(input_dataobj='x', output_dataobj='y', how='hang')\n"
    )
    engine = subprocess.Popen([sys.executable, "-c", program, str(Path(__file__).parent)])
    try:
        deadline = time.monotonic() + 30
        while not (found := [p for p in workers() if p.ppid() == engine.pid]):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        engine.kill()
        engine.wait()
    _, alive = psutil.wait_procs(found, 10)
    assert alive == []
