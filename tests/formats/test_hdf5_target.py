"""What only HDF5 files promise; what every target does is in ``test_targets.py``."""

import os
import resource
import shutil
import zlib
from contextlib import contextmanager

import h5py
import numpy as np
import pytest

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.errors import DiskFull, FileProblem
from daisy_kernel.formats import HDF5Target, describe_volume

VOLUME = np.random.default_rng(3).random((10, 6, 7)).astype(np.float32)
DATASETS = {
    "/entry/data/data": Spec(VOLUME.shape, VOLUME.dtype),
    "/entry/centre": Spec((), np.dtype("f8")),
    "/entry/none": Spec((0, 4), np.dtype("i2")),
}


@pytest.fixture
def names(tmp_path):
    return tmp_path / "volume.h5", tmp_path / ".volume.h5.part"


@contextmanager
def opened(names, **options):
    target = HDF5Target(*names, **options)
    try:
        yield target
    finally:
        target.discard()


def files(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_blocks_cut_along_any_axis_make_the_whole(names, axis):
    with opened(names) as target:
        assert target.allocate(DATASETS) is False
        for first in (3, 0, 5):  # in any order, and repeated
            for _ in range(2):
                where = [slice(None)] * 3
                where[axis] = slice(first, first + 2 if first == 3 else min(first + 5, 10))
                block = VOLUME[tuple(where)]
                start = [0, 0, 0]
                start[axis] = first
                checksum = target.write("/entry/data/data", tuple(start), block)
                assert checksum == zlib.crc32(block.tobytes())
                assert checksum == target.checksum("/entry/data/data", tuple(start), block.shape)
        target.write("/entry/centre", (), np.float64(3.5))
        target.write("/entry/none", (0, 0), np.empty((0, 4), np.int16))
        target.commit()
    with h5py.File(names[0]) as file:
        np.testing.assert_array_equal(file["entry/data/data"][...], VOLUME)
        assert file["entry/centre"][()] == 3.5
        assert file["entry/none"].shape == (0, 4)
        assert sorted(file.attrs) == ["creator"]
    assert files(names[0].parent) == ["volume.h5"]


@pytest.mark.parametrize("dtype", [">f4", "<f8", "u1", ">i4", "?", "c8", "f2"])
def test_numbers_of_every_type_arrive_whatever_their_byte_order(names, dtype):
    stored = np.dtype(dtype)
    numbers = np.arange(12).reshape(3, 4) % 2 if stored.kind == "b" else np.arange(12).reshape(3, 4)
    with opened(names) as target:
        target.allocate({"data": Spec((3, 4), stored)})
        target.write("data", (0, 1), numbers.astype(stored.newbyteorder("S"))[:, 1:])
        target.write("data", (0, 0), numbers.astype(stored)[:, :1])
        target.commit()
    with h5py.File(names[0]) as file:
        assert file["data"].dtype == stored
        np.testing.assert_array_equal(file["data"][...], numbers.astype(stored))


def test_the_tree_is_described_before_and_finished_after_the_blocks(names):
    volume = {"/entry/data/data": DATASETS["/entry/data/data"]}
    with opened(names) as target:
        target.allocate(volume, lambda file: describe_volume(file, shape=VOLUME.shape))
        target.write("/entry/data/data", (0, 0, 0), VOLUME)
        target.commit({"reconstruction": {"document": {"daisy": 1}}})
    with h5py.File(names[0]) as file:
        assert file["entry/data"].attrs["signal"] == "data"
        assert "reconstruction" in file["entry"]
        np.testing.assert_array_equal(file["entry/data/data"][...], VOLUME)


def test_all_space_is_taken_before_the_first_block(names):
    datasets = {"data": Spec((1000, 1000), np.dtype("f4"))}
    with opened(names) as target:
        target.allocate(datasets)
        status = names[1].stat()
        assert status.st_blocks * 512 >= 4_000_000
        assert status.st_size < 4_100_000
        target.commit()
    assert names[0].stat().st_size < 4_100_000


@contextmanager
def file_size_limit(n_bytes):
    """The system refuses to make files longer, as with a quota or a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="no /dev/shm")  # noqa: PTH112
def test_a_disk_that_fills_up_during_allocation_leaves_nothing(tmp_path):
    from daisy_kernel.formats.contiguous import reserve

    # On a memory disk the system refuses at once, without touching what is free.
    free = shutil.disk_usage("/dev/shm").total
    path = f"/dev/shm/daisy-test-{os.getpid()}"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
    try:
        with pytest.raises(OSError, match="No space left"):
            reserve(descriptor, free + (1 << 20))
    finally:
        os.close(descriptor)
        os.unlink(path)  # noqa: PTH108


def test_a_full_disk_at_the_end_keeps_the_blocks_for_a_resume(names):
    with opened(names) as target:
        target.allocate(DATASETS)
        checksum = target.write("/entry/data/data", (0, 0, 0), VOLUME)
        with file_size_limit(names[1].stat().st_size + 1000), pytest.raises(DiskFull):
            target.commit({"process": {"document": "x" * 100_000}})
        target.discard(keep_part=True)
    assert not names[0].exists()
    with opened(names) as target:
        assert target.allocate(DATASETS, resume=True) is True
        assert target.checksum("/entry/data/data", (0, 0, 0), VOLUME.shape) == checksum
        target.commit()
    assert files(names[0].parent) == ["volume.h5"]


@pytest.mark.parametrize(
    "other",
    [
        {"data": Spec((3, 4), np.dtype("f8"))},
        {"data": Spec((4, 3), np.dtype("f4"))},
        {"other": Spec((3, 4), np.dtype("f4"))},
        {"data": Spec((3, 4), np.dtype("f4")), "more": Spec((1,), np.dtype("f4"))},
    ],
)
def test_blocks_of_another_output_are_not_taken_over(names, other):
    with opened(names) as target:
        target.allocate({"data": Spec((3, 4), np.dtype("f4"))})
        target.write("data", (0, 0), np.ones((3, 4)))
        target.discard(keep_part=True)
    with opened(names) as target:
        assert target.allocate(other, resume=True) is False
        target.commit()
    with h5py.File(names[0]) as file:
        assert sorted(file) == sorted(other)


def test_a_damaged_part_is_made_anew(names):
    for content in (b"", b"nonsense" * 1000):
        names[1].write_bytes(content)
        with opened(names, overwrite=True) as target:
            assert target.allocate(DATASETS, resume=True) is False
            target.write("/entry/data/data", (0, 0, 0), VOLUME)
            target.commit()
    with opened(names, overwrite=True) as target:
        target.allocate(DATASETS)
        target.discard(keep_part=True)
    os.truncate(names[1], 3000)
    with opened(names, overwrite=True) as target:
        assert target.allocate(DATASETS, resume=True) is False


def test_what_cannot_be_written_in_blocks_is_refused(names):
    with opened(names) as target, pytest.raises(FileProblem, match="cannot be written in blocks"):
        target.allocate({"names": Spec((3,), np.dtype("S5"))})
    assert files(names[0].parent) == []
