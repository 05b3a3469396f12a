import os
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daisy_kernel.formats.hyperslab import (
    Layout,
    block_of,
    checksum_hyperslab,
    dear_axes_of_pages,
    read_hyperslab,
    write_hyperslab,
)

DTYPES = ["u1", "<u2", ">u2", ">i4", "<f4", ">f8", "<c8", "?"]


@st.composite
def blocks(draw):
    shape = tuple(draw(st.lists(st.integers(0, 6), min_size=0, max_size=4)))
    start = tuple(draw(st.integers(0, n)) for n in shape)
    count = tuple(draw(st.integers(0, n - a)) for a, n in zip(start, shape, strict=True))
    return shape, start, count, np.dtype(draw(st.sampled_from(DTYPES)))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    with (tmp_path_factory.mktemp("hyperslab") / "raw").open("w+b", buffering=0) as file:
        yield file


@given(case=blocks(), offset=st.integers(0, 40))
@settings(max_examples=150, deadline=None)
def test_any_block_is_written_and_read_like_a_numpy_slice(scratch, case, offset):
    shape, start, count, dtype = case
    layout = Layout(offset, shape, dtype)
    whole = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    scratch.truncate(0)
    os.pwrite(scratch.fileno(), b"\xff" * offset + whole.tobytes(), 0)
    where = tuple(slice(a, a + n) for a, n in zip(start, count, strict=True))

    block = np.empty(count, dtype.newbyteorder("="))
    read_hyperslab(scratch.fileno(), layout, start, block)
    np.testing.assert_array_equal(block, whole[where])

    changed = (np.arange(block.size) % 100).reshape(count).astype(block.dtype)
    checksum = write_hyperslab(scratch.fileno(), layout, start, changed)
    whole[where] = changed
    stored = os.pread(scratch.fileno(), whole.nbytes, offset)
    assert stored == whole.tobytes()
    assert os.pread(scratch.fileno(), offset, 0) == b"\xff" * offset
    assert checksum == zlib.crc32(np.ascontiguousarray(whole[where]).tobytes())
    assert checksum == checksum_hyperslab(scratch.fileno(), layout, start, count)


def test_a_block_is_converted_to_the_type_in_the_file(scratch):
    layout = Layout(0, (4,), np.dtype(">f4"))
    write_hyperslab(scratch.fileno(), layout, (0,), np.array([1.5, 2.5, -1, 4]))
    stored = np.frombuffer(os.pread(scratch.fileno(), 16, 0), ">f4")
    np.testing.assert_array_equal(stored, [1.5, 2.5, -1, 4])


def test_a_strided_view_is_written_in_its_own_order(scratch):
    layout = Layout(0, (3, 2), np.dtype("<i4"))
    view = np.arange(12, dtype=np.int32).reshape(4, 3).T[:, ::2]
    write_hyperslab(scratch.fileno(), layout, (0, 0), view)
    stored = np.frombuffer(os.pread(scratch.fileno(), 24, 0), "<i4").reshape(3, 2)
    np.testing.assert_array_equal(stored, view)


@pytest.mark.parametrize(
    ("block", "dtype"),
    [(np.array([1.5]), "u2"), (np.array([70000]), "u2"), (np.array([-1]), "u2"), ([1j], "f4")],
)
def test_numbers_that_would_change_their_meaning_are_refused(scratch, block, dtype):
    with pytest.raises(ValueError, match="without losing"):
        write_hyperslab(scratch.fileno(), Layout(0, (1,), np.dtype(dtype)), (0,), np.asarray(block))


@pytest.mark.parametrize(("start", "count"), [((3,), (2,)), ((-1,), (1,)), ((0, 0), (1, 1))])
def test_a_block_outside_the_array_is_refused(start, count):
    with pytest.raises(ValueError, match="shape"):
        list(Layout(0, (4,), np.dtype("f4")).runs(start, count))


def test_neighbouring_rows_are_one_run():
    layout = Layout(100, (5, 6, 7), np.dtype("f4"))
    assert list(layout.runs((2, 0, 0), (3, 6, 7))) == [(100 + 2 * 168, 3 * 168)]
    assert list(layout.runs((0, 2, 0), (2, 3, 7))) == [(156, 84), (324, 84)]
    assert len(list(layout.runs((0, 0, 1), (5, 6, 2)))) == 30


def test_a_file_that_ends_early_is_noticed(scratch):
    scratch.truncate(10)
    with pytest.raises(EOFError, match="byte 10"):
        read_hyperslab(scratch.fileno(), Layout(0, (8,), np.dtype("f4")), (0,), np.empty(8, "f4"))


def test_a_selection_is_clipped_like_a_slice_and_must_have_step_one():
    assert block_of((slice(None), slice(2, 99), slice(5, 3)), (4, 6, 8)) == ((0, 2, 5), (4, 4, 0))
    with pytest.raises(ValueError, match="step 1"):
        block_of((slice(None, None, 2),), (4,))
    with pytest.raises(ValueError, match="per dimension"):
        block_of((slice(None),), (4, 4))


def test_columns_of_a_plain_file_are_dear_but_rows_and_frames_are_not():
    assert dear_axes_of_pages((1800, 2048, 2048), 2) == (2,)
    assert dear_axes_of_pages((1800, 2, 2), 2) == ()
    assert dear_axes_of_pages((0, 5), 2) == ()
