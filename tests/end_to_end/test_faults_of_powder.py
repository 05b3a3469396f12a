"""Bad input of `daisy run powder`: refused in one line, or patterns in which nothing is silent."""

import json
import os

import h5py
import hdf5plugin
import numpy as np
import pytest

from daisy_kernel.cli import main
from daisy_kernel.formats import write_eiger
from daisy_kernel.simulate import PowderStack

STACK = PowderStack(5, 60, 70, pixel_size_m=300e-6, distance_m=0.05, bits=16)
DATA = "/entry/data/data"
PONI = {
    "poni_version": "2",
    "Detector": "Detector",
    "Detector_config": '{"pixel1": 3e-4, "pixel2": 3e-4, "max_shape": [60, 70]}',
    "Distance": "0.05", "Poni1": str(STACK.poni1_m), "Poni2": str(STACK.poni2_m),
    "Rot1": "0", "Rot2": "0", "Rot3": "0", "Wavelength": "4e-11",
}  # fmt: skip


@pytest.fixture
def master(tmp_path):
    """Five frames in three files, and a master."""
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / "a_master.h5"
    return write_eiger(path, [STACK.frames()], frames_per_file=2, mask=STACK.mask)


@pytest.fixture
def poni(tmp_path):
    """Write a PONI file in which what is passed is replaced."""

    def write(**changed):
        path = tmp_path / "g.poni"
        lines = [f"{key}: {value}\n" for key, value in {**PONI, **changed}.items()]
        path.write_text("".join(lines))
        return path

    return write


@pytest.fixture
def perform(tmp_path, capsys, poni):
    """Run powder; returns exit code, lines on stderr, and the file of patterns."""
    folder = tmp_path / "out"
    folder.mkdir()

    def run(scan, *options, geometry=None):
        output = folder / "p.h5"
        geometry = poni() if geometry is None else geometry
        words = ["--scan", str(scan), "--geometry", str(geometry), "--output", str(output)]
        inputs = (f for f in tmp_path.rglob("*") if f.is_file() and f.parent != folder)
        before = {f: f.read_bytes() for f in inputs}
        code = main(["run", "powder", "--bins", "50", *words, *options])
        assert {f: f.read_bytes() for f in before} == before
        return code, capsys.readouterr().err.splitlines(), output

    return run


@pytest.fixture
def refused(perform):
    def run(scan, *options, geometry=None):
        code, told, output = perform(scan, *options, geometry=geometry)
        lines = [t for t in told if t.startswith("daisy:") and "warning:" not in t]
        assert code != 0
        assert len(lines) == 1, told
        assert "Traceback" not in lines[0]
        assert list(output.parent.iterdir()) == []
        return lines[0]

    return run


@pytest.fixture
def accepted(perform):
    """Patterns and what was told."""

    def run(scan, *options, geometry=None):
        code, told, output = perform(scan, "--overwrite", *options, geometry=geometry)
        assert code == 0, told
        with h5py.File(output) as file:
            return file["/entry/data/I"][()], told

    return run


def part(master, number):
    return master.with_name(f"a_data_{number:06}.h5")


