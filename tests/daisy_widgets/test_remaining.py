"""How far a run is, in the words of the lab extension."""

import pytest

from daisy_widgets.remaining import Remaining, duration_in_words


def progress(item, done, *, items=2, blocks=10):
    fraction = (item + done / blocks) / items
    return {"item": item, "items": items, "done": done, "blocks": blocks, "fraction": fraction}


def test_the_pace_is_that_of_the_part_in_work_since_somebody_looks():
    remaining = Remaining()
    assert remaining.see(progress(0, 2), 100.0) == "10 %"
    assert remaining.see(progress(0, 3), 100.5) == "15 %"  # too short a time to say anything
    assert remaining.see(progress(0, 4), 104.0) == "20 % · 12 s left in this part"
    assert remaining.see(progress(1, 0), 110.0) == "50 %"
    assert remaining.see(progress(1, 5), 120.0) == "75 % · 10 s left"


def test_a_run_that_starts_anew_is_timed_anew():
    remaining = Remaining()
    remaining.see(progress(0, 8), 0.0)
    assert remaining.see(progress(0, 1), 10.0) == "5 %"
    assert remaining.see(progress(0, 2), 20.0) == "10 % · 1 min 20 s left in this part"


def test_only_what_is_done_is_100_percent():
    assert Remaining().see({**progress(1, 9), "fraction": 0.9999}, 0) == "99 %"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 s"),
        (59.6, "1 min 0 s"),
        (125, "2 min 5 s"),
        (3700, "1 h 1 min"),
        (90000, "1 d 1 h"),
    ],
)
def test_a_time_has_its_two_largest_units(seconds, words):
    assert duration_in_words(seconds) == words
