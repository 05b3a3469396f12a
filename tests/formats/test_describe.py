import json

import h5py
import numpy as np
import pytest
import tifffile

from daisy_kernel.errors import FileProblem
from daisy_kernel.formats import describe_file, describe_volume, write_provenance


def described(path):
    description = describe_file(path)
    assert json.loads(json.dumps(description, allow_nan=False)) == description
    return description


def test_a_scan_is_described_by_its_parts(data_exchange, nxtomo):
    for path, name in ((data_exchange, "Data Exchange"), (nxtomo, "NXtomo")):
        description = described(path)
        assert description["format"] == name
        assert description["projections"] == {"shape": [12, 6, 9], "dtype": "uint16"}
        assert description["flats"]["shape"] == [3, 6, 9]
        assert description["darks"]["shape"] == [2, 6, 9]
        assert description["angles"] == {
            "count": 12,
            "first_deg": 0.0,
            "last_deg": pytest.approx(165),
        }
        assert description["warnings"] == []
    assert description["metadata"] == {"sample": "tooth"}


def test_images_are_described_as_a_scan(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.ones((7, 5, 6), np.float32))
    description = described(tmp_path / "a.tif")
    assert description["format"] == "TIFF stack"
    assert (description["flats"], description["darks"]) == (None, None)


def test_a_scan_that_cannot_be_used_says_why_and_what_is_there(data_exchange):
    with h5py.File(data_exchange, "r+") as file:
        del file["exchange/theta"]
        file["exchange/theta"] = np.arange(5.0)
    description = described(data_exchange)
    assert "5 angles" in description["problem"]
    assert "/exchange/data_white" in [d["path"] for d in description["datasets"]]


def test_another_hdf5_file_is_described_by_its_datasets(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("raw/frames", data=np.ones((4, 6)), chunks=(1, 6), compression="gzip")
        file["title"] = "text"
        file["nothing"] = h5py.Empty("f4")
    description = described(tmp_path / "a.h5")
    assert (description["format"], description["provenance"]) == ("HDF5", False)
    assert description["datasets"] == [
        {"path": "/nothing", "shape": None, "dtype": "float32", "chunks": None, "filters": []},
        {
            "path": "/raw/frames",
            "shape": [4, 6],
            "dtype": "float64",
            "chunks": [1, 6],
            "filters": [1],
        },
        {"path": "/title", "shape": [], "dtype": "text", "chunks": None, "filters": []},
    ]


def test_a_result_of_daisy_says_whether_it_can_be_made_again(tmp_path):
    path = tmp_path / "result.h5"
    with h5py.File(path, "w") as file:
        file["entry/data/data"] = np.ones((2, 3, 3), np.float32)
        describe_volume(file, shape=(2, 3, 3))
    assert described(path)["definition"] == "NXtomoproc"
    assert described(path)["provenance"] is False
    with h5py.File(path, "r+") as file:
        write_provenance(file, {"document": {"daisy": 1}})
    assert described(path)["format"] == "Daisy result"
    assert described(path)["provenance"] is True


def test_a_damaged_file_is_an_error(tmp_path):
    (tmp_path / "a.h5").write_bytes(b"")
    with pytest.raises(FileProblem, match="empty"):
        describe_file(tmp_path / "a.h5")
    with pytest.raises(FileProblem, match="no file"):
        describe_file(tmp_path / "none.h5")
