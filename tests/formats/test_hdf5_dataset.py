import os
import pickle
import shutil
import threading

import h5py
import hdf5plugin
import numpy as np
import pytest

from daisy_kernel.contracts.reference import Reference
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats import HDF5Dataset, dataset_paths, open_hdf5_dataset

FRAMES = np.arange(20 * 8 * 300, dtype=np.uint16).reshape(20, 8, 300)
LAYOUTS = {
    "contiguous": {},
    "big-endian": {"dtype": ">u2"},
    "one frame per chunk": {"chunks": (1, 8, 300)},
    "gzip": {"chunks": (3, 4, 50), "compression": "gzip", "shuffle": True},
    "bitshuffle-lz4": {"chunks": (1, 8, 300), **hdf5plugin.Bitshuffle(cname="lz4")},
}


@pytest.fixture(params=LAYOUTS)
def stack(request, tmp_path):
    path = tmp_path / "stack.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("entry/data", data=FRAMES, **LAYOUTS[request.param])
    return path


def whole(reference):
    return reference.read((slice(None),) * len(reference.shape))


def test_a_dataset_looks_like_an_array_that_is_read_in_pieces(stack):
    dataset = open_hdf5_dataset(stack, "/entry/data")
    assert isinstance(dataset, Reference)
    assert (dataset.shape, dataset.dtype) == (FRAMES.shape, np.uint16)
    assert dataset.dtype.isnative
    np.testing.assert_array_equal(whole(dataset), FRAMES)
    block = dataset.read((slice(3, 9), slice(2, 5), slice(7, 290)))
    np.testing.assert_array_equal(block, FRAMES[3:9, 2:5, 7:290])
    narrow = dataset.read((slice(None), slice(None), slice(4, 6)))
    np.testing.assert_array_equal(narrow, FRAMES[:, :, 4:6])
    assert dataset.read((slice(5, 5), slice(None), slice(None))).shape == (0, 8, 300)


def test_a_block_is_a_fresh_array(stack):
    dataset = open_hdf5_dataset(stack, "/entry/data")
    whole(dataset)[...] = 0
    np.testing.assert_array_equal(whole(dataset), FRAMES)


@pytest.mark.parametrize(
    "frames",
    [np.array([4, 5, 6, 10, 12, 13]), (slice(4, 7), slice(10, 11), slice(12, 14))],
)
def test_chosen_frames_behave_like_a_dataset_of_their_own(stack, frames):
    dataset = HDF5Dataset(stack, "entry/data", frames)
    expected = FRAMES[[4, 5, 6, 10, 12, 13]]
    assert dataset.shape == expected.shape
    np.testing.assert_array_equal(whole(dataset), expected)
    for start in range(6):
        for stop in range(start, 7):
            block = dataset.read((slice(start, stop), slice(1, 3), slice(None)))
            np.testing.assert_array_equal(block, expected[start:stop, 1:3])


def test_frames_may_be_chosen_in_any_order_but_not_outside(stack):
    order = np.array([7, 3, 4, 0])
    np.testing.assert_array_equal(whole(HDF5Dataset(stack, "/entry/data", order)), FRAMES[order])
    assert HDF5Dataset(stack, "/entry/data", np.empty(0, int)).shape == (0, 8, 300)
    with pytest.raises(FileProblem, match="series of 20"):
        HDF5Dataset(stack, "/entry/data", np.array([19, 20]))


def test_a_pickled_dataset_reads_the_same(stack):
    dataset = HDF5Dataset(stack, "/entry/data", np.array([1, 5]))
    copy = pickle.loads(pickle.dumps(dataset))
    np.testing.assert_array_equal(whole(copy), whole(dataset))
    assert copy.identity() == dataset.identity()


