"""Bad input: one clear line, exit code not 0, nothing half-written, inputs untouched."""

import hashlib
import json
import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest

from daisy_kernel.cli import main
from daisy_kernel.configuration import parse_size

ANGLES = np.arange(12) * 15.0


@pytest.fixture
def scan(tmp_path):
    """Write a tiny Data Exchange file; what is passed replaces or (None) removes a dataset."""

    def write(name="scan.h5", **changed):
        rng = np.random.default_rng(1)
        datasets = {
            "data": rng.integers(500, 900, (12, 4, 16)).astype(np.uint16),
            "data_white": np.full((3, 4, 16), 1000, np.uint16),
            "data_dark": np.full((2, 4, 16), 10, np.uint16),
            "theta": ANGLES,
        }
        path = tmp_path / name
        with h5py.File(path, "w") as file:
            for key, value in {**datasets, **changed}.items():
                if value is not None:
                    file[f"exchange/{key}"] = value
        return path

    return write


@pytest.fixture
def output(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "reco.h5"


@pytest.fixture
def refused(capsys, output):
    """Run `daisy run tomography`, which must fail as every failure must; return its one line."""

    def run(path, *options, code=1):
        before = _digest(path)
        arguments = ["run", "tomography", "--scan", str(path), "--output", str(output)]
        assert main([*arguments, "--center", "7.5", *options]) == code
        told = capsys.readouterr().err.splitlines()
        lines = [t for t in told if t.startswith("daisy:") and "warning:" not in t]
        assert len(lines) == 1, lines
        assert list(output.parent.iterdir()) == []
        assert _digest(path) == before
        return lines[0]

    return run


def accepted(path, output, *options):
    arguments = ["run", "tomography", "--scan", str(path), "--output", str(output)]
    assert main([*arguments, "--center", "7.5", *options]) == 0
    with h5py.File(output) as file:
        return file["/entry/data/data"][()]


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def test_1_a_truncated_file_says_how_much_is_left(scan, refused):
    path = scan()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    line = refused(path)
    assert "truncated" in line
    assert str(len(whole) // 2) in line


@pytest.mark.parametrize("content", [b"", b"hello, this is not HDF5 at all"])
def test_2_a_file_that_is_no_hdf5_is_refused(tmp_path, refused, content):
    path = tmp_path / "scan.h5"
    path.write_bytes(content)
    assert "scan.h5" in refused(path)


def test_3_a_missing_dataset_lists_what_exists(scan, refused):
    assert "exchange/data_white" in refused(scan(data=None))


def test_3_a_missing_file_is_named(tmp_path, refused):
    assert "nowhere.h5" in refused(tmp_path / "nowhere.h5")


def test_4_projections_with_two_dimensions_are_refused(scan, refused):
    assert "(12, 4)" in refused(scan(data=np.ones((12, 4), np.uint16)))


def test_4_flats_of_another_size_are_refused_with_both_shapes(scan, refused):
    line = refused(scan(data_white=np.full((3, 5, 16), 1000, np.uint16)))
    assert "5, 16" in line
    assert "4, 16" in line


def test_4_transposed_projections_are_refused(scan, refused):
    refused(scan(data=np.ones((16, 4, 12), np.uint16)))


def test_5_no_projection_is_refused(scan, refused):
    refused(scan(data=np.ones((0, 4, 16), np.uint16), theta=np.zeros(0)))


def test_5_one_projection_works(scan, output):
    volume = accepted(scan(data=np.full((1, 4, 16), 500, np.uint16), theta=np.zeros(1)), output)
    assert np.isfinite(volume).all()


def test_6_flats_that_are_not_finite_are_counted_and_never_give_a_silent_nan(scan, output, capsys):
    flats = np.full((3, 4, 16), 1000.0)
    flats[:, 2, 5] = np.nan
    volume = accepted(scan(data_white=flats), output)
    assert np.isfinite(volume).all()
    assert "1 of 64 pixels are dead" in capsys.readouterr().err


def test_7_dead_pixels_are_replaced_and_counted(scan, output, capsys):
    flats = np.full((3, 4, 16), 1000, np.uint16)
    flats[:, 1, 3:5] = 10
    assert np.isfinite(accepted(scan(data_white=flats), output)).all()
    assert "2 of 64 pixels are dead" in capsys.readouterr().err


def test_7_dead_pixels_are_an_error_where_asked(scan, refused):
    flats = np.full((3, 4, 16), 1000, np.uint16)
    flats[:, 1, 3:5] = 10
    assert "dead" in refused(scan(data_white=flats), "--dead-pixels", "error")


def test_8_saturated_pixels_are_reported(scan, output, capsys):
    projections = np.full((12, 4, 16), 500, np.uint16)
    projections[0, 0, :3] = 65535
    accepted(scan(data=projections), output)
    assert "3 pixels are saturated" in capsys.readouterr().err


def test_9_angles_that_are_not_numbers_are_refused(scan, refused):
    refused(scan(theta=np.where(np.arange(12) == 3, np.nan, ANGLES)))


def test_9_another_number_of_angles_is_refused_with_both_numbers(scan, refused):
    line = refused(scan(theta=ANGLES[:10]))
    assert "10" in line
    assert "12" in line


def test_9_unordered_angles_are_a_warning(scan, output, capsys):
    accepted(scan(theta=ANGLES[[1, 0, *range(2, 12)]]), output)
    assert "angle" in capsys.readouterr().err


def test_10_a_centre_outside_the_detector_is_refused(scan, refused):
    line = refused(scan(), "--center", "99")
    assert "99" in line
    assert "15" in line


@pytest.mark.parametrize("wavelength", ["0", "-1", "abc"])
def test_11_a_wavelength_that_cannot_be_is_refused_with_its_unit(session, wavelength):
    session["frames"] = np.ones((1, 8, 8), np.float32)
    with pytest.raises(ValueError, match=r"wavelength.*angstrom"):
        session.engine["AlgFAIIntegrate"].execute(
            wavelength=wavelength,
            directDist=100,
            centerX=4,
            centerY=4,
            pixelX=75,
            pixelY=75,
            input_dataobj="frames",
            output_dataobj="patterns",
        )


def test_12_counts_below_the_dark_do_not_wrap_around(scan, output):
    projections = np.full((12, 4, 16), 500, np.uint16)
    projections[:, :, 8] = 3
    volume = accepted(scan(data=projections), output)
    assert np.abs(volume).max() < 100


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (["--algorithm", "fourrier"], "fourier"),
        (["--set", "reconstruct.filtername=ramp"], "filter_name"),
        (["--set", "recontruct.filter_name=ramp"], "reconstruct"),
    ],
)
def test_13_a_typing_error_is_answered_with_what_exists(scan, refused, options, hint):
    assert hint in refused(scan(), *options)


