"""The worker of a panel: newest wins, one at a time, nothing on the thread that asks."""

import threading
import time

import pytest

from daisy_widgets.jobs import Jobs


@pytest.fixture
def jobs():
    made = Jobs()
    yield made
    made.close()
    assert made.wait(10)


def unexpected(result):
    pytest.fail(f"{result!r} was delivered")


def test_work_and_result_are_on_one_thread_that_is_not_the_one_that_asks(jobs):
    threads = []
    results = []

    def work():
        threads.append(threading.current_thread())
        return 42

    def done(result):
        threads.append(threading.current_thread())
        results.append(result)

    jobs.ask("key", work, done, unexpected)
    jobs.ask("another", work, done, unexpected)

    assert jobs.wait(10)
    assert results == [42, 42]
    assert len(set(threads)) == 1
    assert threads[0] is not threading.current_thread()


def test_asking_returns_while_the_work_goes_on(jobs):
    goes_on, may_end, results = threading.Event(), threading.Event(), []

    def work():
        goes_on.set()
        return may_end.wait(10)

    jobs.ask("key", work, results.append, unexpected)

    assert goes_on.wait(10)
    assert results == []
    may_end.set()
    assert jobs.wait(10)
    assert results == [True]


def test_the_newest_of_a_key_wins_over_waiting_and_working_ones(jobs):
    goes_on, may_end, done_work, results = threading.Event(), threading.Event(), [], []

    def slow():
        goes_on.set()
        may_end.wait(10)
        done_work.append("slow")
        return "slow"

    def quick(name):
        done_work.append(name)
        return name

    jobs.ask("plane", slow, unexpected, unexpected)
    assert goes_on.wait(10)
    for number in range(20):
        jobs.ask("plane", lambda number=number: quick(number), results.append, unexpected)
    jobs.ask("other", lambda: quick("other"), results.append, unexpected)
    may_end.set()

    assert jobs.wait(10)
    assert done_work == ["slow", 19, "other"]
    assert results == [19, "other"]


def test_errors_of_work_and_of_showing_are_told_and_the_next_job_is_done(jobs, caplog):
    told, results = [], []

    def fails(*_):
        raise ValueError("no")

    jobs.ask("a", fails, unexpected, told.append)
    jobs.ask("b", lambda: 1, fails, told.append)
    jobs.ask("c", fails, unexpected, fails)
    jobs.ask("d", lambda: 2, results.append, unexpected)

    assert jobs.wait(10)
    assert [str(error) for error in told] == ["no", "no"]
    assert results == [2]
    assert caplog.text.count("could not show what went wrong (c)") == 1


def test_a_later_job_lets_others_pass_and_can_be_forgotten(jobs):
    order = []
    begun = time.monotonic()
    jobs.ask("late", lambda: "late", order.append, unexpected, after_s=0.3)
    jobs.ask("never", lambda: "never", unexpected, unexpected, after_s=60)
    jobs.ask("now", lambda: "now", order.append, unexpected)
    jobs.forget("never")

    assert jobs.wait(10)
    assert order == ["now", "late"]
    assert time.monotonic() - begun >= 0.3


def test_a_job_may_ask_for_itself_again(jobs):
    seen = []

    def look(number):
        seen.append(number)
        if number < 5:
            jobs.ask("look", lambda: number + 1, look, unexpected, after_s=0.001)

    jobs.ask("look", lambda: 0, look, unexpected)

    assert jobs.wait(10)
    assert seen == [0, 1, 2, 3, 4, 5]


def test_one_thread_does_what_is_asked_soon_after(jobs):
    # The allocator keeps for each thread what it has freed: a thread per plane makes a kernel grow.
    threads = []
    for _ in range(5):
        jobs.ask("key", threading.current_thread, threads.append, unexpected)
        assert jobs.wait(10)
        time.sleep(0.02)
    assert len(set(threads)) == 1


@pytest.mark.parametrize("is_closed", [False, True], ids=["unused", "closed"])
def test_the_thread_ends(monkeypatch, is_closed):
    monkeypatch.setattr("daisy_widgets.jobs._LINGER_S", 60 if is_closed else 0.05)
    jobs, threads = Jobs(), []
    jobs.ask("key", threading.current_thread, threads.append, unexpected)
    assert jobs.wait(10)
    if is_closed:
        jobs.close()
    threads[0].join(10)
    assert not threads[0].is_alive()


def test_the_thread_comes_back_after_its_end(jobs, monkeypatch):
    monkeypatch.setattr("daisy_widgets.jobs._LINGER_S", 0)
    threads = []
    for _ in range(3):
        jobs.ask("key", threading.current_thread, threads.append, unexpected)
        assert jobs.wait(10)
        threads[-1].join(10)
    assert len(set(threads)) == 3


def test_after_closing_nothing_is_delivered():
    jobs, goes_on, may_end = Jobs(), threading.Event(), threading.Event()

    def work():
        goes_on.set()
        return may_end.wait(10)

    jobs.ask("a", work, unexpected, unexpected)
    jobs.ask("b", lambda: 1, unexpected, unexpected)
    assert goes_on.wait(10)
    jobs.close()
    may_end.set()
    jobs.ask("c", lambda: 1, unexpected, unexpected)
    assert jobs.wait(10)
