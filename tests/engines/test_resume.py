"""A killed run leaves nothing half-written, goes on where it stopped, and gives the same bits."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import h5py
import killable
import numpy as np
import pytest

from daisy_kernel.engines.run_folder import RunFolder
from daisy_kernel.engines.verification import verify
from daisy_kernel.errors import DaisyError

KILLS = 10
SHAPE = (10, 24, 12)
LET_THROUGH = 3
HELD = f"""
import itertools, sys, time
sys.path.insert(0, {str(Path(killable.__file__).parent)!r})
import killable, toy_algorithms

pair_rows, count = toy_algorithms.pair_rows, itertools.count()


def held(x):
    while next(count) >= {LET_THROUGH}:
        time.sleep(600)
    return pair_rows(x)


toy_algorithms.pair_rows = held
killable.main()
"""
"""As the program `killable`, but of the last stage so many blocks are finished and no more."""


@pytest.fixture(scope="module")
def big_scan(tmp_path_factory):
    path = tmp_path_factory.mktemp("scan") / "scan.h5"
    with h5py.File(path, "w") as file:
        file["tomo"] = np.random.default_rng(6).integers(0, 999, SHAPE).astype(np.uint16)
    return path


@contextmanager
def _started(*program):
    """Start the workflow in a process of its own; returns its pid at once."""
    with subprocess.Popen([sys.executable, *program], stdin=-1, stdout=-1, text=True) as server:

        def run(output, runs):
            server.stdin.write(f"{output} {runs}\n")
            server.stdin.flush()
            return int(server.stdout.readline())

        yield run
        server.stdin.close()


@pytest.fixture(scope="module")
def start(big_scan):
    with _started(killable.__file__, big_scan, "killable") as run:
        yield run


@pytest.fixture(scope="module")
def start_held(big_scan):
    """As `start`, but it stays in the middle of the last stage."""
    with _started("-c", HELD, big_scan, "killable") as run:
        yield run


@pytest.fixture(scope="module")
def expected(big_scan, tmp_path_factory):
    """Datasets of a run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("expected")
    session = killable.open_session(folder / "runs")
    session.run(
        killable.DOCUMENT, scan=big_scan, output=folder / "out.h5", memory=killable.MEMORY
    ).wait(60)
    return _datasets(folder / "out.h5")


def _datasets(path):
    with h5py.File(path) as file:
        return {name: file[name][()] for name in ("y", "s")}


def _only_folder(runs):
    return RunFolder(next(runs.glob("*/run.json")).parent)


def _wait_for(condition, timeout=20):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def _kill(pid):
    os.kill(pid, signal.SIGKILL)
    _wait_for(lambda: not Path(f"/proc/{pid}").exists())


def _check(path, expected):
    found = _datasets(path)
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values)


@pytest.fixture(scope="module")
def reused():
    """How many blocks each resumed run used again."""
    return []


def test_the_expected_result_is_what_plain_numpy_gives(expected, toys, big_scan):
    with h5py.File(big_scan) as file:
        slow = toys.scale(file["tomo"][()], 3)
    np.testing.assert_array_equal(expected["s"], slow)
    np.testing.assert_array_equal(expected["y"], toys.scale(toys.pair_rows(toys.phase(slow)), 3))


@pytest.mark.parametrize("moment", range(KILLS))
def test_a_run_killed_at_any_moment_resumes_to_the_same_bits(
    moment, start, tmp_path, expected, reused
):
    output, runs = tmp_path / "out.h5", tmp_path / "runs"
    pid = start(output, runs)
    _wait_for(lambda: list(runs.glob("*/run.json")))
    folder = _only_folder(runs)
    n_blocks = random.Random(moment).randint(0, 25)
    _wait_for(lambda: len(_journal(folder)) >= n_blocks or not Path(f"/proc/{pid}").exists())
    time.sleep(random.Random(moment).random() * 0.02)
    _kill(pid) if Path(f"/proc/{pid}").exists() else None
    session = killable.open_session(runs)
    run = next(iter(session.runs.values()))
    if run.state == "done":
        _check(output, expected)
        return
    assert run.state == "interrupted"
    if output.exists():  # the kill came between the commit and the end
        _check(output, expected)
    with pytest.raises(DaisyError, match="interrupted"):
        run.wait(1)
    run.resume().wait(30)
    _check(output, expected)
    lines = [line for line in run.log if "finished blocks were reused" in line]
    reused += [int(line.split()[0]) for line in lines]
    assert [event["n"] for event in run.events()] == list(range(len(run.events())))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.h5", "runs"]
    assert not folder.parts.exists()


