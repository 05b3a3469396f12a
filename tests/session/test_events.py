"""Events of the whole kernel: numbered in one order, told and held for a while."""

import threading

import numpy as np
import pytest

from daisy_kernel.session import events


@pytest.fixture
def told(service):
    found = []
    service.events.observers.append(found.append)
    return found


def _changes(found):
    return [(e.data["change"], e.data["name"]) for e in found if e.kind == "object"]


def test_objects_that_come_change_and_go_are_told(store, told):
    store.put("a", np.zeros((2, 3), "f4"), ("y", "x"))
    store["a"] = 1
    del store["a"]
    assert _changes(told) == [("added", "a"), ("changed", "a"), ("removed", "a")]
    assert [e.data["object"] and e.data["object"]["shape"] for e in told] == [[2, 3], [], None]
    assert [(e.run, e.n, e.kernel_n) for e in told] == [("", n, n) for n in range(3)]


def test_runs_and_objects_have_one_order(session, told, slow, scan, tmp_path):
    runs = [session.run(slow, scan=scan, output=tmp_path / f"{i}.h5") for i in range(2)]
    for run in runs:
        run.wait(20)
    answer = session.transport.call("kernel.events", {})[0]
    held = answer["events"]
    assert [e["kernel_n"] for e in held] == list(range(len(held)))
    assert [e.kernel_n for e in told] == list(range(len(told)))
    for run in runs:
        own = [{k: v for k, v in e.items() if k != "kernel_n"} for e in held if e["run"] == run.id]
        assert own == run.events()
    assert ("added", "y") in _changes(told)
    assert ("changed", "y") in _changes(told)


def test_nothing_is_missed_however_small_the_pieces(service, store):
    for number in range(25):
        store[f"x{number}"] = number
    found, since, more = [], 3, True
    while more:
        answer, _ = service.call("kernel.events", {"since": since, "limit": 4})
        found += [e["kernel_n"] for e in answer["events"]]
        since, more = answer["next"], answer["more"]
    assert found == list(range(3, 25))
    again, _ = service.call("kernel.events", {"since": since})
    assert (again["events"], again["next"], again["first"]) == ([], 25, 0)
    assert again["instance"] == service.call("kernel.describe", {})[0]["instance"]


def test_old_events_are_let_go_and_that_is_told(store, own_runs, monkeypatch):
    monkeypatch.setattr(events, "MAX_EVENTS", 10)
    feed = events.EventFeed(store)
    for number in range(25):
        store["x"] = number
    answer = feed.since(events.AskKernelEvents(0))
    assert (answer.first, answer.next, len(answer.events)) == (15, 25, 10)


def test_a_broken_observer_stops_nobody(service, store, told):
    def broken(event):
        raise RuntimeError("gone")

    service.events.observers.insert(0, broken)
    with pytest.warns(UserWarning, match="gone"):
        store["a"] = 1
    store["b"] = 1
    assert _changes(told) == [("added", "a"), ("added", "b")]


def test_threads_that_put_at_once_leave_no_gap(store, told):
    def work(k):
        for i in range(50):
            store[f"x{k}"] = i

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [e.kernel_n for e in told] == list(range(200))
    assert [e.n for e in told] == list(range(200))
