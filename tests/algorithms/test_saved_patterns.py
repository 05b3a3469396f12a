"""Patterns in files: NeXus, text, pictures, PONI, each read back by somebody else."""

import h5py
import numpy as np
import pyFAI
import pytest
from PIL import Image
from pyFAI.containers import PolarizationDescription
from pyFAI.integrator import azimuthal
from pyFAI.io.integration_config import WorkerConfig
from pyFAI.io.ponifile import PoniFile
from pyFAI.units import to_unit

from daisy_kernel.contracts.run import RunOptions, RunRequest
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.inprocess import InProcessEngine

AXIS = np.linspace(1, 20, 50)


@pytest.fixture
def patterns():
    return np.random.default_rng(0).poisson(50, (4, 50)).astype(np.float32)


def run(objects, *steps):
    store = DataStore()
    for name, value in objects.items():
        store.put(name, value)
    engine = InProcessEngine(store, RunOptions(1 << 30, 2))

    def script():
        environment = {
            f"step{i}": {"class_name": name, "init_paras": init}
            for i, (name, init, _) in enumerate(steps)
        }
        engine.initialize(environment, {})
        for i, (_, _, params) in enumerate(steps):
            engine[f"step{i}"].execute(**params)

    record = engine.run(RunRequest("test"), script)
    assert record.state == "done", record.error
    return record


def test_patterns_with_errors_and_axis_make_an_nxazint1d(patterns, tmp_path):
    path = tmp_path / "p.h5"
    names = {"input_dataobj": "I", "errors_dataobj": "sigma", "axis_dataobj": "axis"}
    geometry = tmp_path / "g.poni"
    rest = "".join(f"{name}: 0\n" for name in ("Poni1", "Poni2", "Rot1", "Rot2", "Rot3"))
    geometry.write_text(
        f"# Wavelength: 1\nDistance: 0.1\n{rest}Wavelength: 1e-10\nWavelength: 5e-11\n"
    )
    run(
        {"I": patterns, "sigma": np.sqrt(patterns), "axis": AXIS},
        ("SavePatterns", {"outputfile_name": str(path)},
         {**names, "unit": "q_nm^-1", "geometry": str(geometry), "polarization": 0.99}),
    )  # fmt: skip
    with h5py.File(path) as file:
        entry = file["entry"]
        assert entry["definition"][()] == b"NXazint1d"
        assert entry["solid_angle_applied"][()]
        assert entry["polarization_applied"][()]
        assert not entry["normalization_applied"][()]
        assert entry["instrument/poni"][()].decode() == geometry.read_text()
        assert entry["instrument/monochromator/energy"][()] == pytest.approx(24.7968, abs=1e-3)
        data = entry["data"]
        assert data.attrs["signal"] == "I"
        assert list(data.attrs["axes"]) == ["frame", "radial_axis"]
        assert data["radial_axis"].attrs["units"] == "1/nm"
        np.testing.assert_array_equal(data["I"], patterns)
        np.testing.assert_array_equal(data["I_errors"], np.sqrt(patterns))
        np.testing.assert_array_equal(data["radial_axis"], AXIS)
        assert "document" in entry["reduction"] or entry["reduction"].attrs


def test_what_a_json_of_pyfai_chose_is_recorded_as_it_was_done(patterns, tmp_path):
    path, geometry = tmp_path / "p.h5", tmp_path / "g.json"
    made = azimuthal.AzimuthalIntegrator(0.1, detector="Pilatus100k", wavelength=1e-10)
    config = WorkerConfig(poni=PoniFile(made), nbpt_rad=50, unit=to_unit("q_A^-1"),
                          correct_solid_angle=False, normalization_factor=3.0,
                          polarization_description=PolarizationDescription(0.9))  # fmt: skip
    config.save(str(geometry))
    names = {"input_dataobj": "I", "axis_dataobj": "axis", "geometry": str(geometry)}
    step = ("SavePatterns", {"outputfile_name": str(path)}, names)
    run({"I": patterns, "axis": AXIS}, step)
    with h5py.File(path) as file:
        entry = file["entry"]
        assert not entry["solid_angle_applied"][()]
        assert entry["polarization_applied"][()]
        assert entry["normalization_applied"][()]
        assert entry["data/radial_axis"].attrs["units"] == "1/angstrom"
        (tmp_path / "kept.poni").write_text(entry["instrument/poni"][()].decode())
    assert pyFAI.load(str(tmp_path / "kept.poni")).detector.name == made.detector.name


