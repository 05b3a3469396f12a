"""Data objects through a session: only what is asked for crosses the wire."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daisy_kernel.datastore import ArrayReference
from daisy_kernel.errors import AxesClash, DaisyError, InvalidParameter, OutOfBudget, UnknownName
from daisy_kernel.session import objects

KINDS = ["u1", "<u2", ">u2", "<i8", "<f4", ">f4", "<f8", "<c8", "?"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(), (1,), (0,), (3, 0, 2), (4, 5), (2, 3, 4)])
def test_what_is_put_comes_back(session, kind, shape):
    array = (np.arange(np.prod(shape, dtype=int)).reshape(shape) % 2).astype(kind)
    session["x"] = array
    handle = session["x"]
    assert (handle.shape, handle.dtype.kind, handle.ndim) == (
        shape,
        np.dtype(kind).kind,
        len(shape),
    )
    assert handle.nbytes == array.nbytes
    found = handle[...]
    assert found.shape == shape
    np.testing.assert_array_equal(found, array)
    np.testing.assert_array_equal(np.asarray(handle), array)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_handle_is_indexed_as_numpy_does(session, store, data):
    shape = tuple(data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=4)))
    array = np.arange(np.prod(shape)).reshape(shape)
    store.put("x", ArrayReference(array) if data.draw(st.booleans()) else array)
    index = [data.draw(_index(n)) for n in shape[: data.draw(st.integers(0, len(shape)))]]
    if data.draw(st.booleans()):
        index.insert(data.draw(st.integers(0, len(index))), ...)
    key = tuple(index)
    try:
        expected = array[key]
    except IndexError:
        with pytest.raises(IndexError):
            session["x"][key]
        return
    np.testing.assert_array_equal(session["x"][key], expected)
    assert np.shape(session["x"][key]) == np.shape(expected)


def _index(n):
    bound = st.none() | st.integers(-n - 2, n + 2)
    step = st.none() | st.integers(1, 4)
    return st.integers(-n - 1, n) | st.builds(slice, bound, bound, step)


@pytest.mark.parametrize("key", [None, [1, 2], True, 1.5, "a", (0, None), (..., 0, ...)])
def test_what_numpy_knows_and_a_handle_does_not_is_an_index_error(session, key):
    session["x"] = np.zeros((3, 4))
    with pytest.raises(IndexError):
        session["x"][key]


def test_slices_go_forwards(session):
    session["x"] = np.zeros(5)
    with pytest.raises(DaisyError, match="forwards"):
        session["x"][::-1]


def test_only_what_is_asked_for_is_read(session, store, service):
    class Counting(ArrayReference):
        read_so_far = 0

        def read(self, selection):
            part = super().read(selection)
            type(self).read_so_far += part.size
            return part

    store.put("x", Counting(np.ones((50, 40, 30))))
    assert "x" in session.objects
    assert repr(session["x"]) == "<x: float64 (50, 40, 30), reference>"
    assert Counting.read_so_far == 0
    session["x"][3]
    assert Counting.read_so_far == 40 * 30
    session["x"].image(axis=1, index=5)
    assert Counting.read_so_far == 40 * 30 + 50 * 30
    _, buffers = service.call("objects.read", {"name": "x", "selection": [[0, 1], [0, 1], [0, 2]]})
    assert [len(bytes(b)) for b in buffers] == [16]


def test_the_objects_are_listed_with_all_that_is_known(session, store):
    store.put("x", np.ones((2, 3), "f4"), ("row", "col"))
    store.put("y", 5)
    assert set(session.objects) == {"x", "y"}
    assert session["x"].axes == ("row", "col")
    assert session["y"].axes is None
    assert "(row, col)" in repr(session["x"])
    assert "float32" in session.objects._repr_html_()
    del session["x"]
    assert set(session.objects) == {"y"}
    with pytest.raises(UnknownName, match="Known: y"):
        session["x"]
    with pytest.raises(UnknownName):
        del session["x"]


def test_names_are_shown_without_running_them(session):
    session["<script>alert(1)</script>"] = 1
    assert "<script>" not in session.objects._repr_html_()


@pytest.mark.parametrize("bits", [8, 16])
def test_an_image_is_quantised_over_its_range(session, bits):
    plane = np.random.default_rng(2).normal(size=(30, 40))
    session["x"] = plane
    image = session["x"].image(bits=bits)
    assert (image.levels.shape, image.binning, image.full_shape) == ((30, 40), 1, (30, 40))
    assert (image.low, image.high) == pytest.approx((plane.min(), plane.max()))
    assert (image.levels.min(), image.levels.max()) == (0, 2**bits - 1)
    step = (image.high - image.low) / (2**bits - 1)
    assert np.abs(image.low + step * image.levels - plane).max() <= 0.51 * step


def test_an_image_is_clipped_to_the_given_range(session):
    session["x"] = np.array([[-1.0, 0, 5, 10, 11, np.nan, np.inf, -np.inf]])
    image = session["x"].image(low=0, high=10)
    assert image.levels.tolist() == [[0, 0, 128, 255, 255, 0, 255, 0]]


@pytest.mark.parametrize("value", [0, 7, np.nan, np.inf])
def test_an_image_without_contrast_is_one_level(session, value):
    session["x"] = np.full((3, 4), float(value))
    assert len(np.unique(session["x"].image().levels)) == 1


@pytest.mark.parametrize(
    ("shape", "max_size", "binned", "binning"),
    [
        ((100, 100), 100, (100, 100), 1),
        ((101, 50), 100, (50, 25), 2),
        ((7, 9), 3, (2, 3), 3),
        ((4, 9000), 512, (1, 500), 18),
        ((9000, 4), 512, (500, 1), 18),
        ((1, 1), 1, (1, 1), 1),
    ],
)
def test_a_large_plane_is_averaged_over_squares_and_fits_the_display(
    session, shape, max_size, binned, binning
):
    plane = np.random.default_rng(3).random(shape).astype(np.float32)
    session["x"] = plane
    image = session["x"].image(max_size=max_size, bits=16, low=0, high=1)
    assert (image.levels.shape, image.binning, image.full_shape) == (binned, binning, shape)
    y, x = (n // b for n, b in zip(shape, binned, strict=True))
    y, x = min(y, binning), min(x, binning)
    mean = plane[: binned[0] * y, : binned[1] * x].reshape(binned[0], y, binned[1], x)
    np.testing.assert_allclose(image.levels / 65535, mean.mean((1, 3)), atol=1e-4)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_every_plane_of_a_volume_can_be_shown(session, axis):
    volume = np.arange(60.0).reshape(3, 4, 5)
    session["x"] = volume
    for index in range(volume.shape[axis]):
        image = session["x"].image(axis=axis, index=index, low=0, high=255)
        np.testing.assert_array_equal(image.levels, volume.take(index, axis))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"axis": 3}, AxesClash), ({"axis": -1}, AxesClash), ({"index": 9}, AxesClash),
        ({"index": -1}, AxesClash), ({"bits": 12}, InvalidParameter),
        ({"low": float("nan")}, InvalidParameter), ({"high": float("inf")}, InvalidParameter),
    ],
)  # fmt: skip
def test_an_image_that_cannot_be_is_refused(session, arguments, error):
    session["x"] = np.zeros((3, 4, 5))
    with pytest.raises(error):
        session["x"].image(**arguments)


def test_an_image_of_complex_numbers_shows_their_size(session):
    session["x"] = np.array([[3 + 4j, 0]])
    assert session["x"].image(low=0, high=5).levels.tolist() == [[255, 0]]


@pytest.mark.parametrize("shape", [(), (4,)])
def test_less_than_two_dimensions_cannot_be_shown(session, shape):
    session["x"] = np.zeros(shape)
    with pytest.raises(AxesClash, match="two or more dimensions"):
        session["x"].image()


def test_planes_of_more_than_three_dimensions_are_counted_over_all_but_the_last_two(session):
    values = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    session["x"] = values
    for index, place in enumerate(np.ndindex(2, 3)):
        shown = session["x"].image(index=index, bits=16, low=0, high=65535)
        np.testing.assert_array_equal(shown.levels, values[place])
    assert session["x"].value_range()["high"] > 80  # averaged over squares, from the last planes
    for wrong in ({"index": 6}, {"axis": 1}):
        with pytest.raises(AxesClash, match="there is no plane"):
            session["x"].image(**wrong)


def test_the_range_is_that_of_the_finite_values(session):
    volume = np.random.default_rng(1).normal(size=(9, 20, 20))
    volume[4, 0, :2] = np.nan, np.inf
    session["x"] = volume
    found = session["x"].value_range()
    assert found["low"] < found["percentile_1"] < 0 < found["percentile_99"] < found["high"]
    assert all(np.isfinite(v) for v in found.values())
    session["x"] = np.full((2, 3), np.nan)
    assert session["x"].value_range()["low"] == 0
    session["line"] = np.zeros(4)
    with pytest.raises(AxesClash):
        session["line"].value_range()


def test_nothing_larger_than_the_limit_is_sent_at_once(session, store):
    store.put("huge", np.broadcast_to(np.float64(0), (1000, 1000, 1000)))
    with pytest.raises(OutOfBudget, match="in pieces"):
        session.transport.call("objects.read", {"name": "huge"})
    assert session["huge"][0].shape == (1000, 1000)


@pytest.mark.parametrize(
    ("arguments", "buffers", "hint"),
    [
        ({"shape": [2], "dtype": "O"}, [b"x" * 16], "numbers"),
        ({"shape": [2], "dtype": "S4"}, [b"x" * 8], "numbers"),
        ({"shape": [2], "dtype": "nonsense"}, [b"x" * 8], "numbers"),
        ({"shape": [2], "dtype": "<f4"}, [b"x" * 7], "size"),
        ({"shape": [2], "dtype": "<f4"}, [], "one buffer"),
        ({"shape": [2], "dtype": "<f4"}, [b"x" * 4, b"x" * 4], "one buffer"),
        ({"shape": [-2, -1], "dtype": "<f4"}, [b"x" * 8], r"shape\.0 cannot be -2"),
        ({"shape": [2.0], "dtype": "<f4"}, [b"x" * 8], r"shape\.0 cannot be 2\.0"),
    ],
)
def test_a_buffer_that_does_not_fit_is_refused(service, arguments, buffers, hint):
    with pytest.raises(InvalidParameter, match=hint):
        service.call("objects.put", {"name": "x", **arguments}, buffers)


def test_what_was_put_does_not_share_memory_with_the_message(service, store):
    message = bytearray(8)
    service.call("objects.put", {"name": "x", "shape": [2], "dtype": "<f4"}, [message])
    message[:] = b"\xff" * 8
    assert store["x"].tolist() == [0, 0]


@pytest.mark.parametrize(
    "selection", [[[0, 1]], [[0, 3], [0, 9]], [[2, 1], [0, 1]], [[0, 1, 0], [0, 1]], [[0, 1]] * 3]
)
def test_a_selection_outside_of_the_object_is_refused(service, store, selection):
    store.put("x", np.zeros((3, 4)))
    with pytest.raises(AxesClash, match=r"\(3, 4\)"):
        service.call("objects.read", {"name": "x", "selection": selection})


def test_every_nth_element_of_a_reference_is_read_without_what_lies_between(
    session, store, monkeypatch
):
    class Counting(ArrayReference):
        read_so_far = 0

        def read(self, selection):
            part = super().read(selection)
            type(self).read_so_far += part.size
            return part

    array = np.arange(40 * 30 * 20).reshape(40, 30, 20)
    store.put("x", Counting(array))
    monkeypatch.setattr(objects, "_WORTH_A_READ", 30 * 20)
    np.testing.assert_array_equal(session["x"][3::10, 1:29:4], array[3::10, 1:29:4])
    assert Counting.read_so_far == 4 * 25 * 20  # four slabs, from the first row to the last
    monkeypatch.setattr(objects, "_WORTH_A_READ", 1 << 30)
    monkeypatch.setattr(objects, "_PIECE_BYTES", 7 * 30 * 20 * 8)
    np.testing.assert_array_equal(session["x"][::3, ::2, ::7], array[::3, ::2, ::7])


def test_a_reader_may_set_a_limit_of_its_own(service, store):
    store.put("x", np.zeros(10))
    assert service.call("objects.read", {"name": "x", "max_bytes": 80})[0]["shape"] == [10]
    with pytest.raises(OutOfBudget, match="limit is 79"):
        service.call("objects.read", {"name": "x", "max_bytes": 79})


def test_one_object_is_described_as_in_the_list(service, store):
    store.put("x", np.ones((2, 3), "f4"), ("row", "col"))
    store.put("y", 5)
    listed = service.call("objects.list", {})[0]["objects"]
    assert [service.call("objects.describe", {"name": n})[0] for n in ("x", "y")] == listed
