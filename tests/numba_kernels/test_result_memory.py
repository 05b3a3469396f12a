from __future__ import annotations

import threading

import numpy as np
import pytest

from daisy_kernel.numba_kernels.result_memory import KEPT_BYTES, ResultMemory


def _place(array: np.ndarray) -> int:
    return array.ctypes.data


def test_memory_that_nobody_holds_is_used_again():
    memory = ResultMemory()
    first = memory.empty(3, 40)
    place = _place(first)
    del first
    assert _place(memory.empty(3, 40)) == place


def test_memory_that_is_held_is_never_given_away():
    memory = ResultMemory()
    first = memory.empty(3, 40)
    first[:] = 1
    second = memory.empty(3, 40)
    second[:] = 2
    np.testing.assert_array_equal(first, 1)


def test_a_view_of_a_view_holds_the_memory():
    memory = ResultMemory()
    first = memory.empty(3, 40)
    first[:] = 1
    corner = first[1:, ::2].T[3:].view(np.int32)
    before = corner.copy()
    del first
    memory.empty(3, 40)[:] = 2
    np.testing.assert_array_equal(corner, before)


def test_a_memoryview_holds_the_memory():
    memory = ResultMemory()
    held = memoryview(memory.empty(120))
    held[0] = 1.0
    memory.empty(120)[:] = 2
    assert held[0] == 1.0


def test_a_smaller_result_fits_but_does_not_waste_more_than_half():
    memory = ResultMemory()
    place = _place(memory.empty(1000))
    assert _place(memory.empty(500)) == place
    other = memory.empty(400)
    assert other.size == 400
    assert other.base.size == 400


def test_what_is_free_and_does_not_fit_is_given_back():
    memory = ResultMemory()
    memory.empty(10)
    held = memory.empty(1000)
    del held
    memory.empty(100_000)
    assert [piece.size for piece in memory._pieces] == [100_000]


def test_a_large_result_is_not_kept():
    memory = ResultMemory()
    result = memory.empty(KEPT_BYTES // 4 + 1)
    assert result.size == KEPT_BYTES // 4 + 1
    assert memory._pieces == []


def test_an_empty_result_has_its_shape():
    assert ResultMemory().empty(0, 5, 7).shape == (0, 5, 7)


def test_threads_do_not_share():
    memory = ResultMemory()
    memory.empty(100)
    places = []
    thread = threading.Thread(target=lambda: places.append(len(memory._pieces)))
    thread.start()
    thread.join()
    assert places == [0]


@pytest.mark.parametrize("dtype", ["u1", "i2", "f8"])
def test_any_type_gets_memory_that_nobody_holds(dtype):
    memory = ResultMemory()
    first = memory.empty_of((3, 7), dtype)
    place = _place(first)
    assert (first.shape, first.dtype, first.flags.c_contiguous) == ((3, 7), np.dtype(dtype), True)
    del first
    held = memory.empty_of((3, 7), dtype)
    assert _place(held) == place
    assert _place(memory.empty_of((3, 7), dtype)) != place