def test_patterns_over_azimuths_make_an_nxazint2d(tmp_path):
    path = tmp_path / "p.h5"
    patterns = np.random.default_rng(0).random((2, 3, 50), np.float32)
    run(
        {"I": patterns, "axis": AXIS, "azimuth": np.array([-90.0, 0, 90])},
        ("SavePatterns", {"outputfile_name": str(path)},
         {"input_dataobj": "I", "axis_dataobj": "axis", "azimuth_dataobj": "azimuth"}),
    )  # fmt: skip
    with h5py.File(path) as file:
        assert file["entry/definition"][()] == b"NXazint2d"
        data = file["entry/data"]
        assert list(data.attrs["axes"]) == ["frame", "azimuthal_axis", "radial_axis"]
        assert data["azimuthal_axis"].attrs["units"] == "degree"
        np.testing.assert_array_equal(data["I"], patterns)


def test_a_table_is_what_numpy_reads_back(patterns, tmp_path):
    path = tmp_path / "p.xy"
    names = {"input_dataobj": "I", "errors_dataobj": "sigma", "axis_dataobj": "axis"}
    run(
        {"I": patterns, "sigma": np.sqrt(patterns), "axis": AXIS},
        ("TabulatePatterns", {}, {**names, "output_dataobj": "table"}),
        ("SaveText", {"outputfile_name": str(path)}, {"input_dataobj": "table", "header": "2th I"}),
    )
    table = np.loadtxt(path)
    assert path.read_text().startswith("# 2th I\n")
    np.testing.assert_allclose(table[:, 0], AXIS, rtol=1e-9)
    np.testing.assert_allclose(table[:, 1::2].T, patterns, rtol=1e-9)
    np.testing.assert_allclose(table[:, 2::2].T, np.sqrt(patterns), rtol=1e-9)


@pytest.mark.parametrize("kind", ["waterfall", "map"])
def test_a_picture_shows_something(patterns, tmp_path, kind):
    path = tmp_path / "p.png"
    patterns = patterns.copy()
    patterns[1, 3:5] = np.nan
    run(
        {"I": patterns, "axis": AXIS},
        ("DrawPatterns", {}, {"input_dataobj": "I", "axis_dataobj": "axis",
                              "output_dataobj": "picture", "kind": kind}),
        ("SavePicture", {"outputfile_name": str(path)}, {"input_dataobj": "picture"}),
    )  # fmt: skip
    with Image.open(path) as picture:
        pixels = np.asarray(picture)
    assert pixels.shape == (900, 1200, 3)
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 10


def test_a_poni_file_is_read_by_pyfai(tmp_path):
    path = tmp_path / "g.poni"
    numbers = np.array([0.2, 0.08, 0.085, 0.03, -0.05, 0.0, 172e-6, 75e-6])
    run(
        {"geometry": numbers},
        ("SavePONI", {"outputfile_name": str(path)},
         {"input_dataobj": "geometry", "wavelength": 0.4066}),
    )  # fmt: skip
    geometry = pyFAI.load(str(path))
    np.testing.assert_array_equal(geometry.param[:6], numbers[:6])
    assert (geometry.detector.pixel1, geometry.detector.pixel2) == (172e-6, 75e-6)
    assert geometry.wavelength == pytest.approx(0.4066e-10, rel=1e-12)


def test_nothing_is_saved_or_computed_where_no_file_is_named(patterns):
    record = run(
        {"I": patterns, "axis": AXIS},
        ("DrawPatterns", {}, {"input_dataobj": "I", "axis_dataobj": "axis",
                              "output_dataobj": "picture"}),
        ("SavePicture", {}, {"input_dataobj": "picture"}),
    )  # fmt: skip
    assert record.outputs == ()
