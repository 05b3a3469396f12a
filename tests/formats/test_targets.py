"""One contract for every kind of output: HDF5 file, folder of TIFF images, OME-Zarr."""

import os
import pickle
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from contextlib import contextmanager
from dataclasses import dataclass

import cloudpickle
import h5py
import numpy as np
import pytest
import tifffile
import zarr

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.errors import DiskFull, FileProblem, OutputExists, RunConflict, UnknownName
from daisy_kernel.formats import HDF5Target, TiffTarget, ZarrTarget, read_provenance

VOLUME = np.random.default_rng(3).random((10, 130, 140)).astype(np.float32)
MADE = {"process": {"document": {"daisy": 1}, "run": "r1", "parameters": {"range_low": -0.5}}}


def _hdf5(path):
    with h5py.File(path) as file:
        return file["data"][...]


def _tiff(path):
    return np.stack([tifffile.imread(image) for image in sorted(path.glob("*.tif"))])


@dataclass(frozen=True)
class Kind:
    """One implementation, and how somebody without Daisy reads what it makes."""

    target: type
    name: str
    dataset: str
    read: object


KINDS = {
    "hdf5": Kind(HDF5Target, "volume.h5", "data", _hdf5),
    "tiff": Kind(TiffTarget, "volume", "images", _tiff),
    "zarr": Kind(ZarrTarget, "volume.zarr", "0", lambda p: zarr.open_group(p, mode="r")["0"][...]),
}


