"""A run stops within three seconds, whatever its threads are doing."""

import signal
import subprocess
import sys
import threading
import time
from typing import Annotated

import numpy as np
import pytest

from daisy_kernel import Algorithm, Input, Output, registry
from daisy_kernel.engines.run_folder import RunFolder, find_run, recorded_runs
from daisy_kernel.errors import Cancelled

LIMIT_S = 3.0


@registry.add
class ToyHangWhole(Algorithm):
    """A step on whole arrays that takes long."""

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
    ) -> None:
        slow = registry.algorithms.get("ToySlow")
        slow.started.set()
        slow.release.wait(30)
        self.data[output_dataobj] = self.data[input_dataobj]


def _hang_in_blocks(e):
    e["load"].execute(input_path="tomo", output_dataobj="x")
    e["slow"].execute(input_dataobj="x", output_dataobj="y", hang=True)
    e["save"].execute(input_dataobj="y", output_path="y")


def _hang_in_a_whole_step(e):
    e["load"].execute(input_path="tomo", output_dataobj="x")
    e["ToyHangWhole"].execute(input_dataobj="x", output_dataobj="y")
    e["save"].execute(input_dataobj="y", output_path="y")


def _hang_between_stages(e):
    e["load"].execute(input_path="tomo", output_dataobj="x")
    e["phase"].execute(input_dataobj="x", output_dataobj="p")
    e["slow"].execute(input_dataobj="p", output_dataobj="y", hang=True)
    e["save"].execute(input_dataobj="y", output_path="y")


@pytest.fixture
def once_started(toys):
    """Do something in another thread as soon as a block is in work; tells when."""
    toys.ToySlow.started.clear()
    toys.ToySlow.release.clear()
    threads, when = [], []

    def do(action):
        def wait():
            assert toys.ToySlow.started.wait(10)
            time.sleep(0.05)
            when.append(time.monotonic())
            action()

        threads.append(threading.Thread(target=wait))
        threads[-1].start()
        return when

    yield do
    for thread in threads:
        thread.join()
    toys.ToySlow.release.set()


@pytest.mark.parametrize("script", [_hang_in_blocks, _hang_in_a_whole_step, _hang_between_stages])
def test_a_cancelled_run_stops_while_its_threads_are_busy(
    make_engine, run, once_started, own_runs, left_over, script
):
    engine = make_engine(8_000 if script is _hang_between_stages else 10**9)
    when = once_started(lambda: recorded_runs(own_runs)[0].ask_to_cancel())
    with pytest.raises(Cancelled):
        run(engine, script)
    assert time.monotonic() - when[0] < LIMIT_S
    folder = recorded_runs(own_runs)[0]
    assert folder.read().state == "cancelled"
    assert folder.read().finished is not None
    assert left_over() == []
    assert not folder.parts.exists()
    assert list(engine.data) == []


def test_what_the_threads_compute_after_the_end_is_not_used(
    make_engine, run, once_started, own_runs, left_over, toys
):
    once_started(lambda: recorded_runs(own_runs)[0].ask_to_cancel())
    events = []
    with pytest.raises(Cancelled):
        run(make_engine(observers=[events.append]), _hang_in_blocks)
    toys.ToySlow.release.set()
    time.sleep(0.2)
    assert events[-1].data == {"state": "cancelled"}
    assert not recorded_runs(own_runs)[0].journal.read().blocks
    assert left_over() == []


@pytest.mark.parametrize("script", [_hang_in_blocks, _hang_in_a_whole_step])
def test_ctrl_c_stops_a_run_and_the_next_one_works(
    engine, run, once_started, own_runs, left_over, read, output, toys, stack, script
):
    when = once_started(lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        run(engine, script)
    assert time.monotonic() - when[0] < LIMIT_S
    assert recorded_runs(own_runs)[0].read().state == "cancelled"
    assert left_over() == []
    toys.ToySlow.release.set()
    run(engine, script)
    assert read(output, "y").shape == stack.shape


def test_a_run_can_be_cancelled_from_another_process(make_engine, run, once_started, own_runs):
    program = (
        "import sys; from pathlib import Path\n"
        "from daisy_kernel.engines.run_folder import find_run\n"
        "find_run(Path(sys.argv[1]), sys.argv[2]).ask_to_cancel()"
    )

    def cancel():
        run_id = recorded_runs(own_runs)[0].read().id
        subprocess.run([sys.executable, "-c", program, own_runs, run_id[:-2]], check=True)

    once_started(cancel)
    with pytest.raises(Cancelled):
        run(make_engine(), _hang_in_blocks)


def test_the_first_error_stops_the_other_blocks(make_engine, run, toys, own_runs):
    done = []

    @registry.add
    class ToyFailLate(Algorithm):
        along = ("angle",)

        def execute(
            self,
            *,
            input_dataobj: Annotated[str, Input("angle", "row", "col")],
            output_dataobj: Annotated[str, Output("angle", "row", "col")],
        ) -> None:
            x = self.data[input_dataobj]
            if x[0, 0, 0] >= 2:
                raise ValueError("enough")
            done.append(x)
            self.data[output_dataobj] = x

    engine = make_engine(100_000, threads=1)
    engine.data["x"] = np.arange(60)[:, None, None] * np.ones((60, 20, 20))
    with pytest.raises(Exception, match="enough"):
        run(engine, lambda e: e["ToyFailLate"].execute(input_dataobj="x", output_dataobj="y"),
            outputs=("y",))  # fmt: skip
    assert len(done) <= 2


def test_a_queued_run_that_is_found_by_the_beginning_of_its_id(make_engine, run, own_runs):
    record = run(make_engine(), lambda e: None)
    assert find_run(own_runs, record.id[:-3]).path.name == record.id
    with pytest.raises(KeyError, match="Known"):
        find_run(own_runs, "")
    with pytest.raises(KeyError, match=record.id):
        find_run(own_runs, record.id + "0")
    assert isinstance(find_run(own_runs, record.id), RunFolder)