def test_finished_blocks_were_used_again(reused):
    assert sum(reused) >= KILLS


def _journal(folder):
    file = folder.path / "journal.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    return [line for line in lines if '"lo"' in line]  # the others say where blocks go


def _kill_in_the_last_stage(start_held, tmp_path):
    output, runs = tmp_path / "out.h5", tmp_path / "runs"
    pid = start_held(output, runs)
    try:
        _wait_for(lambda: list(runs.glob("*/run.json")))
        folder = _only_folder(runs)
        _wait_for(lambda: _blocks_per_stage(folder)[2:] == [LET_THROUGH])
    finally:
        _kill(pid)
    return output, folder


def _blocks_per_stage(folder):
    return [len(blocks) for blocks in folder.journal.read().blocks.values()]


def test_a_block_that_was_damaged_after_the_kill_is_computed_again(start_held, tmp_path, expected):
    output, folder = _kill_in_the_last_stage(start_held, tmp_path)
    part = next(tmp_path.glob(".out.h5.*.part"))
    with h5py.File(part, "r+") as file:
        file["y"][:, 0:2] = 7
    found = verify(folder)
    assert {(d.block.path, d.block.dataset) for d in found.damages} == {(part, "y")}
    assert all(d.block.start[1] < 2 for d in found.damages)
    assert found.n_blocks > len(found.damages)
    session = killable.open_session(folder.path.parent)
    run = next(iter(session.runs.values())).resume().wait(30)
    _check(output, expected)
    assert any("finished blocks were reused" in line for line in run.log)


def test_a_journal_cut_short_by_the_kill_costs_one_block_only(start_held, tmp_path, expected):
    output, folder = _kill_in_the_last_stage(start_held, tmp_path)
    for name in ("journal.jsonl", "events.jsonl"):
        file = folder.path / name
        file.write_bytes(file.read_bytes()[:-9])
    session = killable.open_session(folder.path.parent)
    run = next(iter(session.runs.values()))
    before = len(_journal(folder))
    run.resume().wait(30)
    _check(output, expected)
    line = next(line for line in run.log if "finished blocks were reused" in line)
    assert int(line.split()[0]) == before - 1
    assert [event["n"] for event in run.events()] == list(range(len(run.events())))


def test_a_kill_between_the_commit_and_the_end_is_no_obstacle(start, tmp_path, expected):
    output, runs = tmp_path / "out.h5", tmp_path / "runs"
    pid = start(output, runs)
    _wait_for(lambda: not Path(f"/proc/{pid}").exists())
    folder = _only_folder(runs)
    folder.write(replace(folder.read(), state="running"))
    run = next(iter(killable.open_session(runs).runs.values()))
    assert run.state == "interrupted"
    run.resume().wait(30)
    _check(output, expected)


def test_an_output_of_somebody_else_is_not_replaced_on_resuming(start_held, tmp_path, expected):
    output, folder = _kill_in_the_last_stage(start_held, tmp_path)
    output.write_bytes(b"precious")
    run = next(iter(killable.open_session(folder.path.parent).runs.values()))
    with pytest.raises(DaisyError, match="already there"):
        run.resume().wait(30)
    assert output.read_bytes() == b"precious"


def test_the_intermediate_file_being_gone_is_no_obstacle(start_held, tmp_path, expected):
    output, folder = _kill_in_the_last_stage(start_held, tmp_path)
    lost = list(folder.parts.glob(".*.part"))
    for part in lost:
        part.unlink()
    found = verify(folder)
    assert {d.block.path for d in found.damages} == set(lost)
    assert {d.fault for d in found.damages} == {"the file is gone"}
    session = killable.open_session(folder.path.parent)
    next(iter(session.runs.values())).resume().wait(30)
    _check(output, expected)


def test_an_input_that_was_replaced_after_the_kill_gives_the_new_result(
    start_held, tmp_path, expected, big_scan
):
    output, folder = _kill_in_the_last_stage(start_held, tmp_path)
    os.utime(big_scan, ns=(time.time_ns(), time.time_ns()))
    session = killable.open_session(folder.path.parent)
    run = next(iter(session.runs.values())).resume().wait(30)
    _check(output, expected)
    assert not any("finished blocks were reused" in line for line in run.log)
