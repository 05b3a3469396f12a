"""pyFAI's integration JSON, read and written: the same numbers on both sides."""

import json

import fabio
import numpy as np
import pytest
from pyFAI import detectors
from pyFAI.integrator import azimuthal
from pyFAI.io.integration_config import WorkerConfig
from pyFAI.worker import Worker

from daisy_kernel.contracts.run import RunOptions, RunRequest
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.inprocess import InProcessEngine
from daisy_kernel.errors import DaisyError

SHAPE = (60, 70)
DUMMY = 0xFFFFFFFF


@pytest.fixture
def frames():
    counts = np.random.default_rng(2).poisson(30, (3, *SHAPE)).astype(np.uint32)
    counts[:, 10:13] = DUMMY
    return counts


@pytest.fixture
def images(tmp_path):
    """Mask, two darks and a flat, as files."""
    rng = np.random.default_rng(5)
    made = {
        "mask.edf": (rng.random(SHAPE) < 0.1).astype(np.uint8),
        "dark1.edf": rng.uniform(0, 3, SHAPE).astype(np.float32),
        "dark2.edf": rng.uniform(0, 3, SHAPE).astype(np.float32),
        "flat.edf": rng.uniform(0.5, 2, SHAPE).astype(np.float32),
    }
    for name, image in made.items():
        fabio.edfimage.EdfImage(data=image).write(str(tmp_path / name))
    return {name: str(tmp_path / name) for name in made}


@pytest.fixture
def settings(images):
    """What pyFAI-integrate saves, with everything that it offers."""
    detector = detectors.Detector(200e-6, 200e-6, max_shape=SHAPE)
    made = azimuthal.AzimuthalIntegrator(detector=detector, wavelength=1e-10)
    made.setFit2D(50, 20.3, 28.7, 3, 40, pixelX=200, pixelY=200)
    return {
        "application": "pyfai-integrate",
        "version": 5,
        "poni": dict(made.get_config()),
        "nbpt_rad": 45,
        "nbpt_azim": 1,
        "unit": "q_nm^-1",
        "polarization_description": [-0.5, 0],
        "normalization_factor": 2.5,
        "val_dummy": float(DUMMY),
        "delta_dummy": 2.0,
        "correct_solid_angle": True,
        "mask_file": images["mask.edf"],
        "dark_current": [images["dark1.edf"], images["dark2.edf"]],
        "flat_field": [images["flat.edf"]],
        "error_model": "poisson",
        "method": ["full", "csr", "cython"],
        "azimuth_range": [-30, 100],
        "radial_range": [3, 11],
    }


@pytest.fixture
def run():
    """Run steps on named arrays; returns the store."""

    def execute(objects, *steps):
        store = DataStore()
        for name, value in objects.items():
            store.put(name, value)
        engine = InProcessEngine(store, RunOptions(1 << 30, 1))
        outputs = [v for _, _, params in steps for k, v in params.items()
                   if k in ("output_dataobj", "sigma_dataobj", "azimuth_dataobj")]  # fmt: skip

        def script():
            engine.initialize(
                {f"s{i}": {"class_name": c, "init_paras": p} for i, (c, p, _) in enumerate(steps)},
                {},
            )
            for i, (_, _, params) in enumerate(steps):
                engine[f"s{i}"].execute(**params)

        record = engine.run(RunRequest("test", outputs=tuple(outputs)), script)
        assert record.state == "done", record.error
        return store

    return execute


OUT = {"output_dataobj": "out", "sigma_dataobj": "sigma"}


def saved(tmp_path, settings):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(settings))
    return str(path)


def by_pyfai(settings, frames):
    """Patterns or maps, and their errors, of pyFAI's own worker."""
    worker = Worker()
    worker.set_config(settings)
    worker.output = "raw"
    results = [worker.process(frame) for frame in frames]
    axis = results[0].radial
    return [np.stack([getattr(r, n) for r in results]) for n in ("intensity", "sigma")], axis


def assert_same(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("error_model", ["poisson", "azimuthal"])
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"method": ["no", "csr", "cython"], "unit": "2th_deg", "radial_range": None},
        {"method": ["bbox", "lut", "opencl"], "polarization_description": None, "flat_field": None,
         "correct_solid_angle": False, "azimuth_range": None, "val_dummy": None,
         "normalization_factor": 1.0},
    ],
    ids=["all", "other", "little"],
)  # fmt: skip
def test_a_json_of_pyfai_gives_its_numbers(run, frames, settings, tmp_path, change, error_model):
    settings = settings | change | {"error_model": error_model}
    geometry = {"poni_file": saved(tmp_path, settings)}
    (intensity, sigma), axis = by_pyfai(
        settings | {"method": [settings["method"][0], "csr", "cython"]}, frames
    )
    store = run(
        {"frames": frames},
        ("AlgFAIIntegrate", geometry, {"input_dataobj": "frames", **OUT}),
        ("AlgFAIAxes", geometry, {"input_dataobj": "frames", "output_dataobj": "axis"}),
    )
    assert_same(store["out"], intensity)
    assert_same(store["sigma"], sigma)
    np.testing.assert_allclose(store["axis"], axis, rtol=1e-6)