def test_threads_may_read_at_once(stack):
    dataset = open_hdf5_dataset(stack, "/entry/data")
    wrong = []

    def read_all_blocks(shift):
        for k in range(40):
            row = (k + shift) % 8
            block = dataset.read((slice(None), slice(row, row + 1), slice(None)))
            if not np.array_equal(block, FRAMES[:, row : row + 1]):
                wrong.append(row)

    threads = [threading.Thread(target=read_all_blocks, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_scalars_and_empty_arrays_can_be_read(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["energy"] = 25.0
        file["none"] = np.empty((0, 3))
    assert whole(open_hdf5_dataset(tmp_path / "a.h5", "energy")) == 25.0
    assert whole(open_hdf5_dataset(tmp_path / "a.h5", "none")).shape == (0, 3)


def test_a_file_with_a_user_block_is_read_at_the_right_place(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w", userblock_size=1024) as file:
        file["data"] = FRAMES
    dataset = open_hdf5_dataset(tmp_path / "a.h5", "/data")
    np.testing.assert_array_equal(whole(dataset), FRAMES)


def test_identity_says_which_file_and_changes_with_it(stack):
    dataset = open_hdf5_dataset(stack, "/entry/data")
    before = dataset.identity()
    assert before["file"] == str(stack)
    assert before["dataset"] == "/entry/data"
    assert before["size"] == stack.stat().st_size
    os.utime(stack, ns=(0, before["mtime_ns"] + 10))
    assert dataset.identity() != before


def test_a_rewritten_file_is_never_read_at_the_old_place(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["data"] = FRAMES
    dataset = open_hdf5_dataset(path, "/data")
    with h5py.File(path, "w") as file:
        file["something_before"] = np.zeros(5000)
        file["data"] = FRAMES + 1
    np.testing.assert_array_equal(whole(dataset), FRAMES + 1)
    with h5py.File(path, "w") as file:
        file["data"] = FRAMES[:, :4]
    with pytest.raises(FileProblem, match=r"was \(20, 8, 300\) uint16 and is now \(20, 4, 300\)"):
        whole(dataset)
    path.unlink()
    with pytest.raises(FileProblem, match=r"gone|no file"):
        whole(dataset)
    with pytest.raises(FileProblem, match="gone"):
        dataset.identity()


@pytest.mark.parametrize(
    ("layout", "shape", "dear"),
    [
        ({"chunks": (1, 64, 64), "compression": "gzip"}, (8, 64, 64), (1, 2)),
        ({"chunks": (1, 64, 64)}, (8, 64, 64), ()),
        ({"chunks": (4, 8, 64), "compression": "gzip"}, (40, 64, 64), (2,)),
        ({}, (8, 64, 64), (1, 2)),
        ({}, (4, 128, 4096), (2,)),
    ],
)
def test_axes_are_dear_where_thin_slices_cost_everything(tmp_path, layout, shape, dear):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("data", data=np.zeros(shape, "u1"), **layout)
    assert open_hdf5_dataset(tmp_path / "a.h5", "/data").dear_axes() == dear


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileProblem, match=r"no file .*none.h5"):
        open_hdf5_dataset(tmp_path / "none.h5", "/data")
    with pytest.raises(FileProblem, match="is a folder"):
        open_hdf5_dataset(tmp_path, "/data")


def test_an_empty_file_and_one_of_another_format_are_told_apart(tmp_path):
    (tmp_path / "empty.h5").touch()
    (tmp_path / "text.h5").write_text("theta 0 1 2\n" * 100)
    with pytest.raises(FileProblem, match=r"empty \(0 bytes\)"):
        open_hdf5_dataset(tmp_path / "empty.h5", "/data")
    with pytest.raises(FileProblem, match=r"not an HDF5 file \(1200 bytes\)"):
        open_hdf5_dataset(tmp_path / "text.h5", "/data")


def test_a_truncated_file_says_where_it_ends(stack):
    size = stack.stat().st_size
    os.truncate(stack, size // 2)
    with pytest.raises(FileProblem, match=rf"truncated at {size // 2} of {size} bytes.*h5clear"):
        open_hdf5_dataset(stack, "/entry/data")


def test_a_file_truncated_after_opening_is_an_error_that_names_it(stack):
    dataset = open_hdf5_dataset(stack, "/entry/data")
    os.truncate(stack, stack.stat().st_size // 2)
    with pytest.raises(FileProblem, match=r"stack.h5"):
        whole(dataset)


def test_a_wrong_name_lists_the_nearest(stack):
    with pytest.raises(FileProblem, match="Did you mean '/entry/data'"):
        open_hdf5_dataset(stack, "/entry/dat")


def test_a_group_lists_its_datasets(stack):
    with pytest.raises(FileProblem, match=r"is a group.*: /entry/data"):
        open_hdf5_dataset(stack, "/entry")


def test_file_and_dataset_may_be_given_in_one_text(stack):
    assert open_hdf5_dataset(f"{stack}:/entry/data").shape == FRAMES.shape
    with pytest.raises(FileProblem, match=r"No dataset.*/entry/data"):
        open_hdf5_dataset(stack)


def test_a_corrupt_chunk_names_file_and_dataset(tmp_path):
    path = tmp_path / "corrupt.h5"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("data", data=FRAMES, chunks=(1, 8, 300), fletcher32=True)
        where = data.id.get_chunk_info(5).byte_offset
    with path.open("r+b") as file:
        file.seek(where + 9)
        file.write(b"broken")
    dataset = open_hdf5_dataset(path, "/data")
    intact = dataset.read((slice(0, 5), slice(None), slice(None)))
    np.testing.assert_array_equal(intact, FRAMES[:5])
    with pytest.raises(FileProblem, match=r"/data in .*corrupt.h5 cannot be read"):
        whole(dataset)


@pytest.mark.parametrize("content", [["some", "text"], "text", h5py.Empty("f4")])
def test_what_is_not_numbers_is_refused(tmp_path, content):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["data"] = content
    with pytest.raises(FileProblem, match="not an array of numbers"):
        open_hdf5_dataset(tmp_path / "a.h5", "/data")


def test_objects_of_any_length_are_refused(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("data", (3,), dtype=h5py.vlen_dtype(np.int32))
    with pytest.raises(FileProblem, match="type object"):
        open_hdf5_dataset(tmp_path / "a.h5", "/data")


def test_a_dataset_that_was_never_written_is_not_read_as_zeros(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("data", (10, 20), np.float32)
        file.create_dataset("chunks", (10, 20), np.float32, chunks=(1, 20))
    for name in ("/data", "/chunks"):
        with pytest.raises(FileProblem, match="never written"):
            open_hdf5_dataset(tmp_path / "a.h5", name)


def test_raw_files_outside_hdf5_are_refused(tmp_path):
    (tmp_path / "secret").write_bytes(bytes(range(200)))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("data", (200,), "u1", external=[(str(tmp_path / "secret"), 0, 200)])
    with pytest.raises(FileProblem, match=r"secret outside HDF5"):
        open_hdf5_dataset(tmp_path / "a.h5", "/data")


def test_a_link_is_followed_inside_the_folder_only(tmp_path):
    (tmp_path / "scan" / "parts").mkdir(parents=True)
    for folder in (tmp_path / "scan" / "parts", tmp_path):
        with h5py.File(folder / "part.h5", "w") as file:
            file["data"] = FRAMES
    master = tmp_path / "scan" / "master.h5"
    with h5py.File(master, "w") as file:
        file["inside"] = h5py.ExternalLink("parts/part.h5", "/data")
        file["outside"] = h5py.ExternalLink("../part.h5", "/data")
        file["absolute"] = h5py.ExternalLink(str(tmp_path / "part.h5"), "/data")
        file["lost"] = h5py.ExternalLink("none.h5", "/data")
        file["soft"] = h5py.SoftLink("/inside")
    for name in ("/inside", "/soft"):
        dataset = open_hdf5_dataset(master, name)
        np.testing.assert_array_equal(whole(dataset), FRAMES)
    assert {part["file"] for part in dataset.identity()["parts"]} == {
        str(master),
        str(master.parent / "parts" / "part.h5"),
    }
    for name in ("/outside", "/absolute"):
        with pytest.raises(FileProblem, match="outside the folder"):
            open_hdf5_dataset(master, name)
        allowed = open_hdf5_dataset(master, name, data_roots=(tmp_path,))
        np.testing.assert_array_equal(whole(allowed), FRAMES)
    with pytest.raises(FileProblem, match=r"needs the file none.h5"):
        open_hdf5_dataset(master, "/lost")
    assert dataset_paths(master) == ["/inside", "/soft"]


def test_a_symbolic_link_cannot_lead_a_link_out_of_the_folder(tmp_path):
    (tmp_path / "scan").mkdir()
    with h5py.File(tmp_path / "part.h5", "w") as file:
        file["data"] = FRAMES
    (tmp_path / "scan" / "disguised.h5").symlink_to(tmp_path / "part.h5")
    with h5py.File(tmp_path / "scan" / "master.h5", "w") as file:
        file["data"] = h5py.ExternalLink("disguised.h5", "/data")
    with pytest.raises(FileProblem, match="outside the folder"):
        open_hdf5_dataset(tmp_path / "scan" / "master.h5", "/data")


def test_links_in_a_circle_are_an_error(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["one"] = h5py.SoftLink("/two")
        file["two"] = h5py.SoftLink("/one")
        file["far"] = h5py.ExternalLink("a.h5", "/far")
        group = file.create_group("group")
        group["itself"] = group
        group["data"] = [1, 2]
    for name in ("/one", "/far"):
        with pytest.raises(FileProblem, match="circle"):
            open_hdf5_dataset(path, name)
    assert dataset_paths(path) == ["/group/data"]


def test_a_filter_that_nobody_has_is_named(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk((4,))
        properties.set_filter(499, h5py.h5z.FLAG_OPTIONAL)
        h5py.h5d.create(
            file.id, b"data", h5py.h5t.NATIVE_FLOAT, h5py.h5s.create_simple((100,)), properties
        )
    with pytest.raises(ImportError, match="filter 499"):
        open_hdf5_dataset(path, "/data")


def test_a_file_that_a_writer_has_open_can_be_read_in_swmr_mode(tmp_path):
    path, copy = tmp_path / "a.h5", tmp_path / "copy.h5"
    with h5py.File(path, "w", libver="latest") as file:
        data = file.create_dataset("data", data=FRAMES, chunks=(1, 8, 300))
        file.swmr_mode = True
        data.flush()
        shutil.copy(path, copy)
    np.testing.assert_array_equal(whole(open_hdf5_dataset(copy, "/data")), FRAMES)
    with h5py.File(path, "w", libver="latest") as file:
        file["data"] = FRAMES
        file.flush()
        shutil.copy(path, copy)
    with pytest.raises(FileProblem, match="h5clear -s"):
        open_hdf5_dataset(copy, "/data")


def test_a_file_that_the_notebook_has_open_can_be_read(stack):
    with h5py.File(stack):
        np.testing.assert_array_equal(whole(HDF5Dataset(stack, "/entry/data")), FRAMES)


def test_a_file_without_read_permission_says_so(tmp_path, as_ordinary_user):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["data"] = FRAMES
    path.chmod(0)
    with as_ordinary_user(), pytest.raises(FileProblem, match="may not be read"):
        open_hdf5_dataset(path, "/data")
