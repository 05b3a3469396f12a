import json
from datetime import UTC, datetime

import h5py
import numpy as np
import pytest

from daisy_kernel.errors import FileProblem
from daisy_kernel.formats import (
    Axis,
    describe_volume,
    has_provenance,
    read_provenance,
    write_entry,
    write_nxdata,
    write_provenance,
)

PROVENANCE = {
    "version": "1.0",
    "date": "2026-11-23T12:00:00+00:00",
    "raw_file": "/data/scan.h5",
    "document": {"daisy": 1, "steps": [{"algorithm": "Normalize", "µ": None}]},
    "parameters": {"center": 295.5, "names": ["a", "b"]},
    "versions": {"numpy": "2.4"},
    "inputs": [{"file": "scan.h5", "size": 12}],
}


@pytest.fixture
def file(tmp_path):
    with h5py.File(tmp_path / "result.h5", "w") as file:
        file["entry/data/data"] = np.zeros((2, 3, 5), np.float32)
        yield file


def test_a_volume_opens_on_its_plot_with_axes_from_the_rotation_axis(file):
    describe_volume(file, shape=(2, 3, 5), voxel_size_m=2e-6, unit="1/m")
    assert file.attrs["default"] == "entry"
    entry = file["entry"]
    assert (entry.attrs["NX_class"], entry.attrs["default"]) == ("NXentry", "data")
    assert entry["definition"].asstr()[()] == "NXtomoproc"
    data = entry["data"]
    assert (data.attrs["NX_class"], data.attrs["signal"]) == ("NXdata", "data")
    assert list(data.attrs["axes"]) == ["slice", "y", "x"]
    assert [data.attrs[f"{name}_indices"] for name in ("slice", "y", "x")] == [0, 1, 2]
    np.testing.assert_allclose(data["x"], [-4e-6, -2e-6, 0, 2e-6, 4e-6])
    np.testing.assert_allclose(data["y"], [-2e-6, 0, 2e-6])
    np.testing.assert_allclose(data["slice"], [0, 2e-6])
    assert data["x"].attrs["units"] == "m"
    assert data["data"].attrs["units"] == "1/m"
    datetime.fromisoformat(entry["start_time"].asstr()[()])


def test_without_a_voxel_size_axes_count_pixels(file):
    describe_volume(file, shape=(2, 3, 5))
    assert file["entry/data/x"].attrs["units"] == "pixel"
    np.testing.assert_array_equal(file["entry/data/x"], [-2, -1, 0, 1, 2])


def test_what_the_scan_says_is_carried_over(file):
    metadata = {"sample": "tooth", "energy_kev": 25.0, "pixel_size_m": 1e-6, "distance_m": 0.05}
    start = datetime(2026, 1, 2, tzinfo=UTC)
    describe_volume(file, shape=(2, 3, 5), metadata=metadata, start_time=start)
    entry = file["entry"]
    assert entry["sample/name"].asstr()[()] == "tooth"
    assert entry["sample"].attrs["NX_class"] == "NXsample"
    energy = entry["instrument/beam/incident_energy"]
    assert (energy[()], energy.attrs["units"]) == (25.0, "keV")
    assert entry["instrument/detector/x_pixel_size"][()] == 1e-6
    assert entry["instrument/detector/distance"].attrs["units"] == "m"
    assert entry["start_time"].asstr()[()] == "2026-01-02T00:00:00+00:00"


def test_describing_twice_is_harmless(file):
    for _ in range(2):
        describe_volume(file, shape=(2, 3, 5), metadata={"sample": "tooth", "energy_kev": 25.0})
    assert file["entry/sample/name"].asstr()[()] == "tooth"


