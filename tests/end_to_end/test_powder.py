"""Powder diffraction from the command line, on a real frame of CeO2."""

import json

import h5py
import numpy as np
import pytest

from daisy_kernel.cli.main import main


def test_a_real_frame_gives_the_pattern_that_came_with_it(real_data, tmp_path):
    words = ["--geometry", str(real_data("diffraction/CeO2_Pilatus1M.poni")), "--flip", "ud",
             "--bins", "1512", "--polarization", "0.99", "--output", str(tmp_path / "p.h5"),
             "--text", str(tmp_path / "p.xy")]  # fmt: skip
    scan = str(real_data("diffraction/CeO2_Pilatus1M.tif"))
    assert main(["run", "powder", "--scan", scan, *words]) == 0
    axis, intensity, _ = np.loadtxt(tmp_path / "p.xy").T
    given_axis, given = np.loadtxt(real_data("diffraction/CeO2_Pilatus1M.xy")).T
    np.testing.assert_allclose(axis, given_axis, atol=2e-6)
    difference = np.abs(intensity / given - 1)
    assert np.median(difference) < 1e-5
    assert difference.max() < 1e-3


def test_maps_average_to_the_pattern(real_data, tmp_path):
    geometry = str(real_data("diffraction/CeO2_Pilatus1M.poni"))
    words = ["--scan", str(real_data("diffraction/CeO2_Pilatus1M.tif")), "--flip", "ud",
             "--geometry", geometry, "--bins", "200"]  # fmt: skip
    assert main(["run", "powder", *words, "--output", str(tmp_path / "1d.h5")]) == 0
    words += ["--azimuth_bins", "36", "--output", str(tmp_path / "2d.h5")]
    assert main(["run", "powder-2d", *words]) == 0
    with h5py.File(tmp_path / "1d.h5") as one, h5py.File(tmp_path / "2d.h5") as two:
        assert two["entry/definition"][()] == b"NXazint2d"
        pattern, maps = one["entry/data/I"][0], two["entry/data/I"][0]
        azimuth = two["entry/data/azimuthal_axis"][:]
    assert maps.shape == (36, 200)
    assert len(azimuth) == 36
    assert np.all(np.diff(azimuth) > 0)
    # Inner rings are seen all round, so that the mean over the azimuths is the pattern.
    inner = slice(20, 90)
    np.testing.assert_allclose(maps[:, inner].mean(axis=0), pattern[inner], rtol=0.1)


def test_a_rough_geometry_is_refined_into_a_poni_file_that_the_next_run_takes(
    real_data, tmp_path, capsys
):
    scan, poni = str(real_data("diffraction/CeO2_Pilatus1M.tif")), str(tmp_path / "refined.poni")
    words = ["--wavelength", "0.4066", "--distance", "213", "--center_x", "494", "--center_y",
             "506", "--pixel_size", "172", "--flip", "ud", "--output", poni, "--json"]  # fmt: skip
    assert main(["run", "calibrate", "--scan", scan, *words]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])["parameters"]
    assert found["distance"] == pytest.approx(208.689, abs=0.1)
    assert found["residual"] < 0.01
    words = ["--geometry", poni, "--flip", "ud", "--output", str(tmp_path / "p.h5")]
    assert main(["run", "powder", "--scan", scan, *words]) == 0
