"""The data store: names to data objects."""

import threading

import numpy as np
import pytest

from daisy_kernel.contracts.reference import Reference
from daisy_kernel.datastore import ArrayReference, DataStore, process_store, sliceable
from daisy_kernel.errors import DaisyError, UnknownName


class Untouchable:
    """A reference that must not be read."""

    shape, dtype = (10**6, 10**6), np.dtype(np.float32)

    def read(self, selection):
        raise AssertionError(f"{selection} was read")

    def identity(self):
        return {}

    def dear_axes(self):
        return ()


@pytest.fixture
def store():
    return DataStore()


def test_an_array_comes_back_as_it_is(store):
    array = np.arange(6).reshape(2, 3)
    store["x"] = array
    assert store["x"] is array
    assert store.object("x").kind == "array"


@pytest.mark.parametrize("value", [1, 2.5, True, 1j, [1, 2], [[1.0], [2.0]], np.float32(3)])
def test_numbers_and_lists_become_arrays(store, value):
    store["x"] = value
    np.testing.assert_array_equal(store["x"], value)
    assert isinstance(store["x"], np.ndarray)


@pytest.mark.parametrize("value", ["text", None, {"a": 1}, [None], ["a"], np.datetime64("2026")])
def test_anything_but_numbers_is_refused_by_name(store, value):
    with pytest.raises(DaisyError, match="'odd'"):
        store["odd"] = value
    assert "odd" not in store


def test_a_newer_object_replaces_the_older_one_and_readers_keep_theirs(store):
    store["x"] = np.zeros(3)
    held = store.object("x")
    store["x"] = np.ones(4)
    assert held.read().sum() == 0
    assert store["x"].sum() == 4
    assert list(store) == ["x"]


def test_an_unknown_name_is_answered_with_the_nearest(store):
    store["projections"] = 1
    for attempt in (lambda: store["projection"], lambda: store.__delitem__("projection")):
        with pytest.raises(UnknownName, match="Did you mean 'projections'") as caught:
            attempt()
        assert isinstance(caught.value, KeyError)
    assert store.get("projection") is None


def test_axes_must_fit_the_shape(store):
    store.put("x", np.ones((2, 3)), ("row", "col"))
    assert store.object("x").spec.axes == ("row", "col")
    assert store.object("x").spec.length("col") == 3
    with pytest.raises(DaisyError, match=r"\(2, 3\)"):
        store.put("x", np.ones((2, 3)), ("row",))


def test_nothing_is_read_unless_it_is_asked_for(store):
    store.put("huge", Untouchable())
    assert isinstance(store.object("huge").value, Reference)
    assert "huge" in store
    assert len(store) == 1
    assert list(store.objects()) == list(store.keys()) == ["huge"]
    assert store.object("huge").spec.nbytes == 4 * 10**12
    del store["huge"]
    store.put("huge", Untouchable())
    store.clear()
    assert "huge" not in store


def test_listeners_hear_of_every_change(store):
    heard = []
    store.listeners.append(lambda what, name: heard.append((what, name)))
    store["a"] = 1
    store["a"] = 2
    del store["a"]
    assert heard == [("added", "a"), ("changed", "a"), ("removed", "a")]


def test_several_threads_may_use_it(store):
    def work(k):
        for i in range(200):
            store[f"x{k}"] = i
            assert list(store)
            assert store[f"x{k}"] == i
            del store[f"x{k}"]

    errors = []
    threading.excepthook, original = errors.append, threading.excepthook
    try:
        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        threading.excepthook = original
    assert errors == []
    assert list(store) == []


def test_the_process_has_one_store():
    assert process_store() is process_store()


def test_an_array_can_be_read_like_a_reference():
    array = np.arange(12).reshape(3, 4)
    reference = sliceable(array)
    assert isinstance(reference, ArrayReference)
    assert isinstance(reference, Reference)
    assert (reference.shape, reference.dtype) == ((3, 4), array.dtype)
    np.testing.assert_array_equal(reference.read((slice(1, 2), slice(0, 4))), array[1:2])
    untouchable = Untouchable()
    assert sliceable(untouchable) is untouchable


@pytest.mark.parametrize("selection", [None, (slice(0, 1), slice(1, 3))])
def test_a_part_of_an_object_is_the_part_of_the_array(store, selection):
    array = np.arange(6).reshape(2, 3)
    store.put("array", array)
    store.put("reference", ArrayReference(array))
    expected = array if selection is None else array[selection]
    for name in ("array", "reference"):
        np.testing.assert_array_equal(store.object(name).read(selection), expected)
