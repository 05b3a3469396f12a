"""Scan profiles: what they say of a file, and where they are kept."""

import json

import h5py
import numpy as np
import pytest

from daisy_kernel.contracts.scan_profile import ScanProfile
from daisy_kernel.errors import FileProblem, InvalidParameter, OutputExists, UnknownName
from daisy_kernel.formats import ProfileFolder, open_scan

N_ANGLE, N_ROW, N_COL = 7, 4, 6


@pytest.fixture
def frames():
    return np.random.default_rng(1).integers(0, 4000, (N_ANGLE + 3, N_ROW, N_COL)).astype("u2")


@pytest.fixture
def odd(tmp_path, frames):
    """Frames of a layout that nobody knows: 1 flat, 7 projections, 1 dark, 1 flat."""
    with h5py.File(tmp_path / "odd.h5", "w") as file:
        file["all"] = frames
        file["keys"] = [1, *[0] * N_ANGLE, 2, 1]
        file["angles of all"] = np.linspace(0, 1, N_ANGLE + 3)
        file["projections"] = frames[1:-2]
        file["mean flat"] = frames[0].astype("f4")
        file["theta"] = np.linspace(0, 90, N_ANGLE)
        file["energy"], file["pixel"], file["bare"] = [24500.0], 1.3, 1.3
        file["energy"].attrs["units"], file["pixel"].attrs["units"] = "eV", "um"
    return tmp_path / "odd.h5"


def whole(reference):
    return reference.read(tuple(slice(0, n) for n in reference.shape))


def test_datasets_are_taken_as_they_are_meant(odd, frames):
    profile = ScanProfile("/projections", "/mean flat", angles="/theta", energy="/energy")
    scan = open_scan(odd, profile=profile)
    np.testing.assert_array_equal(whole(scan.projections), frames[1:-2])
    np.testing.assert_array_equal(whole(scan.flats), frames[:1].astype("f4"))
    np.testing.assert_allclose(scan.angles_rad, np.deg2rad(np.linspace(0, 90, N_ANGLE)))
    assert scan.darks is None
    assert scan.metadata == {"energy_kev": 24.5}
    assert scan.datasets == {
        "projections": "/projections", "flats": "/mean flat", "angles": "/theta",
    }  # fmt: skip


def test_image_keys_tell_frames_apart_and_choose_their_angles(odd, frames):
    profile = ScanProfile(
        "/all",
        image_key="/keys",
        angles="/angles of all",
        angle_unit="radians",
        pixel_size="/pixel",
    )
    scan = open_scan(odd, profile=profile)
    np.testing.assert_array_equal(whole(scan.projections), frames[1:-2])
    np.testing.assert_array_equal(whole(scan.flats), frames[[0, -1]])
    np.testing.assert_array_equal(whole(scan.darks), frames[[-2]])
    np.testing.assert_array_equal(scan.angles_rad, np.linspace(0, 1, N_ANGLE + 3)[1:-2])
    assert scan.metadata["pixel_size_m"] == pytest.approx(1.3e-6)


def test_numbers_may_be_stated_and_a_bare_one_in_the_file_is_doubted(odd):
    scan = open_scan(odd, profile=ScanProfile("/projections", energy=30.0, pixel_size=2e-6))
    assert scan.metadata == {"energy_kev": 30.0, "pixel_size_m": 2e-6}
    scan = open_scan(odd, profile=ScanProfile("/projections", pixel_size="/bare"))
    assert "pixel_size_m" not in scan.metadata
    assert any("/bare names no unit" in warning for warning in scan.warnings)


def test_a_known_format_goes_on_stating_what_the_profile_leaves_out(tmp_path, frames):
    with h5py.File(tmp_path / "known.h5", "w") as file:
        file["exchange/data"], file["other"] = frames, frames[::2]
        file["measurement/sample/name"] = "Foam"
    scan = open_scan(tmp_path / "known.h5", profile=ScanProfile("/other"))
    assert scan.projections.shape[0] == (N_ANGLE + 4) // 2
    assert scan.metadata == {"sample": "Foam"}


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        (ScanProfile("/none"), "No dataset is called '/none'"),
        (ScanProfile("/theta"), "expected at least one image"),
        (ScanProfile("/projections", "/none"), "No dataset is called '/none'"),
        (ScanProfile("/projections", angles="/angles of all"), "10 angles"),
        (ScanProfile("/projections", image_key="/keys"), "10 keys for 7 frames"),
    ],
)
def test_a_profile_that_does_not_fit_says_what_does_not(odd, profile, words):
    with pytest.raises(FileProblem, match=words) as refused:
        open_scan(odd, profile=profile)
    assert "\n" not in str(refused.value)