def test_a_json_for_maps_gives_pyfais_maps(run, frames, settings, tmp_path):
    settings |= {"nbpt_azim": 24, "method": ["bbox", "csr", "cython"]}
    geometry = {"poni_file": saved(tmp_path, settings)}
    (intensity, sigma), _ = by_pyfai(settings, frames)
    step = ("AlgFAIIntegrate2D", geometry, {"input_dataobj": "frames", **OUT})
    store = run({"frames": frames}, step)
    assert_same(store["out"], intensity)
    assert_same(store["sigma"], sigma)


def test_what_the_user_gives_wins(run, frames, settings, tmp_path):
    own = {"poni_file": saved(tmp_path, settings), "ntth": 30, "unit": "2th_deg", "radmin": 2,
           "radmax": 9, "splitting": "no", "solid_angle": False}  # fmt: skip
    dark = np.full(SHAPE, 7, np.float32)
    given = settings | {
        "nbpt_rad": 30, "unit": "2th_deg", "radial_range": [2, 9], "dark_current": None,
        "method": ["no", "csr", "cython"], "correct_solid_angle": False,
    }  # fmt: skip
    worker = Worker()
    worker.set_config(given)
    worker.output = "raw"
    expected = [worker.process(frame, dark=dark).intensity for frame in frames]
    params = {"input_dataobj": "frames", "dark_dataobj": "dark", **OUT}
    found = run({"frames": frames, "dark": dark}, ("AlgFAIIntegrate", own, params))
    assert_same(found["out"], np.stack(expected))


def test_frames_that_lie_upside_down_are_masked_where_the_json_says(
    run, frames, settings, tmp_path
):
    geometry = {"poni_file": saved(tmp_path, settings)}
    params = {"input_dataobj": "frames", **OUT}
    plain = run({"frames": frames}, ("AlgFAIIntegrate", geometry, params))
    turned = np.ascontiguousarray(frames[:, ::-1])
    found = run({"frames": turned}, ("AlgFAIIntegrate", geometry | {"flip": "ud"}, params))
    np.testing.assert_allclose(found["out"], plain["out"], rtol=1e-6)


