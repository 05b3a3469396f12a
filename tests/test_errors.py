"""Errors say what to do, and survive the way to another process."""

import pickle

import pytest

from daisy_kernel import errors


def test_an_unknown_name_is_answered_with_the_nearest():
    error = errors.UnknownName("algorithm", "Normalise", ["Normalize", "MinusLog"])
    assert str(error) == (
        "No algorithm is called 'Normalise'. Did you mean 'Normalize'? Known: MinusLog, Normalize."
    )
    assert isinstance(error, KeyError)


@pytest.mark.parametrize(
    "error",
    [errors.UnknownName("run", "a", ["b"]), errors.StepFailed("no"), errors.DiskFull("full")],
    ids=lambda e: type(e).__name__,
)
def test_errors_cross_processes(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
