import os

import h5py
import numpy as np
import pytest

from daisy_kernel.errors import FileProblem
from daisy_kernel.formats import open_hdf5_dataset

PARTS = [np.full((4, 3, 5), n + 1.0) + np.arange(4).reshape(4, 1, 1) / 10 for n in range(3)]


@pytest.fixture
def master(tmp_path):
    layout = h5py.VirtualLayout((12, 3, 5), "f8")
    for n, part in enumerate(PARTS):
        with h5py.File(tmp_path / f"part{n}.h5", "w") as file:
            file["data"] = part
        source = h5py.VirtualSource(f"part{n}.h5", "/data", part.shape)
        layout[4 * n : 4 * n + 4] = source
    with h5py.File(tmp_path / "master.h5", "w") as file:
        file.create_virtual_dataset("data", layout, fillvalue=-1)
    return tmp_path / "master.h5"


def everything(reference):
    return reference.read((slice(None),) * 3)


def test_a_virtual_dataset_reads_like_its_parts(master):
    dataset = open_hdf5_dataset(master, "/data")
    np.testing.assert_array_equal(everything(dataset), np.concatenate(PARTS))
    assert [os.path.basename(p["file"]) for p in dataset.identity()["parts"]] == [  # noqa: PTH119
        "master.h5",
        "part0.h5",
        "part1.h5",
        "part2.h5",
    ]


def test_a_lost_part_is_named_and_never_read_as_fill_values(master):
    dataset = open_hdf5_dataset(master, "/data")
    (master.parent / "part1.h5").unlink()
    with pytest.raises(FileProblem, match=r"needs the file part1\.h5"):
        everything(dataset)
    with pytest.raises(FileProblem, match=r"needs the file part1\.h5"):
        open_hdf5_dataset(master, "/data")


def test_blocks_that_do_not_touch_the_lost_part_can_still_be_read(master):
    dataset = open_hdf5_dataset(master, "/data")
    (master.parent / "part1.h5").unlink()
    block = dataset.read((slice(8, 12), slice(None), slice(None)))
    np.testing.assert_array_equal(block, PARTS[2])


def test_a_truncated_part_is_named(master):
    os.truncate(master.parent / "part2.h5", 1000)
    with pytest.raises(FileProblem, match=r"part2\.h5 is truncated"):
        open_hdf5_dataset(master, "/data")


def test_a_part_without_its_dataset_is_named(master):
    with h5py.File(master.parent / "part0.h5", "w") as file:
        file["other"] = PARTS[0]
    with pytest.raises(FileProblem, match=r"/data in .*part0\.h5"):
        open_hdf5_dataset(master, "/data")


def test_a_part_that_is_too_short_is_named(tmp_path):
    with h5py.File(tmp_path / "part.h5", "w") as file:
        file["data"] = np.ones((4, 5))
    layout = h5py.VirtualLayout((6, 5), "f8")
    layout[:] = h5py.VirtualSource("part.h5", "/data", (8, 5))[:6]
    with h5py.File(tmp_path / "master.h5", "w") as file:
        file.create_virtual_dataset("data", layout)
    with pytest.raises(FileProblem, match=r"part\.h5, which has only the shape \(4, 5\)"):
        open_hdf5_dataset(tmp_path / "master.h5", "/data")


def test_a_part_outside_the_folder_is_refused(tmp_path):
    (tmp_path / "scan").mkdir()
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["data"] = np.ones(4)
    layout = h5py.VirtualLayout((4,), "f8")
    layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "/data", (4,))
    master = tmp_path / "scan" / "master.h5"
    with h5py.File(master, "w") as file:
        file.create_virtual_dataset("data", layout)
    with pytest.raises(FileProblem, match="outside the folder"):
        open_hdf5_dataset(master, "/data")
    allowed = open_hdf5_dataset(master, "/data", data_roots=(tmp_path,))
    np.testing.assert_array_equal(allowed.read((slice(None),)), np.ones(4))


def test_a_virtual_part_of_a_virtual_dataset_is_checked_too(master):
    layout = h5py.VirtualLayout((12, 3, 5), "f8")
    layout[:] = h5py.VirtualSource("master.h5", "/data", (12, 3, 5))
    top = master.parent / "top.h5"
    with h5py.File(top, "w") as file:
        file.create_virtual_dataset("data", layout)
    dataset = open_hdf5_dataset(top, "/data")
    np.testing.assert_array_equal(everything(dataset), np.concatenate(PARTS))
    (master.parent / "part0.h5").unlink()
    with pytest.raises(FileProblem, match=r"part0\.h5"):
        everything(dataset)


def test_parts_named_by_a_pattern_are_refused(tmp_path):
    with h5py.File(tmp_path / "part_0.h5", "w") as file:
        file["data"] = np.ones((1, 5))
    with h5py.File(tmp_path / "master.h5", "w") as file:
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        unlimited = h5py.h5s.UNLIMITED
        target = h5py.h5s.create_simple((0, 5), (unlimited, 5))
        target.select_hyperslab((0, 0), (unlimited, 1), (1, 1), (1, 5))
        source = h5py.h5s.create_simple((1, 5))
        properties.set_virtual(target, b"part_%b.h5", b"data", source)
        h5py.h5d.create(file.id, b"data", h5py.h5t.NATIVE_DOUBLE, target, properties)
    with pytest.raises(FileProblem, match="pattern"):
        open_hdf5_dataset(tmp_path / "master.h5", "/data")


def test_chosen_frames_of_a_virtual_dataset_are_read(master):
    from daisy_kernel.formats import HDF5Dataset

    dataset = HDF5Dataset(master, "/data", np.array([3, 4, 11]))
    np.testing.assert_array_equal(everything(dataset), np.concatenate(PARTS)[[3, 4, 11]])
