"""Algorithms that prepare projections, driven as a script drives them."""

import numpy as np
import pytest

from daisy_kernel import Ref
from daisy_kernel.contracts.run import RunOptions
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.inprocess import InProcessEngine
from daisy_kernel.errors import AxesClash, InvalidParameter, StepFailed
from daisy_kernel.numba_kernels import stitched_centre


@pytest.fixture
def engine():
    store = DataStore()
    store.put("x", np.random.default_rng(1).uniform(0.4, 1, (12, 6, 20)).astype(np.float32))
    return InProcessEngine(store, RunOptions(1 << 30, 2))


def angles(engine, **params):
    engine["Angles"].execute(input_dataobj="x", output_dataobj="theta", **params)
    return np.degrees(engine.data["theta"])


def test_angles_by_range_by_step_and_by_the_golden_ratio(engine):
    np.testing.assert_allclose(angles(engine), np.arange(12) * 15)
    np.testing.assert_allclose(angles(engine, start=5, step=-0.5), 5 - 0.5 * np.arange(12))
    golden = angles(engine, order="golden")
    assert np.all((golden >= 0) & (golden < 180))
    np.testing.assert_allclose(golden[:3], [0, 111.24612, 42.49224], atol=1e-4)
    # The golden ratio never leaves a gap of more than two steps.
    assert np.diff(np.sort(golden)).max() < 2 * 180 / 12
    with pytest.raises(StepFailed, match=r"got a step of 0\.5 degrees in golden order"):
        angles(engine, order="golden", step=0.5)


def test_an_even_window_is_refused_where_it_is_written(engine):
    for step, params in (("RemoveStripes", {}), ("RemoveOutliers", {"threshold": 1})):
        with pytest.raises(InvalidParameter, match="its width must be odd: give 5"):
            engine[step].execute(input_dataobj="x", output_dataobj="y", size=4, **params)


def test_nothing_is_removed_where_size_and_threshold_are_zero(engine):
    engine["RemoveStripes"].execute(input_dataobj="x", output_dataobj="a", size=0, method="all")
    engine["RemoveOutliers"].execute(input_dataobj="x", output_dataobj="b", threshold=0)
    for name in ("a", "b"):
        np.testing.assert_array_equal(engine.data[name], engine.data["x"])


def test_outliers_are_counted(engine):
    hit = np.array(engine.data["x"])
    hit[[1, 5, 11], [0, 3, 5], [0, 7, 19]] = 9
    engine.data["hit"] = hit
    engine["RemoveOutliers"].execute(input_dataobj="hit", output_dataobj="y", threshold=5)
    engine["CountChanges"].execute(before_dataobj="hit", after_dataobj="y", output_dataobj="n")
    assert engine.data["n"] == 3


def test_the_mask_of_flats_and_darks_mends_the_projections(engine):
    flats, darks = np.full((2, 6, 20), 900, np.uint16), np.full((2, 6, 20), 9, np.uint16)
    flats[:, 2, 3] = 9
    engine.data.update(flats=flats, darks=darks)
    engine["MaskPixels"].execute(flats_dataobj="flats", darks_dataobj="darks", output_dataobj="m")
    engine["RepairPixels"].execute(input_dataobj="x", output_dataobj="y", mask_dataobj="m")
    changed = np.argwhere(engine.data["y"] != engine.data["x"])
    assert {tuple(place) for place in changed[:, 1:]} == {(2, 3)}


def test_drift_by_mass_takes_its_reference_from_another_step(engine):
    factors = np.linspace(0.8, 1.2, 12, dtype=np.float32)[:, np.newaxis, np.newaxis]
    frame = np.array(engine.data["x"][:1])
    engine.data["y"] = frame * factors
    engine["MeasureIntensity"].execute(input_dataobj="y", output_dataobj="level", frames=12)
    engine["CorrectDrift"].execute(
        input_dataobj="y", output_dataobj="z", method="mass", reference=Ref("level")
    )
    corrected = engine.data["z"]
    np.testing.assert_allclose(corrected, corrected[:1].repeat(12, axis=0), rtol=1e-5)
    np.testing.assert_allclose(corrected[0], frame[0], rtol=2e-3)
    with pytest.raises(StepFailed, match="got no reference"):
        engine["CorrectDrift"].execute(input_dataobj="y", output_dataobj="w", method="mass")


