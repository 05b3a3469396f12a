"""Powder diffraction from the command line, on a real frame of CeO2."""

import json

import h5py
import numpy as np
import pytest
from pyFAI.detectors import Detector
from pyFAI.integrator.azimuthal import AzimuthalIntegrator
from pyFAI.io.integration_config import WorkerConfig
from pyFAI.io.ponifile import PoniFile
from pyFAI.units import to_unit

from daisy_kernel.cli.main import main
from daisy_kernel.formats import write_eiger
from daisy_kernel.simulate import PowderStack


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


@pytest.fixture
def eiger(tmp_path):
    """A simulated master with its geometry in the header; returns path and stack."""
    stack = PowderStack(3, 200, 210, pixel_size_m=300e-6, distance_m=0.15)
    header = {
        "distance_m": stack.distance_m,
        "wavelength_m": stack.wavelength_m,
        "pixel_size_x_m": stack.pixel_size_m,
        "pixel_size_y_m": stack.pixel_size_m,
        "beam_center_x_px": stack.poni2_m / stack.pixel_size_m,
        "beam_center_y_px": stack.poni1_m / stack.pixel_size_m,
    }
    path = write_eiger(tmp_path / "a_master.h5", [stack.frames()], mask=stack.mask, metadata=header)
    return path, stack


def by_pyfai(stack, **options):
    detector = Detector(*[stack.pixel_size_m] * 2, max_shape=(stack.n_row, stack.n_col))
    place = (stack.distance_m, stack.poni1_m, stack.poni2_m)
    made = AzimuthalIntegrator(*place, detector=detector, wavelength=stack.wavelength_m)
    results = [made.integrate1d(f, mask=stack.mask, **options) for f in stack.frames()]
    return np.stack([result.intensity for result in results]), made


def assert_saved(path, expected, unit):
    with h5py.File(path) as file:
        found, axis = file["entry/data/I"][()], file["entry/data/radial_axis"]
        assert axis.attrs["units"] == unit
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6 * expected.max())


def test_a_header_is_believed_where_the_user_names_its_file_as_the_geometry(
    eiger, tmp_path, capsys
):
    path, stack = eiger
    words = ["--scan", str(path), "--geometry", str(path), "--output", str(tmp_path / "p.h5")]
    assert main(["run", "powder", *words]) == 0
    told = capsys.readouterr()
    assert "without tilt and not calibrated: distance 0.15 m" in told.out + told.err
    assert_saved(tmp_path / "p.h5", by_pyfai(stack, npt=1000, unit="2th_deg")[0], "degree")


def test_a_json_of_pyfai_says_how_a_workflow_integrates(eiger, tmp_path, capsys):
    path, stack = eiger
    options = {"unit": "q_nm^-1", "correctSolidAngle": False, "radial_range": (5, 60)}
    expected, made = by_pyfai(stack, npt=300, method=("no", "csr", "cython"), **options)
    config = WorkerConfig(
        poni=PoniFile(made), nbpt_rad=300, unit=to_unit("q_nm^-1"), correct_solid_angle=False,
        radial_range=[5, 60], method=("no", "csr", "cython"),
    )  # fmt: skip
    config.save(str(tmp_path / "g.json"))
    words = ["--scan", str(path), "--geometry", str(tmp_path / "g.json")]
    more = ["--output", str(tmp_path / "p.h5"), "--picture", str(tmp_path / "p.png")]
    assert main(["run", "powder", *words, *more]) == 0
    assert_saved(tmp_path / "p.h5", expected, "1/nm")
    config.monitor_name = "diode"
    config.save(str(tmp_path / "g.json"))
    capsys.readouterr()
    assert main(["run", "powder", *words, "--output", str(tmp_path / "q.h5")]) != 0
    assert "divides by 'diode'" in capsys.readouterr().err
