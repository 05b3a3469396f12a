"""Chunks decoded outside HDF5: the same bits as HDF5 gives, and no trust in the file."""

import threading
import zlib
from contextlib import suppress

import h5py
import hdf5plugin
import numpy as np
import pytest

from daisy_kernel.errors import FileProblem
from daisy_kernel.formats import HDF5Dataset, bitshuffle_library, chunk_decoding
from daisy_kernel.formats.chunk_decoding import DamagedChunk, decoder_of
from daisy_kernel.formats.direct_chunks import DirectChunks, direct_chunks, written_frames

RNG = np.random.default_rng(3)
FILTERS = {
    "none": {},
    "bitshuffle-lz4": dict(hdf5plugin.Bitshuffle(cname="lz4")),
    "bitshuffle-lz4, small blocks": dict(hdf5plugin.Bitshuffle(cname="lz4", nelems=64)),
    "bitshuffle-zstd": dict(hdf5plugin.Bitshuffle(cname="zstd")),
    "lz4": dict(hdf5plugin.LZ4()),
    "lz4, small blocks": dict(hdf5plugin.LZ4(nbytes=1000)),
    "zstd": dict(hdf5plugin.Zstd()),
    "shuffle, zstd": {**hdf5plugin.Zstd(), "shuffle": True},
    "gzip": {"compression": "gzip"},
    "shuffle, gzip": {"compression": "gzip", "shuffle": True},
}
CHUNKS = {
    "a frame": (1, 83, 101),
    "several frames": (3, 83, 101),
    "a part of a frame": (1, 64, 101),
    "parts of several frames": (2, 70, 97),
    "larger than the array": (16, 90, 110),
}
DTYPES = ("u1", "u2", "u4", "i4", "f4", ">u2", ">f8")


def counts(dtype, shape=(8, 83, 101)):
    frames = RNG.poisson(3.0, shape).astype(dtype)
    frames[:, 3:5] = RNG.integers(0, 250, (shape[0], 2, shape[2]))
    return frames


def written(path, frames, **layout):
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=frames, **layout)
    return HDF5Dataset(path, "/data")


def table_of(dataset):
    with h5py.File(dataset.path, locking=False) as file:
        return direct_chunks(file["data"], "data")


def damaged(dataset, change):
    """The dataset with the stored bytes of its second chunk changed in place."""
    with h5py.File(dataset.path, locking=False) as file:
        info = file["data"].id.get_chunk_info(1)
    with dataset.path.open("r+b") as file:
        file.seek(info.byte_offset)
        stored = bytearray(file.read(info.size))
        change(stored)
        file.seek(info.byte_offset)
        file.write(stored[: info.size])
    return HDF5Dataset(dataset.path, "/data")


@pytest.mark.parametrize("chunks", CHUNKS.values(), ids=CHUNKS)
@pytest.mark.parametrize("name", FILTERS)
def test_every_block_is_the_same_as_hdf5_reads_it(tmp_path, monkeypatch, name, chunks):
    monkeypatch.setattr("daisy_kernel.formats.direct_chunks.SMALLEST_CHUNK_BYTES", 1)
    for dtype in DTYPES:
        frames = counts(dtype)
        layout = {"chunks": chunks, "maxshape": (None, None, None), **FILTERS[name]}
        dataset = written(tmp_path / f"{dtype[-2:]}.h5", frames, **layout)
        with h5py.File(dataset.path, locking=False) as file:
            assert isinstance(direct_chunks(file["data"], "data"), DirectChunks)
            for block in (
                np.s_[:, :, :], np.s_[0:1, :, :], np.s_[2:7, 1:80, 5:6], np.s_[7:8, 82:83, 0:101],
            ):  # fmt: skip
                expected = file["data"][block].astype(dataset.dtype)
                read = dataset.read(block)
                assert read.dtype == dataset.dtype
                assert read.tobytes() == expected.tobytes()


@pytest.mark.parametrize("n", [1, 7, 8, 9, 4095, 4096, 4097, 4104, 8191, 20001])
def test_the_last_block_may_have_any_number_of_elements(tmp_path, monkeypatch, n):
    monkeypatch.setattr("daisy_kernel.formats.direct_chunks.SMALLEST_CHUNK_BYTES", 1)
    for dtype in ("u1", "u2", "u4", "f8"):
        line = counts(dtype, (1, 5, 20001))[0, :1, :n]
        dataset = written(
            tmp_path / "a.h5", line, chunks=(1, n), **hdf5plugin.Bitshuffle(cname="lz4")
        )
        assert dataset.read(np.s_[:, :]).tobytes() == line.tobytes()
        assert dataset._direct is not None