def test_the_phase_takes_what_the_file_says_unless_it_is_told(engine):
    optics = {"delta_beta": 80, "distance": 0.05}

    def phase(**params):
        engine["RetrievePhase"].execute(input_dataobj="x", output_dataobj="y", **optics, **params)
        return np.array(engine.data["y"])

    engine.data.update(energy=np.float64(25), pixel=np.float64(2e-6), unknown=np.float64("nan"))
    told = phase(energy=25, pixel_size=2e-6)
    scan = {"scan_energy": Ref("energy"), "scan_pixel_size": Ref("pixel")}
    np.testing.assert_array_equal(phase(**scan), told)
    np.testing.assert_array_equal(phase(energy=Ref("energy"), pixel_size=Ref("pixel")), told)
    assert np.abs(phase(**scan, energy=10) - told).max() > 1e-4
    with pytest.raises(AxesClash, match=r"pixel_size \[m\] is not known"):
        phase(energy=25)
    with pytest.raises(StepFailed, match=r"energy \[keV\] is not known: the file does not say it"):
        phase(scan_energy=Ref("unknown"), pixel_size=2e-6)
    with pytest.raises(InvalidParameter, match=r"'distance' \[m\] cannot be -1"):
        engine["RetrievePhase"].execute(
            input_dataobj="x", output_dataobj="y", delta_beta=80, distance=-1
        )


def test_a_stitched_scan_brings_its_angles_and_its_centre(engine):
    angles(engine, rotation=360)
    engine.data["found"] = np.float64(16.3)
    center = {"center": Ref("found")}
    engine["Stitch360"].execute(input_dataobj="x", theta="theta", output_dataobj="wide", **center)
    engine["Stitch360Angles"].execute(theta="theta", output_dataobj="half")
    engine["Stitch360Center"].execute(input_dataobj="x", output_dataobj="middle", **center)
    engine["Reconstruct"].execute(
        input_dataobj="wide", theta="half", center=Ref("middle"), output_dataobj="reco"
    )
    assert engine.data["wide"].shape == (6, 6, 39)
    assert engine.data["middle"] == stitched_centre(16.3, 20)
    np.testing.assert_array_equal(engine.data["half"], engine.data["theta"][:6])
    assert engine.data["reco"].shape == (6, 39, 39)


def test_cropping_and_binning_move_the_centre(engine):
    engine.data["c"] = np.float64(11.3)
    engine["Crop"].execute(input_dataobj="x", output_dataobj="y", left=3, right=1, top=2)
    engine["Bin"].execute(input_dataobj="y", output_dataobj="z", rows=1, columns=4)
    engine["MoveCenter"].execute(center=Ref("c"), left=3, columns=4, output_dataobj="moved")
    expected = np.array(engine.data["x"])[:, 2:, 3:19].reshape(12, 4, 4, 4).mean(axis=3)
    np.testing.assert_allclose(engine.data["z"], expected, rtol=1e-6)
    assert engine.data["moved"] == (11.3 - 3 + 0.5) / 4 - 0.5


def test_a_crop_that_leaves_nothing_is_refused_where_it_is_written(engine):
    with pytest.raises(AxesClash, match="of 6 rows and 20 columns 0 and 20 would be left"):
        engine["Crop"].execute(input_dataobj="x", output_dataobj="y", top=3, bottom=4)
    with pytest.raises(AxesClash, match="Pixels of 2 rows and 21 columns cannot be made"):
        engine["Bin"].execute(input_dataobj="x", output_dataobj="y", columns=21)
    engine.data["n"] = np.int64(2)
    with pytest.raises(AxesClash, match="shapes must be known"):
        engine["Crop"].execute(input_dataobj="x", output_dataobj="y", top=Ref("n"))


def test_a_beam_that_varies_among_the_flats_is_found_and_taken_out(engine):
    rng = np.random.default_rng(4)
    bands = np.sin(np.arange(6.0))[:, np.newaxis] * np.ones(20)
    bands -= bands.mean()
    weights = rng.uniform(-1, 1, (20, 1, 1))
    beams = 50_000 * (1 + 0.1 * weights * bands)
    engine.data.update(
        flats=rng.poisson(beams[:8]), darks=np.zeros((1, 6, 20)), counts=rng.poisson(beams[8:])
    )
    scan = {"flats_dataobj": "flats", "darks_dataobj": "darks"}
    engine["FindEigenFlats"].execute(**scan, output_dataobj="shapes", components=3)
    engine["NormalizeDynamic"].execute(
        **scan, projs_dataobj="counts", eigen_flats_dataobj="shapes", output_dataobj="y"
    )
    engine["Normalize"].execute(**scan, projs_dataobj="counts", output_dataobj="z")
    shapes = np.array(engine.data["shapes"])
    assert shapes.shape == (3, 6, 20)
    assert shapes.any(axis=(1, 2)).tolist() == [True, False, False]
    assert np.std(engine.data["z"]) > 5 * np.std(engine.data["y"])
    engine.data["few"] = np.ones((2, 6, 20))
    with pytest.raises(AxesClash, match="there are 2 flats"):
        engine["FindEigenFlats"].execute(
            flats_dataobj="few", darks_dataobj="darks", output_dataobj="none"
        )