@pytest.mark.parametrize("npt_azim", [None, 24])
def test_pyfai_integrates_with_our_json_as_we_do(run, frames, images, tmp_path, npt_azim):
    own = {
        "wavelength": 1.0, "directDist": 50, "centerX": 20.3, "centerY": 28.7, "pixelX": 200,
        "pixelY": 200, "tilt": 3, "PlanRotation": 40, "ntth": 45, "unit": "q_A^-1",
        "radmin": 0.3, "radmax": 1.1, "azimin": -30, "azimax": 100, "splitting": "bbox",
        "polarization_factor": 0.9, "error_model": "azimuthal", "dummy": DUMMY, "delta_dummy": 2,
    }  # fmt: skip
    path = tmp_path / "ours.json"
    files = {"mask_file": images["mask.edf"], "dark_file": images["dark1.edf"],
             "flat_file": images["flat.edf"], "normalization_factor": 2.5}  # fmt: skip
    bins = {} if npt_azim is None else {"npt_azim": npt_azim}
    objects = {"frames": frames, "monitor": np.full(len(frames), 2.5)}
    for name in ("mask", "dark1", "flat"):
        objects[name] = fabio.open(images[f"{name}.edf"]).data
    params = {"input_dataobj": "frames", "mask_dataobj": "mask", "dark_dataobj": "dark1",
              "flat_dataobj": "flat", "monitor_dataobj": "monitor", **OUT}  # fmt: skip
    save = {**own, **files, **bins, "outputfile_name": str(path)}
    algorithm = "AlgFAIIntegrate" if npt_azim is None else "AlgFAIIntegrate2D"
    store = run(
        objects,
        (algorithm, own | bins, params),
        ("SaveFAIConfiguration", save, {"input_dataobj": "mask"}),
    )
    assert WorkerConfig.from_file(str(path)).nbpt_rad == 45
    (intensity, sigma), _ = by_pyfai(json.loads(path.read_text()), frames)
    assert_same(store["out"], intensity)
    assert_same(store["sigma"], sigma)
    again = run({"frames": frames}, (algorithm, {"poni_file": str(path)},
                                     {"input_dataobj": "frames", **OUT}))  # fmt: skip
    np.testing.assert_allclose(again["out"], store["out"], rtol=1e-6)


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_older_versions_are_read(run, frames, settings, tmp_path, version):
    settings |= {"flat_field": None, "dark_current": None, "azimuth_range": None}
    (intensity, _), _ = by_pyfai(settings, frames)
    poni = settings.pop("poni")
    old = {key: value for key, value in settings.items()
           if key not in ("polarization_description", "radial_range", "azimuth_range",
                          "correct_solid_angle")}  # fmt: skip
    old |= {"version": version, "polarization_factor": -0.5, "do_polarization": True,
            "do_mask": True, "do_dummy": True, "do_radial_range": True, "radial_range_min": 3,
            "radial_range_max": 11, "do_solid_angle": True,
            "do_azimuthal_range": False}  # fmt: skip
    if version == 4:
        old["poni"] = poni
    elif version == 1:
        keys = ("dist", "poni1", "poni2", "rot1", "rot2", "rot3", "wavelength")
        old |= {key: poni[key] for key in keys} | {"pixel1": 2e-4, "pixel2": 2e-4}
        old |= {"shape": list(SHAPE), "detector": "detector"}
        del old["version"], old["application"]
    else:
        old |= poni
    if version < 3:
        old["method"] = "full_csr"
    step = ("AlgFAIIntegrate", {"poni_file": saved(tmp_path, old)},
            {"input_dataobj": "frames", **OUT})  # fmt: skip
    assert_same(run({"frames": frames}, step)["out"], intensity)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 99}, r"version 99, but this pyFAI knows 1 to"),
        ({"version": "5"}, r"version '5'"),
        ({"integrator_method": "sigma_clip_ng"}, "the method sigma_clip_ng"),
        ({"integrator_class": "FiberIntegrator"}, "FiberIntegrator"),
        ({"extra_options": {"thres": 3}}, "extra options"),
        ({"chi_discontinuity_at_0": True}, "azimuths from 0 to 360"),
        ({"polarization_description": [0.9, 0.3]}, "turned axis"),
        ({"error_model": "hybrid"}, "the error model hybrid"),
        ({"method": ["pseudo", "csr", "cython"]}, "the splitting pseudo"),
        ({"error_model": "gauss"}, "the error model gauss"),
        ({"unit": "r_um"}, "the unit r_um"),
        ({"unit": "log10(q.m)_None"}, "the unit log10"),
        ({"unit": {"name": "mine", "formula": "x"}}, "a unit of its own"),
        ({"radial_range": [3, None]}, "a radial range with one end"),
        ({"monitor_name": "diode"}, "'diode'.*monitor_dataobj"),
        ({"normalization_factor": -2}, "a division by -2"),
        ({"nbpt_azim": 24}, "24 azimuths: use AlgFAIIntegrate2D"),
        ({"do_magic": True}, "says do_magic"),
        ({"poni": None}, "does not say where"),
        ({"method": 5}, "pyFAI cannot read"),
        ({"mask_file": "/etc/hostname"}, "outside of its folder and of data_roots"),
        ({"mask_file": "gone.edf"}, "gone.edf, which is not there"),
        ({"dark_current": ["../../secret.edf"]}, "outside of its folder"),
        ({"mask_file": 5}, "where a file should be"),
    ],
)
def test_what_daisy_does_not_do_is_refused_in_one_line(
    run, frames, settings, tmp_path, change, message
):
    geometry = {"poni_file": saved(tmp_path, settings | change)}
    with pytest.raises((DaisyError, AssertionError), match=message) as caught:
        run({"frames": frames}, ("AlgFAIIntegrate", geometry, {"input_dataobj": "frames", **OUT}))
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("place", ["poni", "config"])
def test_a_detector_that_is_described_by_a_file_is_refused(
    run, frames, settings, tmp_path, images, place
):
    poni = dict(settings["poni"])
    if place == "poni":
        poni["detector"] = images["flat.edf"]
    else:
        poni["detector_config"] = dict(poni["detector_config"]) | {"splineFile": "a.spline"}
    geometry = {"poni_file": saved(tmp_path, settings | {"poni": poni})}
    with pytest.raises(DaisyError, match="describes the detector by the file"):
        run({"frames": frames}, ("AlgFAIIntegrate", geometry, {"input_dataobj": "frames", **OUT}))


def test_a_mask_elsewhere_is_read_where_the_facility_allows_it(
    run, frames, settings, tmp_path, monkeypatch
):
    folder = tmp_path / "below"
    folder.mkdir()
    path = saved(folder, settings)
    step = ("AlgFAIIntegrate", {"poni_file": path}, {"input_dataobj": "frames", **OUT})
    with pytest.raises(DaisyError, match="name its folder in data_roots"):
        run({"frames": frames}, step)
    (tmp_path / "config.toml").write_text(f"data_roots = [{str(tmp_path)!r}]\n")
    monkeypatch.setenv("DAISY_CONFIG", str(tmp_path / "config.toml"))
    assert np.isfinite(run({"frames": frames}, step)["out"]).all()


@pytest.mark.parametrize(
    ("name", "value"), [("flip", "ud"), ("saturation", 1e6), ("empty", -1)]
)  # fmt: skip
def test_what_pyfai_cannot_be_told_is_not_written(run, tmp_path, name, value):
    own = {"wavelength": 1.0, "directDist": 50, "centerX": 20.3, "centerY": 28.7, "pixelX": 200,
           "pixelY": 200, name: value, "outputfile_name": str(tmp_path / "a.json")}  # fmt: skip
    with pytest.raises((DaisyError, ValueError, AssertionError), match=f"{name}=.*has no place"):
        run({"mask": np.zeros(SHAPE)}, ("SaveFAIConfiguration", own, {"input_dataobj": "mask"}))
    assert not (tmp_path / "a.json").exists()
