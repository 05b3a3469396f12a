import h5py
import numpy as np
import pytest
from PIL import Image

from daisy_kernel import simulate
from daisy_kernel.cli.demo_errors import inner_circle, is_flat, measure
from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.simulate import demo_scan


def test_the_demo_says_where_the_files_are_and_what_to_do_next(daisy, monkeypatch):
    small = demo_scan(n_angle=60, n_row=4, n_col=64)
    monkeypatch.setattr(simulate, "demo_scan", lambda: small)
    said = daisy("demo", "--output", "here")
    assert said.code == 0, said.err
    for name in ("scan.h5", "reconstruction.h5", "demo.png"):
        assert f"here/{name}" in said.out
    assert f"true {small.centre:.2f}" in said.out
    assert "% of the rock's value" in said.out
    assert "daisy lab" in said.out.splitlines()[-1]


def test_the_demo_finds_the_centre_and_comes_close_to_the_truth(daisy, simulated, tmp_path):
    write_scan(simulated, tmp_path / "scan.h5")  # that of an earlier demo is replaced
    said = daisy("demo", "--output", tmp_path, "--json")
    assert said.code == 0, said.err
    answer = said.json
    assert abs(answer["parameters"]["center"] - answer["true_center"]) < 0.3
    assert answer["errors"]["flat_relative"] < 0.1
    with h5py.File(answer["output"]) as file:
        assert file["entry/data/data"].shape == (64, 256, 256)
    with Image.open(answer["picture"]) as picture:
        assert picture.width > 1000
        assert np.ptp(np.asarray(picture.convert("L"))) == 255


def test_the_demo_does_not_touch_a_scan_of_the_user(daisy, tmp_path):
    (tmp_path / "daisy-demo").mkdir()
    mine = tmp_path / "daisy-demo" / "scan.h5"
    mine.write_text("mine")
    said = daisy("demo")
    assert said.code == 1
    assert str(mine) in said.err
    assert mine.read_text() == "mine"


def test_the_demo_names_a_folder_that_cannot_be_made(daisy, tmp_path):
    (tmp_path / "file").touch()
    said = daisy("demo", "--output", "file/inside")
    assert said.code == 1
    assert "--output" in said.err


def test_flat_is_inside_the_sample_away_from_edges():
    truth = np.zeros((1, 41, 41), np.float32)
    truth[:, 10:31, 10:31] = 2.0
    flat = is_flat(truth)[0]
    expected = np.zeros((41, 41), bool)
    expected[13:28, 13:28] = True
    np.testing.assert_array_equal(flat, expected)


def test_errors_are_measured_within_the_circle():
    truth = np.full((2, 61, 61), 2.0, np.float32)
    volume = truth + np.float32(0.5)
    volume[:, ~inner_circle(61)] = 1e6
    errors = measure(volume, truth, attenuation=2.0)
    assert errors.raw == pytest.approx(0.5)
    assert errors.flat == pytest.approx(0.5)
    assert errors.bias == pytest.approx(0.5)
    assert errors.as_json()["raw_relative"] == pytest.approx(0.25)
    assert errors.flat_share == 1.0
