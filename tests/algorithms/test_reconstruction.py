"""What every method of every back end promises: one suite for all of them."""

import importlib.util

import h5py
import numpy as np
import pytest

from daisy_kernel import registry
from daisy_kernel.algorithms.moved_sinogram import moved_sinogram
from daisy_kernel.contracts.run import RunOptions
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.inprocess import InProcessEngine
from daisy_kernel.errors import DaisyError, StepFailed
from daisy_kernel.numba_kernels import fourier_reconstruct, sirt_reconstruct

TOMOPY = pytest.mark.skipif(
    importlib.util.find_spec("tomopy") is None,
    reason="TomoPy is not installed: it comes from conda-forge only",
)
ASTRA = pytest.mark.skipif(
    importlib.util.find_spec("astra") is None, reason="the ASTRA Toolbox is not installed"
)


def choices(algorithm):
    schema = registry.schema_of(registry.algorithms.get(algorithm))
    return schema.parameters["alg_type"].json_schema()["enum"]


METHODS = [
    *(pytest.param("Reconstruct", kind) for kind in choices("Reconstruct")),
    *(pytest.param("AlgAstraRecon", kind, marks=ASTRA) for kind in choices("AlgAstraRecon")),
    *(pytest.param("AlgTomopyRecon", kind, marks=TOMOPY) for kind in ("gridrec", "sirt")),
]
every_method = pytest.mark.parametrize(("algorithm", "alg_type"), METHODS)
astra_methods = pytest.mark.parametrize("alg_type", choices("AlgAstraRecon"))


def half_turn(n_angle):
    return np.arange(n_angle) * np.pi / n_angle


def reconstructed(algorithm, sinograms, angles, **params):
    store = DataStore()
    store.put("sinograms", sinograms)
    store.put("angles", angles)
    engine = InProcessEngine(store, RunOptions(1 << 30, 2))
    names = {"input_dataobj": "sinograms", "theta": "angles", "output_dataobj": "slices"}
    engine[algorithm].execute(**names, **params)
    return np.array(engine.data["slices"])


def disk(n_col, centre, angles, x=7.0, y=-9.0, radius=3.5):
    """Its line integrals, written out so that no mistake of the simulation hides another."""
    columns = np.arange(n_col) - (x * np.cos(angles) - y * np.sin(angles) + centre)[:, np.newaxis]
    return 2 * np.sqrt(np.maximum(0, radius**2 - columns**2))[:, np.newaxis].astype(np.float32)


@every_method
@pytest.mark.parametrize("n_col", [64, 65])
@pytest.mark.parametrize("offset", [-17.3, -2.0, 0.0, 0.5, 11.8])
def test_a_disk_lands_where_it_belongs_with_its_value(algorithm, alg_type, n_col, offset):
    angles, centre = half_turn(120) + 0.2, (n_col - 1) / 2 + offset
    image = reconstructed(
        algorithm, disk(n_col, centre, angles), angles, center=centre, alg_type=alg_type
    )[0]
    rows, cols = np.mgrid[:n_col, :n_col] - (n_col - 1) / 2
    distance = np.hypot(cols - 7, rows + 9)
    near = distance < 6.5
    mass = image[near].sum()
    assert (image * near * cols).sum() / mass == pytest.approx(7, abs=0.05)
    assert (image * near * rows).sum() / mass == pytest.approx(-9, abs=0.05)
    tolerance = 0.03 if algorithm != "AlgTomopyRecon" else 0.2  # gridrec's own scale
    assert mass == pytest.approx(np.pi * 3.5**2, rel=tolerance)
    assert image[distance < 2].mean() == pytest.approx(1, rel=2 * tolerance)
    assert abs(image[(distance > 8) & (np.hypot(cols, rows) < n_col * 0.47)].mean()) < 0.006