def test_13_an_unknown_workflow_is_answered_with_the_nearest(capsys):
    assert main(["run", "tomografy"]) != 0
    assert "tomography" in capsys.readouterr().err


def test_16_a_block_beyond_the_memory_is_refused_with_both_numbers(scan, refused):
    line = refused(scan(), "--memory", "20kB")
    assert "20 kB" in line


def test_17_a_full_disk_is_noticed_before_anything_is_computed(tmp_path, refused, output):
    free = shutil.disk_usage(tmp_path).free
    n_row = int(free / (4096 * 4096 * 4)) + 1000
    path = tmp_path / "huge.h5"
    with h5py.File(path, "w") as file:  # chunks that were never written take no space
        shape = (4, n_row, 4096)
        for name, n in (("data", 4), ("data_white", 1), ("data_dark", 1)):
            dataset = file.create_dataset(
                f"exchange/{name}", (n, *shape[1:]), np.uint8, chunks=(1, 256, 4096), fillvalue=9
            )
            dataset[0, :256] = 9
        file["exchange/theta"] = np.arange(4) * 45.0
    line = refused(path, "--memory", "8GB")
    assert "free space" in line


def test_18_a_folder_that_is_not_there_is_refused(scan, output, capsys):
    missing = output.parent / "missing" / "reco.h5"
    arguments = ["run", "tomography", "--scan", str(scan()), "--output", str(missing)]
    assert main(arguments) == 1
    assert "missing" in capsys.readouterr().err
    assert not missing.parent.exists()


def test_an_existing_output_is_kept_unless_asked(scan, output, capsys):
    first = accepted(scan(), output)
    before = _digest(output)
    arguments = ["run", "tomography", "--scan", str(scan()), "--output", str(output)]
    assert main([*arguments, "--center", "7"]) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert _digest(output) == before
    second = accepted(scan(), output, "--overwrite", "--algorithm", "fbp")
    assert not np.array_equal(first, second)


def test_24_two_runs_for_one_output_end_with_one_result(small_file, output):
    command = [
        *[sys.executable, "-m", "daisy_kernel.cli", "run", "tomography"],
        *["--scan", small_file, "--output", output, "--json"],
    ]
    children = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = [child.communicate(timeout=120) for child in children]
    codes = sorted(child.returncode for child in children)
    assert codes == [0, 1], answers
    with h5py.File(output) as file:
        assert file["/entry/data/data"].shape == (20, 64, 64)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('{"daisy": 1, "name": "x", "algorithms": {"a": {"class": "os.system"}}, '
         '"steps": [{"algorithm": "a"}]}', "os.system"),
        ('{"daisy": 1, "name": "x", "name": "y"}', "twice"),
        ('{"daisy": 1, "name": "x", "steps": NaN}', "NaN"),
        ('{"daisy": 2, "name": "x"}', "version"),
        ("[" * 100_000, "JSON"),
        ('{"daisy": 1, "name": "x", "inputs": ' + '{"a":' * 40 + "1" + "}" * 41, "nested"),
        ('{"daisy": 1, "name": "x", "__import__": "os"}', "__import__"),
    ],
)  # fmt: skip
def test_31_a_malicious_document_is_refused(tmp_path, capsys, text, hint):
    document = tmp_path / "bad.daisy.json"
    document.write_text(text)
    assert main(["run", str(document)]) == 1
    error = capsys.readouterr().err
    assert hint in error
    assert "Traceback" not in error


def test_32_pickled_angles_are_refused(scan, tmp_path, refused):
    angles = tmp_path / "angles.npy"
    np.save(angles, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    refused(scan(), "--angles", str(angles))


def test_32_a_link_out_of_the_folder_is_refused(scan, tmp_path, refused):
    secret = tmp_path / "elsewhere"
    secret.mkdir()
    with h5py.File(secret / "secret.h5", "w") as file:
        file["data"] = np.ones((12, 4, 16), np.uint16)
    folder = tmp_path / "here"
    folder.mkdir()
    path = scan("here/scan.h5", data=h5py.ExternalLink("../elsewhere/secret.h5", "/data"))
    refused(path)


def test_an_error_is_json_too_where_asked(scan, output, capsys):
    arguments = ["run", "tomography", "--scan", str(scan()), "--output", str(output), "--json"]
    main([*arguments, "--center", "7.5"])
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert answer["state"] == "done"
    assert answer["parameters"]["center"] == 7.5
    assert set(answer) >= {"run", "state", "output", "parameters", "seconds"}


def test_sizes_are_read_as_people_write_them():
    assert parse_size("4GB") == parse_size("4 GB") == 4_000_000_000
    assert parse_size("500MB") == 500_000_000
