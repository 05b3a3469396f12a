"""Clipped means and medians of rings: pyFAI's numbers, whatever is corrected."""

import numpy as np
import pytest
from pyFAI import detectors
from pyFAI.integrator import azimuthal

from daisy_kernel.contracts.run import RunOptions
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.inprocess import InProcessEngine
from daisy_kernel.errors import DaisyError

SHAPE = (60, 70)
FIT2D = {
    "wavelength": 1.0, "directDist": 50, "centerX": 20.5, "centerY": 28.5, "pixelX": 200,
    "pixelY": 200, "tilt": 3, "PlanRotation": 40, "ntth": 45, "dummy": 0xFFFFFFFF,
}  # fmt: skip


@pytest.fixture
def step(own_runs):
    """Run one algorithm on named arrays, at once; returns the store."""

    def run(algorithm, objects, **params):
        store = DataStore()
        for name, array in objects.items():
            store.put(name, array)
        engine = InProcessEngine(store, RunOptions(10**9, 1), own_runs)
        names = {name: name for name in (*objects, "output_dataobj", "sigma_dataobj")}
        engine[algorithm].execute(**names, **params)
        return store["output_dataobj"], store["sigma_dataobj"]

    return run


@pytest.fixture
def objects():
    """Counts of a smooth ring with bright spots, gaps, and everything to correct for."""
    rng = np.random.default_rng(2)
    counts = rng.poisson(30, (3, *SHAPE)).astype(np.uint32)
    counts[rng.random(counts.shape) < 0.02] = 5000
    counts[:, 10:13] = 0xFFFFFFFF
    return {
        "input_dataobj": counts,
        "mask_dataobj": (rng.random(SHAPE) < 0.05).astype(np.uint8),
        "dark_dataobj": rng.uniform(0, 2, SHAPE).astype(np.float32),
        "flat_dataobj": rng.uniform(0.5, 2, SHAPE).astype(np.float32),
        "monitor_dataobj": np.array([1.0, 2.5, 0.7]),
    }


def by_pyfai(name, objects, **options):
    detector = detectors.Detector(200e-6, 200e-6, max_shape=SHAPE)
    made = azimuthal.AzimuthalIntegrator(detector=detector, wavelength=1e-10)
    made.setFit2D(50, 20.5, 28.5, 3, 40, pixelX=200, pixelY=200)
    results = [
        getattr(made, name)(
            frame, 45, mask=objects["mask_dataobj"], dark=objects["dark_dataobj"],
            flat=objects["flat_dataobj"], normalization_factor=monitor, dummy=0xFFFFFFFF,
            delta_dummy=0.0, **options,
        )
        for frame, monitor in zip(
            objects["input_dataobj"], objects["monitor_dataobj"], strict=True
        )
    ]  # fmt: skip
    return [np.stack([getattr(r, name) for r in results]) for name in ("intensity", "sigma")]


def assert_same(found, expected):
    for values, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(values, wanted, rtol=1e-5, atol=1e-6 * np.abs(wanted).max())


@pytest.mark.parametrize("error_model", ["poisson", "azimuthal"])
@pytest.mark.parametrize(("threshold", "max_iter"), [(5, 5), (2, 3), (0, 5), (3, 0)])
def test_clipped_patterns_are_those_of_pyfai(step, objects, error_model, threshold, max_iter):
    found = step(
        "SigmaClip1D", objects, **FIT2D, error_model=error_model, threshold=threshold,
        max_iter=max_iter, polarization_factor=0.9, azimin=-30, azimax=100,
    )  # fmt: skip
    expected = by_pyfai(
        "sigma_clip_ng", objects, unit="2th_deg", method=("no", "csr", "cython"),
        thres=threshold, max_iter=max_iter, error_model=error_model, polarization_factor=0.9,
        azimuth_range=(-30, 100),
    )  # fmt: skip
    assert_same(found, expected)


@pytest.mark.parametrize("splitting", ["no", "bbox", "full"])
@pytest.mark.parametrize("percentiles", [(50, None), (10, None), (25, 75), (0, 100)])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # pyFAI divides zero by zero
def test_medians_are_those_of_pyfai(step, objects, splitting, percentiles):
    low, high = percentiles
    found = step(
        "MedianFilter1D", objects, **FIT2D, splitting=splitting, percentile=low,
        percentile_to=high, unit="q_nm^-1", radmin=2, radmax=9,
    )  # fmt: skip
    expected = by_pyfai(
        "medfilt1d_ng", objects, unit="q_nm^-1", method=(splitting, "csr", "python"),
        percentile=low if high is None else percentiles, error_model="poisson",
        radial_range=(2, 9),
    )  # fmt: skip
    assert_same(found, expected)


@pytest.mark.parametrize("algorithm", ["SigmaClip1D", "MedianFilter1D"])
def test_bright_spots_do_not_show(step, objects, algorithm):
    objects = {"input_dataobj": objects["input_dataobj"]}
    options = FIT2D | {"solid_angle": False, "ntth": 15}
    plain, _ = step("AlgFAIIntegrate", objects, **options)
    if algorithm == "SigmaClip1D":
        options |= {"threshold": 3, "error_model": "azimuthal"}
    found, _ = step(algorithm, objects, **options)
    filled = slice(4, 12)
    assert plain[:, filled].mean() > 80
    np.testing.assert_allclose(found[:, filled], 30, atol=3)


@pytest.mark.parametrize("algorithm", ["SigmaClip1D", "MedianFilter1D"])
def test_flips_saturation_and_dead_monitors_are_those_of_the_integration(step, objects, algorithm):
    plain = step(algorithm, objects, **FIT2D, saturation=5000)
    turned = {
        name: array if array.ndim == 1 else np.ascontiguousarray(array[..., ::-1, :])
        for name, array in objects.items()
    }
    flipped = step(algorithm, turned, **FIT2D, saturation=5000, flip="ud")
    assert_same(flipped, plain)
    without = np.where(objects["input_dataobj"] == 5000, 0xFFFFFFFF, objects["input_dataobj"])
    again = step(algorithm, objects | {"input_dataobj": without.astype(np.uint32)}, **FIT2D)
    np.testing.assert_array_equal(again[0], plain[0])
    objects["monitor_dataobj"] = np.array([1.0, -1.0, 0.7])
    found = step(algorithm, objects, **FIT2D, saturation=5000)
    for values, clean in zip(found, plain, strict=True):
        assert np.isnan(values[1]).all()
        np.testing.assert_array_equal(values[::2], clean[::2])


@pytest.mark.parametrize(
    ("algorithm", "change", "message"),
    [
        ("SigmaClip1D", {"splitting": "bbox"}, "splitting is bbox, but only whole pixels"),
        ("SigmaClip1D", {"threshold": -1}, "threshold"),
        ("MedianFilter1D", {"percentile": 101}, "percentile"),
        ("MedianFilter1D", {"error_model": "azimuthal"}, "errors of medians come from counting"),
        ("MedianFilter1D", {"percentile": 60, "percentile_to": 40}, "is not below percentile_to"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(step, objects, algorithm, change, message):
    with pytest.raises(DaisyError, match=message):
        step(algorithm, objects, **FIT2D | change)