@every_method
def test_a_nan_stays_in_its_slice_and_a_single_angle_works(algorithm, alg_type):
    sinograms = np.random.default_rng(0).normal(size=(9, 3, 24)).astype(np.float32)
    clean = reconstructed(algorithm, sinograms, half_turn(9), center=11.0, alg_type=alg_type)
    sinograms[4, 1, 9] = np.nan
    found = reconstructed(algorithm, sinograms, half_turn(9), center=11.0, alg_type=alg_type)
    assert not np.isfinite(found[1]).all()
    np.testing.assert_array_equal(found[[0, 2]], clean[[0, 2]])
    one = reconstructed(algorithm, sinograms[:1], [0.3], center=11.0, alg_type=alg_type)
    assert np.isfinite(one).all()


@every_method
def test_bad_geometry_is_refused_in_one_line(algorithm, alg_type):
    def refused(sinograms, angles, centre, message):
        with pytest.raises(DaisyError, match=message) as caught:
            reconstructed(algorithm, sinograms, angles, center=centre, alg_type=alg_type)
        assert "\n" not in str(caught.value)

    sinograms = np.ones((9, 2, 24), np.float32)
    refused(sinograms, half_turn(9), np.nan, "'center' .* cannot be nan")
    for centre in (-0.1, 23.1):
        refused(sinograms, half_turn(9), centre, "not on the detector, whose columns are 0 to 23")
    refused(sinograms, half_turn(8), 11.0, "8")
    refused(sinograms, np.where(np.arange(9) == 3, np.nan, half_turn(9)), 11.0, "not finite")
    refused(sinograms[:0], half_turn(0), 11.0, r"shape \(0, \d, 24\)")


@ASTRA
@astra_methods
def test_astra_agrees_with_our_own_method(alg_type):
    own = "os_sart" if alg_type == "sart" else alg_type
    angles = half_turn(90)
    sinograms = disk(65, 30.3, angles) + disk(65, 30.3, angles, x=-12, y=5, radius=8)
    ours, theirs = (
        reconstructed(algorithm, sinograms, angles, center=30.3, alg_type=kind)[0]
        for algorithm, kind in (("Reconstruct", own), ("AlgAstraRecon", alg_type))
    )
    y, x = np.mgrid[:65, :65] - 32
    inside = x**2 + y**2 < 28**2
    assert np.corrcoef(ours[inside], theirs[inside])[0, 1] > 0.99
    assert np.polyfit(ours[inside], theirs[inside], 1)[0] == pytest.approx(1, abs=0.03)


@ASTRA
def test_astra_takes_a_centre_for_every_row():
    angles, centres = half_turn(60), np.array([20.0, 23.7, 31.0])
    sinograms = np.concatenate([disk(48, c, angles) for c in centres], axis=1)
    store = DataStore()
    for name, array in (("sinograms", sinograms), ("angles", angles), ("axis", centres)):
        store.put(name, array)
    engine = InProcessEngine(store, RunOptions(1 << 30, 2))
    engine["AlgAstraRecon"].execute(
        input_dataobj="sinograms", theta="angles", centers_dataobj="axis", output_dataobj="slices"
    )
    for row, centre in enumerate(centres):
        alone = reconstructed("AlgAstraRecon", sinograms[:, [row]], angles, center=centre)
        np.testing.assert_array_equal(engine.data["slices"][row], alone[0])


@ASTRA
@pytest.mark.parametrize("alg_type", ["sirt", "sart"])
def test_astra_keeps_negative_values_out_where_it_can(alg_type):
    angles, options = half_turn(30), {"center": 31.5, "alg_type": alg_type}
    sinograms = disk(64, 31.5, angles)
    assert reconstructed("AlgAstraRecon", sinograms, angles, **options).min() < 0
    assert (
        reconstructed("AlgAstraRecon", sinograms, angles, **options, non_negative=True).min() == 0
    )
    with pytest.raises(DaisyError, match="only sirt, sart can keep negative values out"):
        reconstructed("AlgAstraRecon", sinograms, angles, alg_type="cgls", non_negative=True)