def test_a_profile_needs_a_file_that_names_no_place_itself(odd, tmp_path):
    with pytest.raises(FileProblem, match="name the file only"):
        open_scan(f"{odd}:/projections", profile=ScanProfile("/projections"))
    (tmp_path / "a.tif").touch()
    with pytest.raises(FileProblem, match="TIFF images: a scan profile names datasets"):
        open_scan(tmp_path, profile=ScanProfile("/projections"))


@pytest.fixture
def folder(tmp_path):
    return ProfileFolder(tmp_path / "profiles", {"facility": {"projections": "/entry/data"}})


def test_a_profile_that_was_saved_is_found_again(folder, tmp_path):
    profile = ScanProfile("/a", flats="/b", angles="/c", angle_unit="radians", energy=12.5)
    folder.save("my beamline", profile, overwrite=False)
    again = ProfileFolder(tmp_path / "profiles", {})
    assert again.find("my beamline") == profile
    assert [told.name for told in folder.all()] == ["facility", "my beamline"]
    assert json.loads((tmp_path / "profiles/my beamline.json").read_text()) == {
        "projections": "/a", "flats": "/b", "angles": "/c", "angle_unit": "radians", "energy": 12.5,
    }  # fmt: skip
    folder.delete("my beamline")
    assert [told.name for told in again.all()] == []


def test_a_profile_may_be_written_out_instead_of_named(folder):
    assert folder.find('{"projections": "/a", "energy": 8.0}') == ScanProfile("/a", energy=8.0)
    with pytest.raises(InvalidParameter, match="is no JSON"):
        folder.find("{projections}")


def test_an_older_profile_is_replaced_only_if_that_is_meant(folder):
    folder.save("mine", ScanProfile("/a"), overwrite=False)
    folder.save("mine", ScanProfile("/a"), overwrite=False)  # the same
    with pytest.raises(OutputExists, match="'mine' already"):
        folder.save("mine", ScanProfile("/b"), overwrite=False)
    folder.save("mine", ScanProfile("/b"), overwrite=True)
    assert folder.find("mine") == ScanProfile("/b")


def test_profiles_of_the_facility_are_not_changed(folder):
    assert folder.all()[0].fixed
    for change in (
        lambda: folder.save("facility", ScanProfile("/a"), overwrite=True),
        lambda: folder.delete("facility"),
    ):
        with pytest.raises(InvalidParameter, match="of the facility's configuration"):
            change()
    assert folder.find("facility") == ScanProfile("/entry/data")


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".x", "x.", " x", "x ", "a" * 61, "ü", "a\0"])
def test_a_name_leads_to_no_other_place(folder, name, tmp_path):
    with pytest.raises(InvalidParameter, match="cannot be called"):
        folder.save(name, ScanProfile("/a"), overwrite=True)
    with pytest.raises((UnknownName, InvalidParameter)):
        folder.delete(name)
    assert not (tmp_path / "profiles").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "no JSON"), ("[]", "cannot be used"), ("{}", "projections"),
        ('{"projections": "relative"}', "projections"), ('{"projections": "/a", "x": 1}', "x: "),
        ('{"projections": "/a", "energy": -1}', "energy"),
        ('{"projections": "/a", "angle_unit": "turns"}', "angle_unit"), ("[" * 9000, "no JSON"),
    ],
)  # fmt: skip
def test_a_broken_profile_is_named_and_hides_no_other(folder, tmp_path, content, words):
    folder.save("sound", ScanProfile("/a"), overwrite=False)
    (tmp_path / "profiles/broken.json").write_text(content)
    told = {profile.name: profile for profile in folder.all()}
    assert told["sound"].profile == ScanProfile("/a")
    assert told["broken"].profile is None
    assert words in told["broken"].problem
    assert "\n" not in told["broken"].problem
    with pytest.raises(InvalidParameter, match="broken"):
        folder.find("broken")


def test_an_unknown_profile_is_answered_with_the_nearest(folder):
    with pytest.raises(UnknownName, match="Did you mean 'facility'"):
        folder.find("facilty")


def test_a_folder_that_cannot_be_written_says_what_to_do(tmp_path):
    (tmp_path / "file").touch()
    folder = ProfileFolder(tmp_path / "file/profiles", {})
    with pytest.raises(FileProblem, match="set profile_directory"):
        folder.save("mine", ScanProfile("/a"), overwrite=False)
