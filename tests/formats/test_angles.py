import h5py
import numpy as np
import pytest

from daisy_kernel.errors import FileProblem
from daisy_kernel.formats import open_scan, read_angles

DEGREES = np.arange(12) * 15.0


def set_theta(path, values, unit="degrees"):
    with h5py.File(path, "r+") as file:
        file["exchange/theta"][...] = values
        file["exchange/theta"].attrs["units"] = unit


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "0\n15 # second\n\n# comment\n30\n"),
        ("a.csv", "angle\n0,\n15,\n30,\n"),
        ("a.txt", "0.0\r\n1.5e1\r\n30\r\n"),
    ],
)
def test_text_files_of_angles_are_read(tmp_path, name, text):
    (tmp_path / name).write_text(text, newline="")
    np.testing.assert_array_equal(read_angles(tmp_path / name).values, [0, 15, 30])


@pytest.mark.parametrize("text", ["", "# nothing\n", "0\nfifteen\n", "0 1\n15 2\n", "0\n1\n2;3\n"])
def test_text_that_is_no_list_of_angles_is_refused(tmp_path, text):
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(FileProblem, match="expected one"):
        read_angles(tmp_path / "a.txt")


def test_npy_files_of_angles_are_read(tmp_path):
    np.save(tmp_path / "a.npy", DEGREES.astype(np.float32))
    np.testing.assert_array_equal(read_angles(tmp_path / "a.npy").values, DEGREES)


def test_npy_files_with_objects_or_of_another_shape_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(FileProblem, match="plain numbers"):
        read_angles(tmp_path / "a.npy")
    np.save(tmp_path / "a.npy", np.ones((2, 2)))
    with pytest.raises(FileProblem, match=r"shape \(2, 2\)"):
        read_angles(tmp_path / "a.npy")


def test_a_missing_file_of_angles_is_named(tmp_path):
    with pytest.raises(FileProblem, match=r"no file of angles .*a\.txt"):
        read_angles(tmp_path / "a.txt")


def test_angles_of_another_hdf5_file_keep_their_unit(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["theta"] = np.deg2rad(DEGREES)
        file["theta"].attrs["units"] = "rad"
    angles = read_angles(f"{tmp_path / 'a.h5'}:/theta")
    assert angles.unit == "rad"
    np.testing.assert_array_equal(angles.values, np.deg2rad(DEGREES))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_angles_that_are_not_numbers_are_refused_by_index(data_exchange, bad):
    values = DEGREES.copy()
    values[[4, 7]] = bad
    set_theta(data_exchange, values)
    with pytest.raises(FileProblem, match="2 angles that are not numbers, the first at index 4"):
        open_scan(data_exchange)


def test_degrees_that_look_like_radians_are_doubted(data_exchange):
    set_theta(data_exchange, np.deg2rad(DEGREES))
    (warning,) = open_scan(data_exchange).warnings
    assert "look like radians" in warning


def test_radians_that_look_like_degrees_are_doubted(data_exchange):
    set_theta(data_exchange, DEGREES, "radian")
    (warning,) = open_scan(data_exchange).warnings
    assert "look like degrees" in warning


@pytest.mark.parametrize("values", [DEGREES, DEGREES[::-1], DEGREES + 350, DEGREES * 2])
def test_usual_angles_are_not_doubted(data_exchange, values):
    set_theta(data_exchange, values)
    assert open_scan(data_exchange).warnings == ()


def test_angles_that_go_back_are_doubted_with_the_place(data_exchange):
    values = DEGREES.copy()
    values[[5, 6]] = values[[6, 5]]
    set_theta(data_exchange, values)
    (warning,) = open_scan(data_exchange).warnings
    assert "after index 5 comes 75 after 90 degrees" in warning
