"""Whom a new SparkContext waits for, with executors that come one after the other."""

import time
from types import SimpleNamespace

import pytest

from daisy_kernel.engines import spark_context
from daisy_kernel.engines.spark_configuration import SparkConfiguration
from daisy_kernel.errors import DaisyError


class Context:
    """What is asked of a SparkContext; its executors come at these times [s]."""

    def __init__(self, *times, master="spark://a:1"):
        self.master, self._times, self._began = master, times, time.monotonic()
        answers = {"getExecutorMemoryStatus": self._status, "isStopped": lambda: False}
        self._jsc = SimpleNamespace(sc=lambda: SimpleNamespace(**answers))

    def count(self):
        passed = time.monotonic() - self._began
        return sum(passed >= at for at in self._times)

    def _status(self):
        return SimpleNamespace(size=lambda: 1 + self.count())  # the driver is among them


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(spark_context, "_STEADY_S", 0.5)
    monkeypatch.setattr(spark_context, "_LOOK_S", 0.01)
    monkeypatch.setattr(spark_context, "REGISTERED_S", 2.0)


def wait(context, **configuration):
    """How many executors there are when waiting ends, and how long it took [s]."""
    began = time.monotonic()
    configuration = SparkConfiguration(context.master, **configuration)
    spark_context._wait_for_executor(context, configuration)
    return context.count(), time.monotonic() - began


def test_executors_that_come_soon_after_the_first_count():
    count, _ = wait(Context(0.1, 0.2, 0.4))
    assert count == 3


def test_those_that_were_asked_for_are_enough():
    count, seconds = wait(Context(0, 0.1), executors=2)
    assert count == 2
    assert seconds < 0.5


def test_without_a_cluster_nobody_is_waited_for():
    _, seconds = wait(Context(master="local[2]"))
    assert seconds < 0.5


def test_those_that_never_stop_coming_do_not_hold_up_the_start():
    count, _ = wait(Context(*(0.2 * n for n in range(100))))
    assert count >= 5


def test_none_at_all_is_said():
    with pytest.raises(DaisyError, match="No worker of spark://a:1 computes for us"):
        wait(Context())
