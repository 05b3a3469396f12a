"""Arrays that come in pieces: complete or not there."""

import numpy as np
import pytest

from daisy_kernel.errors import InvalidParameter, OutOfBudget
from daisy_kernel.session import DirectTransport, Service, Session, session, uploads
from daisy_kernel.session.uploads import Uploads

ARRAY = np.arange(30, dtype="<f4").reshape(5, 6)


@pytest.fixture
def put(service):
    def send(start, stop, **other):
        asked = {"name": "x", "shape": [5, 6], "dtype": "<f4", "axes": ["y", "x"], "upload": "u"}
        piece = ARRAY.tobytes()[start:stop]
        return service.call("objects.put", {**asked, "offset": start, **other}, [piece])[0]

    return send


def test_an_object_is_there_once_its_last_piece_has_come(put, store):
    assert put(0, 50) == {"received": 50, "nbytes": 120, "object": None}
    assert put(50, 119)["object"] is None
    assert "x" not in store
    done = put(119, 120)
    assert (done["received"], done["object"]["axes"]) == (120, ["y", "x"])
    np.testing.assert_array_equal(store["x"], ARRAY)


def test_a_piece_whose_answer_was_lost_may_be_sent_again(put, store):
    put(0, 50)
    assert put(0, 50)["received"] == 50
    put(50, 120)
    del store["x"]
    assert put(50, 120) == {"received": 120, "nbytes": 120, "object": None}
    assert "x" not in store, "what was deleted meanwhile does not come back"


@pytest.mark.parametrize(
    ("other", "hint"),
    [
        ({"offset": 60}, "byte 50"),
        ({"offset": 100}, "ends at byte 150"),
        ({"upload": "v"}, "begin again"),
        ({"upload": None}, "name an upload"),
        ({"name": "y"}, "byte 50"),
        ({"dtype": ">f4"}, "byte 50"),
        ({"shape": [6, 5]}, "byte 50"),
    ],
)
def test_a_piece_that_does_not_fit_is_refused_and_spoils_nothing(put, store, other, hint):
    put(0, 50)
    with pytest.raises(InvalidParameter, match=hint):
        put(50, 100, **other)
    put(50, 120)
    np.testing.assert_array_equal(store["x"], ARRAY)


def test_an_array_without_numbers_in_it_comes_in_one_empty_piece(service, store):
    for upload in (None, "u"):
        asked = {"name": "x", "shape": [0, 3], "dtype": "<f4", "upload": upload}
        assert service.call("objects.put", asked, [b""])[0]["object"]["shape"] == [0, 3]


def test_arrays_are_bounded_one_by_one_and_together(store, own_runs):
    service = Service(store, own_runs, Uploads(1000))
    asked = {"name": "x", "shape": [251], "dtype": "<f4", "upload": "a"}
    with pytest.raises(OutOfBudget, match=r"1 kB"):
        service.call("objects.put", asked, [b""])
    with pytest.raises(OutOfBudget):
        service.call("objects.put", {**asked, "shape": [2**40, 2**40]}, [b""])
    service.call("objects.put", {**asked, "shape": [200]}, [bytes(4)])
    with pytest.raises(OutOfBudget, match="unfinished"):
        service.call("objects.put", {**asked, "shape": [100], "upload": "b"}, [bytes(4)])
    for number in range(7):
        service.call("objects.put", {**asked, "shape": [2], "upload": f"c{number}"}, [bytes(4)])
    with pytest.raises(OutOfBudget, match="unfinished"):
        service.call("objects.put", {**asked, "shape": [2], "upload": "d"}, [bytes(4)])
    assert list(store) == []


def test_what_nobody_finishes_makes_room_after_a_while(store, own_runs, monkeypatch):
    service = Service(store, own_runs, Uploads(1000))
    asked = {"name": "x", "shape": [200], "dtype": "<f4"}
    service.call("objects.put", {**asked, "upload": "a"}, [bytes(4)])
    monkeypatch.setattr(uploads, "_PATIENCE_SECONDS", -1)
    service.call("objects.put", {**asked, "upload": "b"}, [bytes(4)])
    with pytest.raises(InvalidParameter, match="begin again"):
        service.call("objects.put", {**asked, "upload": "a", "offset": 4}, [bytes(4)])


def test_one_request_carries_only_so_much(service):
    nbytes = uploads.MAX_CHUNK_BYTES + 1
    asked = {"name": "x", "shape": [nbytes], "dtype": "u1"}
    with pytest.raises(InvalidParameter, match="in pieces"):
        service.call("objects.put", asked, [np.empty(nbytes, np.uint8)])


@pytest.mark.parametrize("kind", ["u1", ">u2", "<f8", "<c8"])
@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 100])
def test_a_session_puts_what_is_large_in_pieces(service, monkeypatch, kind, size):
    class Counting(DirectTransport):
        pieces = 0

        def call(self, operation, arguments, buffers=()):
            Counting.pieces += operation == "objects.put"
            assert all(memoryview(b).nbytes <= 16 for b in buffers)
            return super().call(operation, arguments, buffers)

    monkeypatch.setattr(session, "_CHUNK_BYTES", 16)
    array = np.arange(size).astype(kind)
    near = Session(Counting(service))
    near["x"] = array
    np.testing.assert_array_equal(near["x"][...], array)
    assert Counting.pieces == max(1, -(-array.nbytes // 16))
