"""A block on a worker: what is told, what is repeated, and when it is left alone."""

import errno
import pickle

import pytest
from elsewhere import Accumulator, Broadcast

from daisy_kernel.engines.provenance import installed_versions
from daisy_kernel.engines.spark_task import BlockTask, Deliveries, Told, may_pass
from daisy_kernel.errors import DaisyError, DiskFull, FileProblem, OutOfBudget, StepFailed


def wrapped(error):
    """As a step wraps what it meets."""
    try:
        raise StepFailed("step 'x' failed") from error
    except StepFailed as failed:
        return failed


def in_a_handler(error):
    """Raised while another error was handled."""
    try:
        try:
            raise error
        except type(error):
            raise ValueError("no more can be done")  # noqa: B904 - that is what is tried
    except ValueError as raised:
        return raised


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EIO, "Input/output error"),
        OSError(errno.ESTALE, "Stale file handle"),
        BlockingIOError(errno.EAGAIN, "Unable to lock file"),
        MemoryError(),
        wrapped(MemoryError("no room for 3 GB")),
        wrapped(OSError(errno.EIO, "Input/output error")),
        wrapped(wrapped(TimeoutError(errno.ETIMEDOUT, "Connection timed out"))),
        in_a_handler(OSError(errno.EIO, "Input/output error")),
    ],
)
def test_what_the_machine_did_may_pass(error):
    assert may_pass(error)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        OSError(errno.EFBIG, "File too large"),
        PermissionError(errno.EACCES, "Permission denied"),
        FileNotFoundError(errno.ENOENT, "No such file or directory"),
        wrapped(OSError(errno.ENOSPC, "No space left on device")),
        ValueError("1 flat pixel is darker than the darks"),
        wrapped(ValueError("no axis found")),
        StepFailed("step 'x' made nothing"),
        FileProblem("the frames have different shapes"),
        DiskFull("no room"),
        OutOfBudget("needs 3 GB, but the budget is 2 GB"),
        wrapped(OutOfBudget("needs 3 GB, but the budget is 2 GB")),
        OSError("without a number"),
    ],
)
def test_what_would_come_again_is_not_repeated(error):
    assert not may_pass(error)


class Work:
    """Doubles the first number of a block; fails as told."""

    def __init__(self, fail_in=None, error=None, stop=None):
        self.fail_in, self.error, self.stop = fail_in, error, stop

    def compute(self, lo, hi, log):
        log("info", f"block {lo}")
        if self.stop is not None:
            self.stop.touch()
        if self.fail_in == "compute":
            raise self.error
        return 2 * lo

    def store(self, lo, hi, result):
        if self.fail_in == "store":
            raise self.error
        return result


@pytest.fixture
def attempt(tmp_path):
    """Attempt a block: what was told, and whether the job is to stop."""

    def perform(work, stage="a", block=(3, 5), theirs=None):
        told = Accumulator([], Deliveries())
        stop = tmp_path / "stop"
        content = pickle.dumps(installed_versions() | (theirs or {})) + pickle.dumps(work)
        BlockTask(f"{tmp_path} {stage}", Broadcast(content), told, stop)(block)
        return told.value, stop.exists()

    return perform


def test_what_is_stored_is_told_with_the_lines_of_the_log(attempt):
    assert attempt(Work()) == ([Told(3, 5, 6, (("info", "block 3"),))], False)


@pytest.mark.parametrize("moment", ["compute", "store"])
def test_an_error_of_the_data_is_told_and_stops_the_others(attempt, moment):
    (told,), stops = attempt(Work(moment, ValueError("no axis found")))
    assert stops
    assert told.stored is None
    assert told.lines == (("info", "block 3"),)
    with pytest.raises(ValueError, match="no axis found"):
        raise told.error.rebuilt("There")


@pytest.mark.parametrize("moment", ["compute", "store"])
def test_an_error_of_the_machine_is_left_to_spark(attempt, tmp_path, moment):
    with pytest.raises(OSError, match="Input/output"):
        attempt(Work(moment, OSError(errno.EIO, "Input/output error")))
    assert not (tmp_path / "stop").exists()


def test_after_a_stop_nothing_is_computed(attempt, tmp_path):
    (tmp_path / "stop").touch()
    assert attempt(Work("compute", AssertionError("computed"))) == ([], True)


def test_a_block_whose_error_was_lost_tells_it_again_and_the_others_are_left_alone(attempt):
    first, _ = attempt(Work("compute", ValueError("no axis found")))
    again, _ = attempt(Work("compute", ValueError("no axis found")))
    assert [told.error.rebuilt("").args for told in (*first, *again)] == [("no axis found",)] * 2
    assert attempt(Work(), block=(5, 7)) == ([], True)


def test_what_was_computed_before_a_stop_is_not_stored(attempt, tmp_path):
    work = Work("store", AssertionError("stored"), tmp_path / "stop")
    assert attempt(work) == ([], True)


def test_the_work_is_unpacked_once_per_stage(attempt):
    assert attempt(Work(), "one")[0][0].stored == 6
    broken = Work("compute", ValueError("this is another stage"))
    assert attempt(broken, "one")[0][0].error is None
    assert attempt(broken, "two")[0][0].error is not None


class OfAnotherDaisy:
    """Can be packed and not unpacked."""

    def __reduce__(self):
        return pickle.loads, (b"",)


@pytest.mark.parametrize("work", [Work("compute", AssertionError("computed")), OfAnotherDaisy()])
def test_a_machine_with_other_versions_that_came_later_computes_nothing(attempt, work):
    for _ in range(2):  # is not computed at the second attempt either
        (told,), stops = attempt(work, theirs={"numpy": "1.26.0"})
        assert stops
        with pytest.raises(DaisyError, match="other versions than this process") as raised:
            raise told.error.rebuilt("There")
        assert ["numpy", "1.26.0"] in [line.split()[:2] for line in str(raised.value).splitlines()]


def test_deliveries_are_gathered_on_a_worker_and_handed_on_in_the_engine():
    taken = []
    here = Deliveries(taken.append)
    there = pickle.loads(pickle.dumps(here))
    told = there.addInPlace(there.zero([]), [Told(0, 1, "a", ())])
    assert taken == []
    assert here.addInPlace([], told) == []
    assert [one.stored for one in taken] == ["a"]
