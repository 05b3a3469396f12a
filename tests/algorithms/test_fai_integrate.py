"""Azimuthal integration as a step: real data, geometries, maps, and what is refused."""

from collections import OrderedDict

import fabio
import numpy as np
import pytest
from pyFAI import detectors
from pyFAI.integrator import azimuthal

from daisy_kernel.algorithms import fai_tables
from daisy_kernel.contracts.run import RunOptions
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.inprocess import InProcessEngine
from daisy_kernel.errors import DaisyError

SHAPE = (60, 70)
FIT2D = {
    "wavelength": "1.0",
    "directDist": 50,
    "centerX": 20.5,
    "centerY": 28.5,
    "pixelX": 200,
    "pixelY": 200,
    "tilt": 3,
    "PlanRotation": 40,
    "ntth": 45,
}


@pytest.fixture
def step(own_runs):
    """Run one algorithm on named arrays, at once; returns the store."""

    def run(algorithm, objects, **params):
        store = DataStore()
        for name, array in objects.items():
            store.put(name, array)
        engine = InProcessEngine(store, RunOptions(10**9, 1), own_runs)
        engine[algorithm].execute(**{name: name for name in objects}, **params)
        return store

    return run


@pytest.fixture
def frames():
    counts = np.random.default_rng(2).poisson(30, (3, *SHAPE)).astype(np.uint32)
    counts[:, 10:13] = 0xFFFFFFFF
    return counts


def integrator(center_x=20.5, center_y=28.5):
    detector = detectors.Detector(200e-6, 200e-6, max_shape=SHAPE)
    made = azimuthal.AzimuthalIntegrator(detector=detector, wavelength=1e-10)
    made.setFit2D(50, center_x, center_y, 3, 40, pixelX=200, pixelY=200)
    return made


def assert_same(found, expected):
    largest = np.nanmax(np.abs(expected))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6 * largest)


def test_real_cerium_oxide_gives_the_published_pattern(step, real_data):
    folder = real_data("diffraction/CeO2_Pilatus1M.tif").parent
    frame = fabio.open(str(folder / "CeO2_Pilatus1M.tif")).data
    angle, expected = np.loadtxt(folder / "CeO2_Pilatus1M.xy", unpack=True)
    options = {
        "poni_file": str(folder / "CeO2_Pilatus1M.poni"),
        "flip": "ud",
        "ntth": 1512,
        "polarization_factor": "0.99",
    }
    objects = {"input_dataobj": frame[None]}
    found = step("AlgFAIIntegrate", objects, output_dataobj="out", **options)["out"][0]
    axis = step("AlgFAIAxes", objects, output_dataobj="out", **options)["out"]
    assert found.shape == expected.shape
    np.testing.assert_allclose(axis, angle, rtol=1e-5)
    relative = np.abs(found - expected) / np.abs(expected).clip(1e-6 * expected.max())
    assert np.median(relative) < 1e-5
    assert relative.max() < 1e-3


def test_the_plain_and_the_turned_detector_give_the_same(step, frames):
    plain = step("AlgFAIIntegrate", {"input_dataobj": frames}, output_dataobj="out", **FIT2D)
    turns = {"ud": np.s_[:, ::-1], "lr": np.s_[:, :, ::-1], "both": np.s_[:, ::-1, ::-1]}
    mask = (np.random.default_rng(0).random(SHAPE) < 0.1).astype(np.uint8)
    masked = step(
        "AlgFAIIntegrate",
        {"input_dataobj": frames, "mask_dataobj": mask},
        output_dataobj="out",
        **FIT2D,
    )
    for flip, turn in turns.items():
        turned = np.ascontiguousarray(frames[turn])
        found = step(
            "AlgFAIIntegrate", {"input_dataobj": turned}, output_dataobj="out", flip=flip, **FIT2D
        )
        np.testing.assert_allclose(found["out"], plain["out"], rtol=1e-6)
        objects = {"input_dataobj": turned, "mask_dataobj": np.ascontiguousarray(mask[turn[1:]])}
        found = step("AlgFAIIntegrate", objects, output_dataobj="out", flip=flip, **FIT2D)
        np.testing.assert_allclose(found["out"], masked["out"], rtol=1e-6)