def test_1_truncated_files_say_how_much_is_left(master, refused):
    size = part(master, 2).stat().st_size
    os.truncate(part(master, 2), size // 2)
    line = refused(master)
    assert "a_data_000002.h5 is truncated at" in line
    assert f"{size // 2:,}" in line or str(size // 2) in line
    os.truncate(master, 3000)
    assert "a_master.h5 is truncated at" in refused(master)


@pytest.mark.parametrize("content", [b"", b"hello, this is no detector"])
@pytest.mark.parametrize("name", ["a_master.h5", "a_data_000001.h5"])
def test_2_what_is_no_hdf5_is_refused(master, refused, content, name):
    master.with_name(name).write_bytes(content)
    assert name in refused(master)


@pytest.mark.parametrize("content", [b"", b"hello", b"\0\1\2", b"{", b"[1]"])
def test_2_what_is_no_geometry_is_refused(master, refused, tmp_path, content):
    (tmp_path / "g.x").write_bytes(content)
    assert "g.x" in refused(master, geometry=tmp_path / "g.x")


def test_3_what_is_missing_is_named_with_what_exists(master, refused, tmp_path):
    assert "entry/data" in refused(f"{part(master, 1)}:/entry/date/data")
    assert "nowhere.h5" in refused(tmp_path / "nowhere.h5")
    assert "nowhere.poni" in refused(master, geometry=tmp_path / "nowhere.poni")
    line = refused(master, "--monitor", f"{part(master, 1)}:/entry/data/dat")
    assert "/entry/data/data" in line


def test_5_a_single_frame_works_and_none_is_refused(accepted, refused, tmp_path):
    with h5py.File(tmp_path / "one.h5", "w") as file:
        file["data"] = STACK.frames()[:1]
    assert accepted(tmp_path / "one.h5")[0].shape == (1, 50)
    (tmp_path / "out" / "p.h5").unlink()
    with h5py.File(tmp_path / "none.h5", "w") as file:
        file["data"] = STACK.frames()[:0]
    assert "at least one frame" in refused(tmp_path / "none.h5")


def test_8_saturated_pixels_are_reported_and_left_out(accepted, tmp_path):
    frames, mask = STACK.frames(), STACK.mask.copy()
    free = np.flatnonzero(mask == 0)[100:107]
    mask.flat[free] = 1
    masked = write_eiger(tmp_path / "m_master.h5", [frames], mask=mask)
    expected, told = accepted(masked)
    assert not any("saturated" in line for line in told)
    frames = frames.copy()
    frames.reshape(5, -1)[:, free] = 0xFFFE
    full = write_eiger(tmp_path / "f_master.h5", [frames], mask=STACK.mask)
    found, told = accepted(full)
    assert any("7 pixels outside of the mask are saturated (65534" in line for line in told), told
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6 * expected.max())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Distance", "0"), ("Distance", "-0.1"), ("Distance", "nan"), ("Distance", "near"),
        ("Wavelength", "0"), ("Wavelength", "-1e-10"), ("Wavelength", "inf"),
        ("Wavelength", "0.7293"), ("Poni2", "None"), ("Poni1", "nan"), ("Rot1", "inf"),
        ("Distance", "169"),
    ],
)  # fmt: skip
def test_11_a_geometry_that_cannot_be_is_refused_by_its_name(master, refused, poni, key, value):
    line = refused(master, geometry=poni(**{key: value}))
    assert key in line
    assert value in line
    assert "g.poni" in line


def test_27_of_a_scan_that_is_still_written_only_finished_frames_are_taken(master, accepted):
    whole, _ = accepted(master)
    with h5py.File(part(master, 3), "w") as file:
        data = file.create_dataset(
            DATA, (2, 60, 70), "u2", chunks=(1, 60, 70), **hdf5plugin.Bitshuffle()
        )
        data[0] = STACK.frames()[4]
    found, told = accepted(master)
    assert any("1 of 2" in line for line in told), told
    np.testing.assert_array_equal(found, whole)
    part(master, 3).unlink()
    found, told = accepted(master)
    assert any("ends early: /entry/data/data_000003" in line for line in told), told
    np.testing.assert_array_equal(found, whole[:4])


def test_28_a_lost_part_is_named(master, refused, accepted, tmp_path):
    layout = h5py.VirtualLayout((4, 60, 70), "u2")
    for k in (0, 1):
        source = h5py.VirtualSource(f"in/{part(master, k + 1).name}", DATA, (2, 60, 70))
        layout[2 * k : 2 * k + 2] = source
    with h5py.File(tmp_path / "v.h5", "w") as file:
        file.create_virtual_dataset("data", layout)
    whole = accepted(tmp_path / "v.h5", "--mask", f"{master}:/entry/instrument/detector/pixel_mask")
    (tmp_path / "out" / "p.h5").unlink()
    np.testing.assert_array_equal(whole[0], accepted(master)[0][:4])
    (tmp_path / "out" / "p.h5").unlink()
    part(master, 2).unlink()
    assert "a_data_000002.h5" in refused(tmp_path / "v.h5")
    assert "a_data_000002.h5" in refused(master)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('{"poni": ' + '{"a":' * 100_000, "nested"),
        ('{"version": 5, "version": 4, "poni": {}}', "twice"),
        ('{"application": "pyfai-integrate", "version": 5, "poni": {"dist": NaN}}', "nan"),
        ('{"version": 5, "poni": {"detector": "os.system", "dist": 1}}', "os.system"),
        (
            '{"application": "pyfai-integrate", "version": 5, "integrator_class": "os.system", '
            '"poni": {"dist": 1}}',
            "os.system",
        ),
        ('{"version": 5, "poni": "/etc/passwd"}', "outside of its folder"),
        ('{"version": 5, "unit": {"formula": "__import__(1)"}, "poni": {"dist": 1}}', "unit"),
        ('{"version": 5, "text": "' + "x" * 20_000_000 + '"}', "MB"),
    ],
)
def test_31_a_malicious_json_is_refused(master, refused, tmp_path, text, hint):
    (tmp_path / "g.json").write_text(text)
    assert hint in refused(master, geometry=tmp_path / "g.json")