@ASTRA
def test_astra_leaves_nothing_behind():
    import astra

    for alg_type in choices("AlgAstraRecon"):
        reconstructed("AlgAstraRecon", disk(24, 11, half_turn(9)), half_turn(9), alg_type=alg_type)
        bad = np.full(9, np.nan)
        with pytest.raises(StepFailed):
            reconstructed("AlgAstraRecon", disk(24, 11, half_turn(9)), bad, alg_type=alg_type)
    rays = astra.create_proj_geom("parallel", 1.0, 4, [0.0])
    first = astra.data2d.create("-sino", rays)
    astra.data2d.delete(first)
    for index in range(first):
        with pytest.raises(astra.log.AstraError):
            astra.data2d.get(index)


@ASTRA
@astra_methods
def test_astra_never_changes_the_device_by_itself(alg_type):
    import astra

    if astra.use_cuda():
        pytest.skip("ASTRA finds a GPU here")
    sinograms = disk(24, 11, half_turn(9))
    with pytest.raises(DaisyError, match="device is 'gpu', but ASTRA finds no GPU"):
        reconstructed("AlgAstraRecon", sinograms, half_turn(9), alg_type=alg_type, device="gpu")


@ASTRA
@astra_methods
def test_astra_on_a_gpu_gives_what_it_gives_on_the_cpu(alg_type):
    import astra

    if not astra.use_cuda():
        pytest.skip("ASTRA finds no GPU here")
    sinograms, angles = disk(64, 29.3, half_turn(90)), half_turn(90)
    cpu, gpu = (
        reconstructed(
            "AlgAstraRecon", sinograms, angles, center=29.3, alg_type=alg_type, device=device
        )
        for device in ("cpu", "gpu")
    )
    assert np.corrcoef(cpu.ravel(), gpu.ravel())[0, 1] > 0.98


@pytest.fixture
def tooth(real_data):
    """Line integrals of one row of the tooth, its angles, and TomoPy's slices of it."""
    with h5py.File(real_data("../reference/tomopy-1.15.2_tooth.h5")) as file:
        names = "gridrec_shepp_edge_padded", "sirt_20"
        slices = {name: file[f"recon/{name}"][0] for name in names}
        return file["minus_log"][:, 0], file["theta_rad"][()].astype(np.float64), slices


def likeness(reference, sinogram, angles, reconstruct, centre, x, y):
    """Correlation with our slice when the sample is moved by (x, y) pixels."""
    moved = moved_sinogram(sinogram, x * np.cos(angles) - y * np.sin(angles))
    image = reconstruct(moved[:, np.newaxis], angles, centre)[0]
    n = len(image)
    rows, cols = np.mgrid[:n, :n] - (n - 1) / 2
    inside = np.hypot(cols, rows) < 0.45 * n
    return np.corrcoef(image[inside], reference[inside])[0, 1]


@pytest.mark.parametrize(
    ("name", "reconstruct", "place"),
    [
        # What `AlgTomopyRecon` assumes: gridrec's centre is ours and its axis half a pixel up and
        # to the right; the other methods count columns from the edge and have the axis with us.
        ("gridrec_shepp_edge_padded", fourier_reconstruct, (296.0, 0.5, -0.5)),
        ("sirt_20", lambda s, a, c: sirt_reconstruct(s, a, c, iterations=20), (295.5, 0.0, 0.0)),
    ],
)
def test_tomopys_own_slices_have_the_axis_where_we_take_it_to_be(tooth, name, reconstruct, place):
    sinogram, angles, slices = tooth
    best = likeness(slices[name], sinogram, angles, reconstruct, *place)
    assert best > 0.9998
    for axis in range(3):
        for step in (-0.15, 0.15):
            aside = list(place)
            aside[axis] += step
            assert likeness(slices[name], sinogram, angles, reconstruct, *aside) < best


def test_a_moved_sinogram_is_what_the_moved_sample_would_show():
    columns, by = np.arange(64.0), np.array([[-1.7], [0.25], [0.5]])

    def projections(columns):
        return np.exp(-(((columns - 30) / 4) ** 2)) + 0.3 * columns + 2

    still = np.broadcast_to(projections(columns), (3, 64)).astype(np.float32)
    np.testing.assert_allclose(moved_sinogram(still, by), projections(columns - by), rtol=1e-5)