@pytest.mark.parametrize("unit", ["2th_deg", "2th_rad", "q_nm^-1", "q_A^-1", "d*2_A^-2", "r_mm"])
def test_every_unit_and_its_axis_are_those_of_pyfai(step, frames, unit):
    options = FIT2D | {"unit": unit, "dummy": 0xFFFFFFFF, "azimin": -30, "azimax": 100}
    objects = {"input_dataobj": frames}
    found = step("AlgFAIIntegrate", objects, output_dataobj="out", sigma_dataobj="sigma", **options)
    options.pop("dummy")
    axis = step("AlgFAIAxes", objects, output_dataobj="out", **options)["out"]
    pyfai_integrator = integrator()
    for frame, intensity, sigma in zip(frames, found["out"], found["sigma"], strict=True):
        expected = pyfai_integrator.integrate1d(
            frame,
            45,
            unit=unit,
            azimuth_range=(-30, 100),
            dummy=0xFFFFFFFF,
            delta_dummy=0.0,
            error_model="poisson",
        )
        assert_same(intensity, expected.intensity)
        assert_same(sigma, expected.sigma)
        np.testing.assert_allclose(axis, expected.radial, rtol=1e-6)


@pytest.mark.parametrize("splitting", ["no", "bbox", "full"])
@pytest.mark.parametrize("error_model", ["poisson", "azimuthal"])
def test_maps_are_those_of_pyfai(step, frames, splitting, error_model, monkeypatch):
    # pyFAI's table of exact outlines over two axes is not the same each time that it is made: both
    # have to take the same one. With this centre it has no shares below zero.
    shared = integrator(20.3, 28.7)
    monkeypatch.setattr(fai_tables, "pyfai_integrator", lambda geometry, shape: shared)
    monkeypatch.setattr(fai_tables, "_kept", OrderedDict())
    options = FIT2D | {"splitting": splitting, "npt_azim": 24, "polarization_factor": -0.5}
    options |= {"centerX": 20.3, "centerY": 28.7}
    found = step(
        "AlgFAIIntegrate2D",
        {"input_dataobj": frames},
        output_dataobj="out",
        sigma_dataobj="sigma",
        dummy=0xFFFFFFFF,
        error_model=error_model,
        **options,
    )
    assert found.object("out").spec.axes == ("frame", "azimuthal_axis", "radial_axis")
    for frame, intensity, sigma in zip(frames, found["out"], found["sigma"], strict=True):
        if splitting == "full":  # its first pixel has no certain shares: ours leaves it out
            frame[0, 0] = 0xFFFFFFFF
        expected = shared.integrate2d(
            frame,
            45,
            24,
            unit="2th_deg",
            method=(splitting, "csr", "cython"),
            polarization_factor=-0.5,
            dummy=0xFFFFFFFF,
            delta_dummy=0.0,
            error_model=error_model,
        )
        known = np.ones((24, 45), bool)
        if splitting == "full":  # where that pixel lies, no numbers as shares leave pyFAI nothing
            known[3, 25:29] = expected.intensity[3, 25:29] != 0
        assert_same(intensity[known], expected.intensity[known])
        assert_same(sigma[known], expected.sigma[known])


@pytest.mark.parametrize("ends", [{}, {"radmin": 4, "radmax": 6}], ids=["whole", "ring"])
def test_the_first_pixel_of_a_map_of_exact_outlines_never_counts(step, frames, ends):
    method = ("full", "csr", "cython")
    rings = tuple(ends.values()) or None
    made = integrator()
    result = made.integrate2d(frames[0], 45, 24, unit="2th_deg", radial_range=rings, method=method)
    first = made.engines[result.method].engine.lut[1].min()
    assert (first > 0) == bool(ends)
    frames[:, 10:13] = 30
    options = FIT2D | {"splitting": "full", "npt_azim": 24, **ends}
    objects = {"input_dataobj": frames}
    without = step("AlgFAIIntegrate2D", objects, output_dataobj="out", **options)["out"]
    frames.reshape(3, -1)[:, first] = 1e9
    found = step("AlgFAIIntegrate2D", objects, output_dataobj="out", **options)["out"]
    np.testing.assert_array_equal(found, without)


