"""Errors arrive from another process as what they were, with their traceback."""

import pickle
import traceback

import pytest

from daisy_kernel.engines.crossing_errors import crossing
from daisy_kernel.errors import DaisyError, StepFailed, UnknownName


class Awkward(Exception):
    """Can be pickled, but not unpickled: its arguments are not those of its class."""

    def __init__(self, first, second):
        super().__init__(f"{first} and {second}")


class Unsendable(ValueError):
    """Holds what cannot be pickled."""

    def __init__(self, message):
        super().__init__(message)
        self.held = lambda: None


def sent(error):
    """The error, after it went through bytes."""
    try:
        raise error
    except Exception as raised:
        there = crossing(raised)
    return pickle.loads(pickle.dumps(there)).rebuilt("On a worker, block 3 to 5")


@pytest.mark.parametrize(
    "error",
    [
        ValueError("too few angles"),
        StepFailed("step 'x' failed"),
        UnknownName("view", "a", ["b"]),
        FileNotFoundError(2, "No such file or directory", "scan.h5"),
    ],
)
def test_an_error_stays_what_it_was(error):
    found = sent(error)
    assert type(found) is type(error)
    assert str(found) == str(error)


def test_its_traceback_comes_as_a_note():
    text = "".join(traceback.format_exception(sent(ValueError("too few angles"))))
    assert "On a worker, block 3 to 5:" in text
    assert "raise error" in text
    assert "test_crossing_errors.py" in text


def test_the_traceback_names_the_cause_too():
    try:
        try:
            raise ZeroDivisionError("by nothing")
        except ZeroDivisionError as cause:
            raise StepFailed("step 'x' failed") from cause
    except StepFailed as raised:
        found = crossing(raised).rebuilt("There")
    assert "ZeroDivisionError: by nothing" in found.__notes__[0]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (Awkward("this", "that"), "Awkward: this and that"),
        (Unsendable("too few angles"), "too few angles"),
    ],
)
def test_what_cannot_be_sent_comes_as_its_message(error, message):
    found = sent(error)
    assert type(found) is DaisyError
    assert str(found) == message
    assert "raise error" in found.__notes__[0]
