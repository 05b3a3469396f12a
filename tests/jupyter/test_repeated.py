"""A request that comes again is answered again, and not done again."""

import threading

import pytest

from daisy_kernel.jupyter.repeated import Repeated


@pytest.fixture
def repeated():
    return Repeated(lambda: "this")


@pytest.fixture
def done():
    return []


@pytest.fixture
def work(done):
    def do():
        done.append(1)
        return {"status": "ok", "result": {"number": len(done)}}, ()

    return do


def test_what_carries_no_key_is_done_each_time(repeated, work, done):
    assert [repeated.answer({}, work)[0]["result"]["number"] for _ in range(3)] == [1, 2, 3]


def test_what_carries_a_key_is_done_once(repeated, work, done):
    first = repeated.answer({"daisy_once": "a"}, work)
    assert repeated.answer({"daisy_once": "a", "daisy_again": "this"}, work) == first
    assert repeated.answer({"daisy_once": "b"}, work) != first
    assert len(done) == 2


def test_what_was_lost_on_its_way_is_done_when_it_comes_again(repeated, work, done):
    assert repeated.answer({"daisy_once": "a", "daisy_again": "this"}, work)[0]["status"] == "ok"
    assert len(done) == 1


def test_what_was_sent_to_a_process_that_is_gone_is_refused(repeated, work, done):
    told, _ = repeated.answer({"daisy_once": "a", "daisy_again": "former"}, work)
    assert told["error"]["kind"] == "ConnectionLost"
    assert "restarted" in told["error"]["message"]
    assert done == []


def test_what_comes_again_while_it_is_done_waits_for_the_one_answer(repeated, work, done):
    begun, go_on, answers = threading.Event(), threading.Event(), []

    def slow():
        begun.set()
        go_on.wait(10)
        return work()

    def ask():
        answers.append(repeated.answer({"daisy_once": "a"}, slow))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    go_on.set()
    for thread in threads:
        thread.join()
    assert answers[0] == answers[1]
    assert len(done) == 1


def test_only_so_many_answers_are_kept(repeated, work, done):
    for number in range(300):
        repeated.answer({"daisy_once": str(number)}, work)
    repeated.answer({"daisy_once": "299", "daisy_again": "this"}, work)
    assert len(done) == 300