def test_a_chunk_that_was_never_written_reads_as_the_fill_value(tmp_path):
    frames = counts("u4")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        data = file.create_dataset(
            "data", frames.shape, "u4", chunks=(1, 83, 101), fillvalue=9, **hdf5plugin.Bitshuffle()
        )
        data[:3], data[5] = frames[:3], frames[5]
    dataset = HDF5Dataset(tmp_path / "a.h5", "/data")
    read = dataset.read(np.s_[:, :, :])
    expected = np.full_like(frames, 9)
    expected[[0, 1, 2, 5]] = frames[[0, 1, 2, 5]]
    np.testing.assert_array_equal(read, expected)
    assert dataset._direct is not None
    with h5py.File(tmp_path / "a.h5") as file:
        np.testing.assert_array_equal(np.flatnonzero(written_frames(file["data"])), [0, 1, 2, 5])


def test_a_frame_is_written_when_all_its_chunks_are(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        data = file.create_dataset("data", (7, 8, 10), "u2", chunks=(2, 4, 10))
        data[:4], data[4:6, :4] = 1, 1
        np.testing.assert_array_equal(written_frames(data), [1, 1, 1, 1, 0, 0, 0])


@pytest.mark.parametrize("masked", [0, 1, 2, 3])
def test_filters_that_were_left_out_for_a_chunk_are_not_undone(tmp_path, masked):
    frames = counts("u4")
    dataset = written(
        tmp_path / "a.h5", frames, chunks=(1, 83, 101), compression="gzip", shuffle=True
    )
    raw = frames[4].tobytes()
    shuffled = frames[4].reshape(-1).view(np.uint8).reshape(-1, 4).T.tobytes()
    stored = {0: zlib.compress(shuffled), 1: zlib.compress(raw), 2: shuffled, 3: raw}[masked]
    with h5py.File(dataset.path, "r+") as file:
        file["data"].id.write_direct_chunk((4, 0, 0), stored, filter_mask=masked)
    dataset = HDF5Dataset(dataset.path, "/data")
    np.testing.assert_array_equal(dataset.read(np.s_[:, :, :]), frames)
    assert dataset._direct is not None


@pytest.mark.parametrize("name", [name for name in FILTERS if name != "none"])
def test_a_damaged_chunk_is_an_error_that_names_it(tmp_path, name):
    frames = counts("u4")
    dataset = written(tmp_path / "a.h5", frames, chunks=(1, 83, 101), **FILTERS[name])

    def overwrite(stored):
        stored[4:30] = b"\xff" * 26

    broken = damaged(dataset, overwrite)
    np.testing.assert_array_equal(broken.read(np.s_[0:1, :, :]), frames[:1])
    with pytest.raises(FileProblem, match=r"/data in .*a\.h5 has a damaged chunk at .*\(1, 0, 0\)"):
        broken.read(np.s_[:, :, :])


@pytest.mark.parametrize(
    ("position", "value"),
    [
        (0, (1 << 40).to_bytes(8, "big")),  # longer than the chunk
        (0, (33528).to_bytes(8, "big")),  # shorter by one element
        (8, (0).to_bytes(4, "big")),  # no blocks
        (8, (12).to_bytes(4, "big")),  # no multiple of 8 elements
        (8, (0xFFFFFFE0).to_bytes(4, "big")),
        (12, (0x7FFFFFFF).to_bytes(4, "big")),  # a block that ends beyond the chunk
        (12, (0xFFFFFFFF).to_bytes(4, "big")),
        (12, (0).to_bytes(4, "big")),
        (12, (5).to_bytes(4, "big")),
    ],
)
def test_lengths_in_a_bitshuffled_chunk_are_not_believed(tmp_path, position, value):
    frames = counts("u4")
    dataset = written(
        tmp_path / "a.h5", frames, chunks=(1, 83, 101), **hdf5plugin.Bitshuffle(cname="lz4")
    )

    def overwrite(stored):
        stored[position : position + len(value)] = value

    with pytest.raises(FileProblem, match="damaged chunk"):
        damaged(dataset, overwrite).read(np.s_[1:2, :, :])


@pytest.mark.parametrize("name", [name for name in FILTERS if name != "none"])
def test_nothing_outside_the_chunk_is_read_or_written(tmp_path, name):
    """Any bytes at all: an error or numbers, and the memory around both buffers stays as it is."""
    frames = counts("u2", (2, 83, 101))
    dataset = written(tmp_path / "a.h5", frames, chunks=(1, 83, 101), **FILTERS[name])
    with h5py.File(dataset.path, locking=False) as file:
        decoder = decoder_of(file["data"])
        _, chunk = file["data"].id.read_direct_chunk((1, 0, 0))
    n = frames[0].nbytes
    for trial in range(300):
        stored = bytearray(chunk)
        for _ in range(1 + trial % 5):
            stored[RNG.integers(len(stored) if trial % 2 else 40)] = RNG.integers(256)
        if trial % 7 == 0:
            stored = stored[: RNG.integers(len(stored))]
        around = np.full(n + 2000, 77, np.uint8)
        # Its own memory to the byte, so that a tool that watches memory sees a step too far.
        source = np.frombuffer(bytes(stored), np.uint8)
        with suppress(DamagedChunk):
            decoder.decode(source, 0, around[1000 : 1000 + n])
        assert (around[:1000] == 77).all()
        assert (around[1000 + n :] == 77).all()


def test_threads_get_their_own_frames(tmp_path):
    frames = counts("u4", (16, 83, 101))
    dataset = written(tmp_path / "a.h5", frames, chunks=(1, 64, 101), **hdf5plugin.Bitshuffle())
    wrong = []

    def read(first):
        for k in range(first, 16, 4):
            if not np.array_equal(dataset.read(np.s_[k : k + 1, :, :])[0], frames[k]):
                wrong.append(k)

    threads = [threading.Thread(target=read, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_frames_can_be_read_into_memory_that_is_kept(tmp_path):
    frames = counts("u2")
    dataset = written(tmp_path / "a.h5", frames, chunks=(1, 83, 101), **hdf5plugin.Bitshuffle())
    kept = np.empty((3, 83, 101), np.uint16)
    for first in (0, 3, 5):
        dataset.read_into(np.s_[first : first + 3, :, :], kept)
        np.testing.assert_array_equal(kept, frames[first : first + 3])
    for wrong in (np.empty((2, 83, 101), np.uint16), np.empty((3, 83, 101)), kept[:, ::-1]):
        with pytest.raises(ValueError, match="The buffer is"):
            dataset.read_into(np.s_[0:3, :, :], wrong)


def test_without_the_decoders_hdf5_reads_the_file(tmp_path, monkeypatch):
    frames = counts("u2")
    dataset = written(tmp_path / "a.h5", frames, chunks=(1, 83, 101), **hdf5plugin.Bitshuffle())
    monkeypatch.setattr(bitshuffle_library, "_library", lambda: None)
    monkeypatch.setattr(chunk_decoding, "decoders", bitshuffle_library.decoders.__wrapped__)
    np.testing.assert_array_equal(dataset.read(np.s_[:, :, :]), frames)
    assert dataset._direct is None


@pytest.mark.parametrize(
    "layout",
    [
        {"fletcher32": True},
        {"compression": "lzf"},
        {"scaleoffset": 0},
        dict(hdf5plugin.Bitshuffle(cname="none")),
        dict(hdf5plugin.Blosc()),
    ],
)
def test_other_filters_are_left_to_hdf5(tmp_path, layout):
    frames = counts("u2")
    dataset = written(tmp_path / "a.h5", frames, chunks=(1, 83, 101), **layout)
    np.testing.assert_array_equal(dataset.read(np.s_[:, :, :]), frames)
    assert table_of(dataset) is None


def test_a_file_that_was_written_anew_is_not_read_at_the_old_places(tmp_path):
    frames = counts("u2")
    layout = {"chunks": (1, 83, 101), **hdf5plugin.Bitshuffle()}
    dataset = written(tmp_path / "a.h5", frames, **layout)
    dataset.read(np.s_[0:1, :, :])
    written(tmp_path / "a.h5", frames[::-1] + 1, **layout)
    np.testing.assert_array_equal(dataset.read(np.s_[:, :, :]), frames[::-1] + 1)


def test_a_file_cut_off_within_a_chunk_is_an_error(tmp_path):
    frames = counts("u2")
    dataset = written(tmp_path / "a.h5", frames, chunks=(1, 83, 101), **hdf5plugin.Bitshuffle())
    table = table_of(dataset)
    with dataset.path.open("r+b") as file:
        file.truncate(int(table.offsets.max()) + 10)
        with pytest.raises(EOFError, match="the file ends"):
            table.read(file.fileno(), (0, 0, 0), np.empty(frames.shape, np.uint16))
    with pytest.raises(FileProblem, match="truncated"):
        dataset.read(np.s_[:, :, :])