def test_axes_without_values_are_marked_by_a_dot(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        group = write_entry(file, definition="NXazint1d").create_group("data")
        group["I"] = np.ones((3, 4))
        q = Axis("radial_axis", np.arange(4.0), "q_nm^-1")
        write_nxdata(group, signal="I", axes=[Axis("frame"), q], title="pattern")
        assert list(group.attrs["axes"]) == [".", "radial_axis"]
        assert group.attrs["radial_axis_indices"] == 1
        assert "frame_indices" not in group.attrs


def test_axes_that_do_not_fit_the_signal_are_refused(file):
    group = file["entry/data"]
    for axes in ([Axis("x")], [Axis("a"), Axis("b"), Axis("c", np.arange(4))]):
        with pytest.raises(ValueError, match=r"shape \(2, 3, 5\)"):
            write_nxdata(group, signal="data", axes=axes)
    with pytest.raises(ValueError, match="no dataset 'I'"):
        write_nxdata(group, signal="I", axes=[])


def test_provenance_comes_back_as_it_was_given(file, tmp_path):
    write_provenance(file, PROVENANCE)
    group = file["entry/reconstruction"]
    assert group.attrs["NX_class"] == "NXprocess"
    assert group["program"].asstr()[()] == "Daisy"
    assert group["version"].asstr()[()] == "1.0"
    assert group["sequence_index"][()] == 1
    assert group["parameters/raw_file"].asstr()[()] == "/data/scan.h5"
    assert json.loads(group["document"].asstr()[()]) == PROVENANCE["document"]
    file.close()
    assert has_provenance(tmp_path / "result.h5")
    assert read_provenance(tmp_path / "result.h5") == PROVENANCE


def test_provenance_can_be_written_again_and_elsewhere(file, tmp_path):
    write_provenance(file, {"document": 1, "parameters": 1}, entry="other", process="reduction")
    write_provenance(file, PROVENANCE, entry="other", process="reduction")
    file.close()
    assert read_provenance(tmp_path / "result.h5") == PROVENANCE


def test_numbers_of_numpy_paths_and_infinities_are_written_as_json(file, tmp_path):
    parameters = {"a": np.float32(0.5), "b": float("inf"), "c": tmp_path, "d": (np.int64(3),)}
    write_provenance(file, {"document": {}, "parameters": parameters})
    file.close()
    read = read_provenance(tmp_path / "result.h5")["parameters"]
    assert read == {"a": 0.5, "b": "inf", "c": str(tmp_path), "d": [3]}


def test_a_long_document_is_read_whole(file, tmp_path):
    document = {"steps": ["µ" * 1000] * 2000}
    write_provenance(file, {"document": document})
    file.close()
    assert read_provenance(tmp_path / "result.h5")["document"] == document


@pytest.mark.parametrize("value", [object(), {"a": {1, 2}}, np.ones(3), b"bytes"])
def test_what_is_no_json_is_refused(file, value):
    with pytest.raises(FileProblem, match="'document' cannot be written as JSON"):
        write_provenance(file, {"document": value})


def test_too_much_provenance_is_refused(file):
    with pytest.raises(FileProblem, match="more than 10000000"):
        write_provenance(file, {"document": "x" * 10_000_001})


def test_a_file_without_provenance_says_so(file, tmp_path):
    describe_volume(file, shape=(2, 3, 5))
    file.close()
    assert not has_provenance(tmp_path / "result.h5")
    with pytest.raises(FileProblem, match="holds no provenance of Daisy"):
        read_provenance(tmp_path / "result.h5")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "not valid JSON"),
        (b'{"a": NaN}', "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (np.arange(3), "not the text"),
        ("text of any length", "not the text"),
    ],
)
def test_provenance_that_was_tampered_with_is_refused(file, tmp_path, content, message):
    write_provenance(file, PROVENANCE)
    del file["entry/reconstruction/document"]
    if isinstance(content, bytes):
        content = np.array(content, dtype=h5py.string_dtype("utf-8", len(content)))
    file["entry/reconstruction/document"] = content
    file.close()
    with pytest.raises(FileProblem, match=message):
        read_provenance(tmp_path / "result.h5")


def test_a_huge_text_is_refused_before_it_is_read(file, tmp_path):
    write_provenance(file, PROVENANCE)
    group = file["entry/reconstruction"]
    del group["document"]
    group.create_dataset("document", (), h5py.string_dtype("utf-8", 50_000_000))
    file.close()
    with pytest.raises(FileProblem, match="50000000 bytes"):
        read_provenance(tmp_path / "result.h5")