@pytest.mark.parametrize("name", ["os.system", "__import__('os')", "../../etc/passwd"])
def test_31_a_detector_that_pyfai_does_not_know_is_refused(master, refused, poni, name):
    assert name in refused(master, geometry=poni(Detector=name))


def test_32_links_out_of_the_folder_and_pickles_are_refused(master, refused, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with h5py.File(elsewhere / "b_master.h5", "w") as file:
        file["entry/data/data_000001"] = h5py.ExternalLink(str(part(master, 1)), DATA)
    assert "outside the folder" in refused(elsewhere / "b_master.h5")
    np.save(tmp_path / "m.npy", np.array([{}], object), allow_pickle=True)
    refused(master, "--monitor", str(tmp_path / "m.npy"))
    refused(master, "--mask", str(tmp_path / "m.npy"))


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_a_monitor_file_that_cannot_divide_is_refused_by_the_frame(
    master, refused, tmp_path, value
):
    np.savetxt(tmp_path / "m.txt", [1, 2, value, 1, 1])
    assert f"is {value:g} for frame 2" in refused(master, "--monitor", str(tmp_path / "m.txt"))


def test_a_header_is_never_used_unasked(accepted, poni, tmp_path):
    """With a PONI file, whatever the header says changes nothing, and the header is questioned."""
    header = {"wavelength_m": 1e-10, "distance_m": 0.5, "pixel_size_x_m": 1e-4,
              "pixel_size_y_m": 1e-4, "beam_center_x_px": 3, "beam_center_y_px": 4}  # fmt: skip
    silent = write_eiger(tmp_path / "s_master.h5", [STACK.frames()], mask=STACK.mask)
    stating = write_eiger(
        tmp_path / "t_master.h5", [STACK.frames()], mask=STACK.mask, metadata=header
    )
    expected, _ = accepted(silent)
    found, told = accepted(stating)
    np.testing.assert_array_equal(found, expected)
    assert any("not used unless asked" in line for line in told), told


def test_a_header_and_numbers_of_the_user_are_not_mixed(refused, tmp_path):
    header = {"wavelength_m": 1e-10, "distance_m": 0.5, "pixel_size_x_m": 1e-4,
              "pixel_size_y_m": 1e-4, "beam_center_x_px": 3, "beam_center_y_px": 4}  # fmt: skip
    scan = write_eiger(tmp_path / "t_master.h5", [STACK.frames()], mask=STACK.mask, metadata=header)
    line = refused(scan, "--set", "integrate.wavelength=0.7", geometry=scan)
    assert "both say where the detector is" in line


def test_a_json_of_pyfai_with_a_geometry_that_cannot_be_is_refused(master, refused, tmp_path):
    content = {"version": 5, "poni": {
        "poni_version": 2, "detector": "Detector", "dist": -0.1, "poni1": 0, "poni2": 0,
        "rot1": 0, "rot2": 0, "rot3": 0, "wavelength": 1e-10,
        "detector_config": {"pixel1": 3e-4, "pixel2": 3e-4, "max_shape": [60, 70]},
    }}  # fmt: skip
    (tmp_path / "g.json").write_text(json.dumps(content))
    line = refused(master, geometry=tmp_path / "g.json")
    assert "-0.1" in line
    assert "Distance" in line