def test_the_pixel_in_the_beam_does_not_spoil_a_map_of_exact_outlines(step, frames):
    made = integrator()
    result = made.integrate2d(frames[0], 45, 24, unit="2th_deg", method=("full", "csr", "cython"))
    weights, pixels, _ = made.engines[result.method].engine.lut
    beam = 28 * SHAPE[1] + 20
    assert weights[pixels == beam].min() < -0.5  # what pyFAI does there
    frames[:, 10:13] = 30
    options = FIT2D | {"splitting": "full", "npt_azim": 24, "solid_angle": False}
    objects = {"input_dataobj": frames}
    without = step("AlgFAIIntegrate2D", objects, output_dataobj="out", **options)["out"]
    frames[:, 28, 20] = 1e9
    found = step("AlgFAIIntegrate2D", objects, output_dataobj="out", **options)["out"]
    np.testing.assert_array_equal(found, without)
    assert 0 <= found.min() < found.max() < 90


def test_a_poni_file_of_a_named_detector_brings_its_mask_and_its_dummy(step, tmp_path):
    detector = detectors.detector_factory("Pilatus100k")
    made = azimuthal.AzimuthalIntegrator(0.1, 0.01, 0.02, 0.1, detector=detector, wavelength=1e-10)
    file = tmp_path / "setup.poni"
    made.save(str(file))
    frames = np.random.default_rng(4).poisson(9, (2, *detector.shape)).astype(np.int32)
    frames[:, 40:45] = -2
    found = step(
        "AlgFAIIntegrate",
        {"input_dataobj": frames},
        output_dataobj="out",
        poni_file=str(file),
        unit="q_nm^-1",
        ntth=100,
    )["out"]
    for frame, pattern in zip(frames, found, strict=True):
        assert_same(pattern, made.integrate1d(frame, 100, unit="q_nm^-1").intensity)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"wavelength": 0}, "wavelength"),
        ({"wavelength": "-1"}, "wavelength"),
        ({"wavelength": "copper"}, "wavelength"),
        ({"directDist": 0}, "directDist"),
        ({"directDist": None}, "the geometry lacks directDist: give"),
        ({"ntth": 0}, "ntth"),
        ({"radmin": 9, "radmax": 3}, r"radmin=9.* is not below radmax=3"),
        ({"radmin": 9}, "radmax is missing"),
        ({"azimin": 50, "azimax": 50}, r"azimin=50.* is not below azimax"),
        ({"polarization_factor": 1.5}, "polarization_factor"),
        ({"poni_file": "a.poni"}, "both say where the detector is"),
        ({"splitting": "pseudo"}, "splitting"),
        ({"unit": "furlong"}, "unit"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(step, frames, change, message):
    with pytest.raises(DaisyError, match=message):
        step("AlgFAIIntegrate", {"input_dataobj": frames}, output_dataobj="out", **FIT2D | change)


@pytest.mark.parametrize("name", ["mask", "dark", "flat"])
def test_an_image_of_another_size_is_refused_by_name(step, frames, name):
    objects = {"input_dataobj": frames, f"{name}_dataobj": np.zeros((60, 71), np.float32)}
    with pytest.raises(DaisyError, match=name):
        step("AlgFAIIntegrate", objects, output_dataobj="out", **FIT2D)


def test_a_poni_file_that_is_none_or_of_another_detector_is_refused(step, frames, tmp_path):
    objects = {"input_dataobj": frames}
    for text, message in (
        ("poni_version: 2\n", "no line 'Distance"),
        ("{}", "does not say where the detector is"),
        (
            "poni_version: 2\nDetector: Pilatus1M\nDetector_config: {}\nDistance: 0.1\n"
            "Poni1: 0\nPoni2: 0\nRot1: 0\nRot2: 0\nRot3: 0\nWavelength: 1e-10\n",
            r"frames show \(60, 70\) pixels but the PONI file is of .*\(1043, 981\)",
        ),
    ):
        (tmp_path / "a.poni").write_text(text)
        with pytest.raises(DaisyError, match=message):
            step(
                "AlgFAIIntegrate",
                objects,
                output_dataobj="out",
                poni_file=str(tmp_path / "a.poni"),
            )
    with pytest.raises(DaisyError, match="there is no PONI file"):
        step("AlgFAIIntegrate", objects, output_dataobj="out", poni_file="nowhere.poni")
