import os
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import zlib
from contextlib import contextmanager

import h5py
import numpy as np
import pytest

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.errors import DiskFull, FileProblem, OutputExists, RunConflict, UnknownName
from daisy_kernel.formats import HDF5Target, describe_volume, write_provenance

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


def test_threads_write_at_once(names):
    with opened(names) as target:
        target.allocate(DATASETS)

        def write(rows):
            for row in rows:
                target.write("/entry/data/data", (0, row, 0), VOLUME[:, row : row + 1])

        threads = [threading.Thread(target=write, args=(range(n, 6, 3),)) for n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        target.commit()
    with h5py.File(names[0]) as file:
        np.testing.assert_array_equal(file["entry/data/data"][...], VOLUME)


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
        target.commit(lambda file: write_provenance(file, {"document": {"daisy": 1}}))
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


def test_an_output_larger_than_the_disk_is_refused_with_both_numbers(names):
    n = shutil.disk_usage(names[0].parent).free // 1000 + 10_000
    with opened(names) as target, pytest.raises(DiskFull, match=r"needs \d+ bytes.*has \d+"):
        target.allocate({"data": Spec((n, 1000), np.dtype("u1"))})
    assert files(names[0].parent) == []


@contextmanager
def file_size_limit(n_bytes):
    """The system refuses to make files longer, as with a quota or a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_quota_that_is_too_small_is_noticed_before_computing(names):
    with opened(names) as target, file_size_limit(20 << 20):
        with pytest.raises(DiskFull, match="needs"):
            target.allocate({"data": Spec((100, 1 << 20), np.dtype("u1"))})
        assert not names[1].exists()
    assert files(names[0].parent) == []


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
            target.commit(lambda file: write_provenance(file, {"document": "x" * 100_000}))
        target.discard(keep_part=True)
    assert not names[0].exists()
    with opened(names) as target:
        assert target.allocate(DATASETS, resume=True) is True
        assert target.checksum("/entry/data/data", (0, 0, 0), VOLUME.shape) == checksum
        target.commit()
    assert files(names[0].parent) == ["volume.h5"]


CHILD = textwrap.dedent(
    """
    import sys, time
    import numpy as np
    from daisy_kernel.contracts.declaration import Spec
    from daisy_kernel.formats import HDF5Target
    target = HDF5Target(sys.argv[1], sys.argv[2])
    target.allocate({"data": Spec((50, 200, 100), np.dtype("f4"))})
    for n in range(0, 200, 10):
        block = np.full((50, 10, 100), n, np.float32)
        print(n, target.write("data", (0, n, 0), block), flush=True)
        time.sleep(0.005)
    target.commit()
    """
)


@pytest.fixture
def child(names):
    """Run the writer in a process of its own and kill it after some blocks."""

    def run(n_block):
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD, *map(str, names)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        with process:
            lines = [process.stdout.readline() for _ in range(n_block)]
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        return [tuple(map(int, line.split())) for line in lines]

    return run


@pytest.mark.parametrize("n_block", [1, 7])
def test_a_killed_run_leaves_no_output_and_finds_its_blocks_again(names, child, n_block):
    written = child(n_block)
    assert not names[0].exists()
    spec = {"data": Spec((50, 200, 100), np.dtype("f4"))}
    with opened(names) as target:  # the lock of a dead process is no obstacle
        assert target.allocate(spec, resume=True) is True
        for n, checksum in written:
            assert target.checksum("data", (0, n, 0), (50, 10, 100)) == checksum
        for n in range(0, 200, 10):
            target.write("data", (0, n, 0), np.full((50, 10, 100), n, np.float32))
        target.commit()
    expected = np.broadcast_to((np.arange(200) // 10 * 10)[None, :, None], (50, 200, 100))
    with h5py.File(names[0]) as file:
        np.testing.assert_array_equal(file["data"][...], expected)
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


def test_a_part_that_was_not_fully_made_is_made_anew(names):
    def fails(file):
        raise RuntimeError("no description")

    with opened(names) as target:
        with pytest.raises(RuntimeError, match="no description"):
            target.allocate(DATASETS, fails)
        assert not names[1].exists()
        assert target.allocate(DATASETS, resume=True) is False


def test_two_runs_cannot_write_one_output(names, tmp_path):
    with opened(names) as first:
        with pytest.raises(RunConflict, match=rf"process {os.getpid()} on"):
            HDF5Target(names[0], tmp_path / ".another.part")
        first.allocate(DATASETS)
        first.commit()
    with opened(names, overwrite=True) as later:
        later.allocate(DATASETS)


def test_an_existing_output_is_an_error_at_the_start(names):
    names[0].write_text("old")
    with pytest.raises(OutputExists):
        HDF5Target(*names)
    assert files(names[0].parent) == ["volume.h5"]


def test_an_output_that_appears_meanwhile_is_kept(names):
    with opened(names) as target:
        target.allocate(DATASETS)
        names[0].write_text("theirs")
        with pytest.raises(OutputExists):
            target.commit()
    assert names[0].read_text() == "theirs"


def test_the_old_output_stays_until_the_new_one_is_complete(names):
    names[0].write_text("old")
    with opened(names, overwrite=True) as target:
        target.allocate(DATASETS)
        target.write("/entry/data/data", (0, 0, 0), VOLUME)
        assert names[0].read_text() == "old"
        target.commit()
    assert h5py.is_hdf5(names[0])


def test_giving_up_leaves_nothing(names):
    with opened(names) as target:
        target.allocate(DATASETS)
        target.write("/entry/data/data", (0, 0, 0), VOLUME)
    assert files(names[0].parent) == []
    with pytest.raises(FileProblem, match="allocate it first"):
        target.write("/entry/data/data", (0, 0, 0), VOLUME)


def test_giving_up_late_does_not_harm_the_next_run(names):
    with opened(names) as first:
        first.allocate(DATASETS)
        first.discard(keep_part=True)
        with opened(names) as second:
            assert second.allocate(DATASETS, resume=True) is True
            first.discard()
            with pytest.raises(FileProblem, match="make a new target"):
                first.allocate(DATASETS)
            second.write("/entry/data/data", (0, 0, 0), VOLUME)
            second.commit()
            second.discard()
    assert files(names[0].parent) == ["volume.h5"]


def test_wrong_blocks_are_refused(names):
    with opened(names) as target:
        target.allocate(DATASETS)
        with pytest.raises(ValueError, match="reaches outside"):
            target.write("/entry/data/data", (5, 0, 0), VOLUME)
        with pytest.raises(ValueError, match="without losing"):
            target.write("/entry/data/data", (0, 0, 0), VOLUME.astype(complex))
        with pytest.raises(UnknownName, match="entry/data/data"):
            target.write("/entry/data", (0, 0, 0), VOLUME)


def test_what_cannot_be_written_in_blocks_is_refused(names):
    with opened(names) as target, pytest.raises(FileProblem, match="cannot be written in blocks"):
        target.allocate({"names": Spec((3,), np.dtype("S5"))})
    assert files(names[0].parent) == []


def test_a_folder_that_is_missing_or_kept_is_an_error_before_computing(tmp_path, as_ordinary_user):
    with pytest.raises(FileProblem, match="does not exist"):
        HDF5Target(tmp_path / "none" / "a.h5", tmp_path / "none" / ".a.part")
    with pytest.raises(ValueError, match="not beside"):
        HDF5Target(tmp_path / "a.h5", tmp_path.parent / ".a.part")
    folder = tmp_path / "kept"
    folder.mkdir()
    folder.chmod(0o555)
    with as_ordinary_user(), pytest.raises(FileProblem, match="Permission denied"):
        HDF5Target(folder / "a.h5", folder / ".a.part")


def test_an_error_while_finishing_is_passed_on_and_can_be_resumed(names):
    def fails(file):
        raise ValueError("a parameter that is no JSON")

    with opened(names) as target:
        target.allocate(DATASETS)
        target.write("/entry/data/data", (0, 0, 0), VOLUME)
        with pytest.raises(ValueError, match="no JSON"):
            target.commit(fails)
        assert not names[0].exists()
        assert target.allocate(DATASETS, resume=True) is True
        target.commit()
    with h5py.File(names[0]) as file:
        np.testing.assert_array_equal(file["entry/data/data"][...], VOLUME)
