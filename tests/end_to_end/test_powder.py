"""Powder diffraction from the command line, on a real frame of CeO2."""

import numpy as np

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
