"""`daisy demo powder`: what it says, what it leaves, and how it measures its errors."""

import h5py
import numpy as np
import pytest
from PIL import Image

from daisy_kernel import simulate
from daisy_kernel.cli.demo_powder_errors import lattice_m, measure, true_pattern
from daisy_kernel.formats import write_eiger
from daisy_kernel.simulate import PowderStack, demo_stack

SMALL = demo_stack(n_frame=5, n=260)


def test_the_demo_says_where_the_files_are_and_how_far_it_is_from_the_truth(daisy, monkeypatch):
    monkeypatch.setattr(simulate, "demo_stack", lambda: SMALL)
    said = daisy("demo", "powder", "--output", "here")
    assert said.code == 0, said.err
    assert "warning" not in said.err
    for name in ("frames_master.h5", "frames.poni", "patterns.h5", "powder.png"):
        assert f"here/{name}" in said.out
    assert "true 1.0000%" in said.out
    assert "5 frames of 260 × 260 pixels" in said.out
    assert "daisy lab" in said.out.splitlines()[-1]


def test_the_demo_comes_as_close_to_the_truth_as_photons_allow(daisy, tmp_path):
    for _ in range(2):  # the second replaces the first
        said = daisy("demo", "powder", "--output", tmp_path, "--json")
        assert said.code == 0, said.err
    answer = said.json
    errors = answer["errors"]
    assert errors["lines_fitted"] == errors["lines_there"] == 600
    assert errors["lines_deg"] < 0.001
    assert errors["lines_worst_deg"] < 0.004
    assert errors["lattice"] < 30e-6
    assert errors["growth"] == pytest.approx(0.01, abs=5e-5)
    # Every bin of every frame, in its own standard error.
    assert errors["in_sigmas"] == pytest.approx(1, abs=0.05)
    assert errors["in_sigmas_worst"] < 6
    with h5py.File(answer["output"]) as file:
        assert file["entry/definition"][()] == b"NXazint1d"
        assert file["entry/data/I"].shape == file["entry/data/I_errors"].shape == (60, 800)
    with h5py.File(answer["scan"]) as file:
        assert file["entry/data/data_000003"].shape == (20, 514, 514)
    with Image.open(answer["picture"]) as picture:
        assert picture.width > 1000
        assert np.ptp(np.asarray(picture.convert("L"))) == 255


def test_the_demo_does_not_touch_frames_of_the_user(daisy, tmp_path):
    (tmp_path / "daisy-demo").mkdir()
    mine = write_eiger(tmp_path / "daisy-demo" / "frames_master.h5", [np.ones((1, 4, 4), "u2")])
    before = mine.read_bytes()
    said = daisy("demo", "powder")
    assert said.code == 1
    assert str(mine.parent) in said.err
    assert mine.read_bytes() == before


def test_a_technique_that_there_is_no_demo_of_is_refused(daisy):
    said = daisy("demo", "sorcery")
    assert said.code == 2
    assert "'tomography', 'powder'" in said.err


def test_the_lattice_comes_from_the_lines_that_there_are():
    places = np.stack([np.rad2deg(SMALL.lines(frame)[0]) for frame in range(5)])
    places[1, 3] = places[4, 0] = np.nan
    truth = [SMALL.lattice_m(frame) for frame in range(5)]
    np.testing.assert_allclose(lattice_m(places, SMALL.wavelength_m), truth, rtol=1e-12)


def test_errors_are_those_of_lines_and_of_every_bin():
    axis = np.linspace(5, 15, 400)
    truth = np.stack([true_pattern(SMALL, axis, frame) for frame in range(5)])
    places = np.stack([np.rad2deg(SMALL.lines(frame)[0]) for frame in range(5)])
    places[0, 0] += 0.01
    places[3, 2] = np.nan
    intensity = truth.copy()
    intensity[2, 7] += 30
    errors = measure(SMALL, axis, intensity, np.full_like(truth, 2), places)
    assert (errors.lines_there, errors.lines_fitted) == (50, 49)
    assert errors.lines_deg == pytest.approx(0.01 / 7)
    assert errors.lines_worst_deg == pytest.approx(0.01)
    assert errors.in_sigmas_worst == pytest.approx(15)
    assert errors.in_sigmas == pytest.approx(15 / np.sqrt(2000))


def test_the_true_pattern_of_a_bin_is_the_mean_over_it():
    stack = PowderStack(1, 4, 4)
    coarse, fine = np.linspace(6, 9, 61), np.linspace(6, 9, 60_001)
    means = [stack.pattern(np.deg2rad(fine[abs(fine - x) < 0.025]), 0).mean() for x in coarse[1:-1]]
    np.testing.assert_allclose(true_pattern(stack, coarse, 0)[1:-1], means, rtol=0.005)