class Output:
    """One output of one kind."""

    def __init__(self, kind, folder):
        self.kind, self.folder, self.dataset = kind, folder, kind.dataset
        self.path, self.part = folder / kind.name, folder / f".{kind.name}.r1.part"
        self.spec = {kind.dataset: Spec(VOLUME.shape, VOLUME.dtype)}

    def target(self, **options):
        return self.kind.target(self.path, self.part, **options)

    @contextmanager
    def opened(self, **options):
        target = self.target(**options)
        try:
            yield target
        finally:
            target.discard()

    def make(self, volume=VOLUME, made=MADE, **options):
        with self.opened(**options) as target:
            target.allocate({self.dataset: Spec(volume.shape, volume.dtype)})
            target.write(self.dataset, (0, 0, 0), volume)
            return target.commit(made)

    def read(self):
        return self.kind.read(self.path)

    def files(self):
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture(params=KINDS)
def output(request, tmp_path):
    return Output(KINDS[request.param], tmp_path)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_blocks_cut_along_any_axis_make_the_whole(output, axis):
    n = VOLUME.shape[axis]
    with output.opened() as target:
        assert target.allocate(output.spec) is False
        for first, last in ((n // 3, n // 3 + 2), (0, n // 2), (n // 2, n)):
            for _ in range(2):  # in any order, and repeated
                where = [slice(None)] * 3
                where[axis] = slice(first, last)
                block, start = VOLUME[tuple(where)], [0, 0, 0]
                start[axis] = first
                checksum = target.write(output.dataset, tuple(start), block)
                assert checksum == target.checksum(output.dataset, tuple(start), block.shape)
        references = target.commit(MADE)
    np.testing.assert_array_equal(output.read(), VOLUME)
    assert output.files() == [output.path.name]
    reference = references[output.dataset]
    assert isinstance(reference, Reference)
    assert (reference.shape, reference.dtype) == (VOLUME.shape, VOLUME.dtype)
    part = (slice(2, 9), slice(60, 70), slice(3, 139))
    np.testing.assert_array_equal(reference.read(part), VOLUME[part])


def test_a_block_inside_of_the_volume_arrives_where_it_belongs(output):
    block = np.random.default_rng(1).random((3, 50, 90)).astype(np.float32)
    expected = VOLUME.copy()
    expected[4:7, 40:90, 20:110] = block
    with output.opened() as target:
        target.allocate(output.spec)
        target.write(output.dataset, (0, 0, 0), VOLUME)
        checksum = target.write(output.dataset, (4, 40, 20), block)
        assert checksum == target.checksum(output.dataset, (4, 40, 20), block.shape)
        target.commit()
    np.testing.assert_array_equal(output.read(), expected)


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_whole_numbers_and_floats_keep_their_type_and_values(output, dtype):
    volume = np.arange(3 * 5 * 7).reshape(3, 5, 7).astype(dtype)
    output.make(volume)
    assert output.read().dtype == dtype
    np.testing.assert_array_equal(output.read(), volume)


def test_how_it_was_made_is_found_again(output):
    output.make()
    found = read_provenance(output.path)
    assert {key: found[key] for key in MADE["process"]} == MADE["process"]


def test_threads_write_at_once(output):
    with output.opened() as target:
        target.allocate(output.spec)

        def write(rows):
            for row in rows:
                target.write(output.dataset, (0, row, 0), VOLUME[:, row : row + 1])

        threads = [threading.Thread(target=write, args=(range(n, 130, 3),)) for n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        target.commit()
    np.testing.assert_array_equal(output.read(), VOLUME)


def test_all_space_is_taken_before_the_first_block(output):
    with output.opened() as target:
        target.allocate(output.spec)
        everything = [output.part, *output.part.rglob("*")]
        taken = sum(path.stat().st_blocks * 512 for path in everything)
        assert taken >= VOLUME.nbytes


def test_an_output_larger_than_the_disk_is_refused_with_both_numbers(output):
    n = shutil.disk_usage(output.folder).free // 1_000_000 + 1000
    with output.opened() as target, pytest.raises(DiskFull, match=r"needs \d+ bytes.*has \d+"):
        target.allocate({output.dataset: Spec((n, 1000, 1000), np.dtype("u1"))})
    assert output.files() == []


@contextmanager
def file_size_limit(n_bytes):
    """The system refuses to make files longer, as with a quota or a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_quota_that_is_too_small_is_noticed_before_computing(output):
    with output.opened() as target, file_size_limit(12 << 20):
        with pytest.raises(DiskFull, match="needs"):
            target.allocate(output.spec)
        assert not output.part.exists()
    assert output.files() == []


def test_a_disk_that_is_full_at_the_end_keeps_the_blocks_for_a_resume(output):
    with output.opened() as target:
        target.allocate(output.spec)
        checksum = target.write(output.dataset, (0, 0, 0), VOLUME)
        limit = 1000 if output.part.is_dir() else output.part.stat().st_size + 1000
        with file_size_limit(limit), pytest.raises(DiskFull):
            target.commit({"process": {"document": "x" * 200_000}})
        target.discard(keep_part=True)
    assert not output.path.exists()
    with output.opened() as target:
        assert target.allocate(output.spec, resume=True) is True
        assert target.checksum(output.dataset, (0, 0, 0), VOLUME.shape) == checksum
        target.commit(MADE)
    np.testing.assert_array_equal(output.read(), VOLUME)
    assert output.files() == [output.path.name]


def test_what_cannot_be_written_down_stops_the_end_but_loses_no_block(output):
    with output.opened() as target:
        target.allocate(output.spec)
        target.write(output.dataset, (0, 0, 0), VOLUME)
        with pytest.raises(FileProblem, match="cannot be written as JSON"):
            target.commit({"process": {"document": object()}})
        assert not output.path.exists()
        assert target.allocate(output.spec, resume=True) is True
        target.commit()
    np.testing.assert_array_equal(output.read(), VOLUME)


CHILD = textwrap.dedent(
    """
    import sys, time
    import numpy as np
    from daisy_kernel.contracts.declaration import Spec
    from daisy_kernel import formats
    target = getattr(formats, sys.argv[3])(sys.argv[1], sys.argv[2])
    target.allocate({sys.argv[4]: Spec((50, 200, 100), np.dtype("f4"))})
    for n in range(0, 200, 10):
        block = np.full((50, 10, 100), n, np.float32)
        print(n, target.write(sys.argv[4], (0, n, 0), block), flush=True)
        time.sleep(0.005)
    target.commit()
    """
)


@pytest.fixture
def child(output):
    """Run the writer in a process of its own and kill it after some blocks."""

    def run(n_block):
        words = (output.path, output.part, output.kind.target.__name__, output.dataset)
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD, *map(str, words)],
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
def test_a_killed_run_leaves_no_output_and_finds_its_blocks_again(output, child, n_block):
    written = child(n_block)
    assert not output.path.exists()
    spec = {output.dataset: Spec((50, 200, 100), np.dtype("f4"))}
    with output.opened() as target:  # the lock of a dead process is no obstacle
        assert target.allocate(spec, resume=True) is True
        for n, checksum in written:
            assert target.checksum(output.dataset, (0, n, 0), (50, 10, 100)) == checksum
        for n in range(0, 200, 10):
            target.write(output.dataset, (0, n, 0), np.full((50, 10, 100), n, np.float32))
        target.commit()
    expected = np.broadcast_to((np.arange(200) // 10 * 10)[None, :, None], (50, 200, 100))
    np.testing.assert_array_equal(output.read(), expected)
    assert output.files() == [output.path.name]


def test_a_damaged_block_has_another_checksum(output):
    with output.opened() as target:
        target.allocate(output.spec)
        checksum = target.write(output.dataset, (0, 0, 0), VOLUME)
        files = [p for p in output.part.rglob("*") if p.is_file()] or [output.part]
        largest = max(files, key=lambda p: (p.stat().st_size * (p.name[0] != "."), p.name))
        if output.part.is_file():
            largest = output.part
        with largest.open("r+b") as file:
            file.seek(file.seek(0, 2) // 2 if output.part.is_dir() else 100_000)
            byte = file.read(1)
            file.seek(-1, 1)
            file.write(bytes([byte[0] ^ 1]))
        assert target.checksum(output.dataset, (0, 0, 0), VOLUME.shape) != checksum


@pytest.mark.parametrize(
    "other",
    [
        Spec(VOLUME.shape, np.dtype("u2")),
        Spec((10, 140, 130), VOLUME.dtype),
        Spec((11, 130, 140), VOLUME.dtype),
    ],
    ids=str,
)
def test_blocks_of_another_output_are_not_taken_over(output, other):
    with output.opened() as target:
        target.allocate(output.spec)
        target.write(output.dataset, (0, 0, 0), VOLUME)
        target.discard(keep_part=True)
    with output.opened() as target:
        assert target.allocate({output.dataset: other}, resume=True) is False
        target.write(output.dataset, (0, 0, 0), np.zeros(other.shape, other.dtype))
        target.commit()
    assert not output.read().any()


def test_a_part_that_was_not_fully_made_is_made_anew(output):
    def fails(place):
        raise RuntimeError("no description")

    with output.opened() as target:
        with pytest.raises(RuntimeError, match="no description"):
            target.allocate(output.spec, fails)
        assert not output.part.exists()
        assert target.allocate(output.spec, resume=True) is False
    output.part.write_bytes(b"nonsense" * 1000)
    with output.opened() as target:
        assert target.allocate(output.spec, resume=True) is False


def test_two_runs_cannot_write_one_output(output):
    with output.opened() as first:
        with pytest.raises(RunConflict, match=rf"process {os.getpid()} on"):
            output.target()
        first.allocate(output.spec)
        first.write(output.dataset, (0, 0, 0), VOLUME)
        first.commit()
    with output.opened(overwrite=True) as later:
        later.allocate(output.spec)


def test_an_existing_output_is_an_error_at_the_start(output):
    output.make()
    with pytest.raises(OutputExists, match="already there"):
        output.target()
    assert output.files() == [output.path.name]


def test_an_output_that_appears_meanwhile_is_kept(output):
    with output.opened() as target:
        target.allocate(output.spec)
        output.path.write_text("theirs")
        with pytest.raises(OutputExists):
            target.commit()
    assert output.path.read_text() == "theirs"


def test_the_old_output_stays_until_the_new_one_is_complete(output):
    output.make()
    with output.opened(overwrite=True) as target:
        target.allocate(output.spec)
        target.write(output.dataset, (0, 0, 0), 2 * VOLUME)
        np.testing.assert_array_equal(output.read(), VOLUME)
        target.commit()
    np.testing.assert_array_equal(output.read(), 2 * VOLUME)
    assert output.files() == [output.path.name]


def test_giving_up_leaves_nothing(output):
    with output.opened() as target:
        target.allocate(output.spec)
        target.write(output.dataset, (0, 0, 0), VOLUME)
    assert output.files() == []
    with pytest.raises(FileProblem, match="allocate it first"):
        target.write(output.dataset, (0, 0, 0), VOLUME)


def test_giving_up_late_does_not_harm_the_next_run(output):
    with output.opened() as first:
        first.allocate(output.spec)
        first.discard(keep_part=True)
        with output.opened() as second:
            assert second.allocate(output.spec, resume=True) is True
            first.discard()
            with pytest.raises(FileProblem, match="make a new target"):
                first.allocate(output.spec)
            second.write(output.dataset, (0, 0, 0), VOLUME)
            second.commit()
            second.discard()
    assert output.files() == [output.path.name]


def test_wrong_blocks_are_refused(output):
    with output.opened() as target:
        target.allocate(output.spec)
        with pytest.raises(ValueError, match="reaches outside"):
            target.write(output.dataset, (5, 0, 0), VOLUME)
        with pytest.raises(ValueError, match="without losing"):
            target.write(output.dataset, (0, 0, 0), VOLUME.astype(complex))
        with pytest.raises(UnknownName, match=output.dataset):
            target.write("entry", (0, 0, 0), VOLUME)


def test_what_is_no_number_is_refused(output):
    with output.opened() as target, pytest.raises(FileProblem, match=r"\|S5"):
        target.allocate({output.dataset: Spec((3, 4, 5), np.dtype("S5"))})
    assert output.files() == []


def test_a_folder_that_is_missing_or_kept_is_an_error_before_computing(
    output, tmp_path, as_ordinary_user
):
    make = output.kind.target
    with pytest.raises(FileProblem, match="does not exist"):
        make(tmp_path / "none" / "a", tmp_path / "none" / ".a.part")
    with pytest.raises(ValueError, match="not beside"):
        make(tmp_path / "a", tmp_path.parent / ".a.part")
    folder = tmp_path / "kept"
    folder.mkdir()
    folder.chmod(0o555)
    with as_ordinary_user(), pytest.raises(FileProblem, match="Permission denied"):
        make(folder / "a", folder / ".a.part")


def test_another_process_writes_blocks_that_the_first_one_commits(output):
    with output.opened() as target:
        target.allocate(output.spec)
        there = pickle.loads(cloudpickle.dumps(target))
        written = there.write(output.dataset, (4, 0, 0), VOLUME[4:])
        assert target.checksum(output.dataset, (4, 0, 0), VOLUME[4:].shape) == written
        with pytest.raises(FileProblem):
            there.commit()
        there.discard()
        target.write(output.dataset, (0, 0, 0), VOLUME[:4])
        target.commit(MADE)
    np.testing.assert_array_equal(output.read(), VOLUME)
