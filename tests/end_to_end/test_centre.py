"""The rotation axis of whole scans, from the file to the number and the volume."""

import h5py
import numpy as np
import pytest

import daisy_kernel as Daisy
from daisy_kernel.errors import StepFailed
from daisy_kernel.simulate import Detector, Ellipsoid, Phantom, TomographyScan, foam

CENTRE = 137.3
N_COL = 160


def wide_foam(factor):
    """Porous rock that is wider than the detector."""
    return Phantom(
        tuple(
            Ellipsoid(
                tuple(factor * v for v in body.centre),
                tuple(factor * v for v in body.semi_axes),
                body.value,
                body.rotation_deg,
            )
            for body in foam(3, 300, half_height=0.2).ellipsoids
        )
    )


@pytest.fixture(scope="module")
def half_acquisition(tmp_path_factory):
    """A whole turn about an axis near the right edge of the detector."""
    scan = TomographyScan(wide_foam(1.6), n_angle=360, n_row=20, n_col=N_COL, centre=CENTRE)
    angles = np.arange(360) * 2 * np.pi / 360
    integrals = scan.phantom.line_integrals(angles, 20, N_COL, CENTRE)
    integrals *= np.float32(1.8 / integrals.max())
    path = tmp_path_factory.mktemp("half") / "half.h5"
    with h5py.File(path, "w") as file:
        file["exchange/data"] = Detector(seed=3).expose(np.exp(-integrals), range(360))
        file["exchange/data_white"] = scan.flats()
        file["exchange/data_dark"] = scan.darks()
        file["exchange/theta"] = np.degrees(angles)
        file["exchange/theta"].attrs["units"] = "degree"
    return path


@pytest.mark.parametrize("method", ["vo", "entropy", "phase-correlation"])
def test_the_workflow_center_finds_it_and_saves_nothing(session, small_scan, small_file, method):
    record = session.run("center", scan=small_file, method=method, rows=7).wait().record
    assert record["outputs"] in ([], ())
    assert abs(record["values"]["center"] - small_scan.centre) < 0.5
    assert 0 < record["values"]["center_confidence"] <= 1


def test_half_acquisition_is_found_stitched_and_reconstructed(
    session, half_acquisition, volume, tmp_path
):
    output = tmp_path / "wide.h5"
    record = session.run("tomography-360", scan=half_acquisition, output=output).wait().record
    assert abs(record["values"]["center"] - CENTRE) < 0.5
    reconstructed = volume(output)
    n_wide = 2 * N_COL - 1
    assert reconstructed.shape == (20, n_wide, n_wide)
    # The phantom counts in half widths of the narrow detector, pixels stay as they are.
    truth = wide_foam(1.6 * N_COL / n_wide).volume(20, n_wide)
    y, x = np.mgrid[:n_wide, :n_wide] - (n_wide - 1) / 2
    seen = np.hypot(y, x) < 0.95 * CENTRE
    correlations = [np.corrcoef(truth[row][seen], reconstructed[row][seen])[0, 1] for row in (4, 9)]
    assert min(correlations) > 0.85, correlations


def test_a_range_without_the_axis_fails_with_the_column_that_fits(session, half_acquisition):
    with pytest.raises(Exception, match=r"column 137\.\d+ fits with confidence"):
        session.run(
            "center", scan=half_acquisition, method="overlap-360", search_from=60, search_to=120
        ).wait()


def tilted(scan, slope):
    """Line integrals whose axis moves by `slope` columns from row to row."""
    centres = scan.centre + slope * np.arange(scan.n_row)
    integrals = np.empty((scan.n_angle, scan.n_row, scan.n_col), np.float32)
    for row, centre in enumerate(centres):
        part = slice(row, row + 1)
        integrals[:, part] = scan.phantom.line_integrals(
            scan.angles_rad, scan.n_row, scan.n_col, centre, rows=part
        )
    return integrals, centres


@pytest.fixture
def workflow():
    workflow = Daisy.PyWorkflow("axis")
    workflow.initialize(
        workflow_environment={
            "tilt": {"class_name": "FindTilt"},
            "center": {"class_name": "FindCenter"},
            "reconstruct": {"class_name": "Reconstruct"},
        }
    )
    return workflow


def test_a_tilted_axis_is_found_and_its_slices_are_sharp(workflow):
    scan = TomographyScan(foam(5, 200, half_height=0.5), n_angle=181, n_row=40, n_col=96)
    integrals, centres = tilted(scan, 0.07)
    data, engine = workflow.engine.data, workflow.engine
    data["attenuation"], data["theta"] = integrals, scan.angles_rad
    engine["tilt"].execute(
        input_dataobj="attenuation", theta="theta", tilt_dataobj="tilt", centers_dataobj="axis"
    )
    assert abs(float(data["tilt"]) - np.rad2deg(np.arctan(0.07))) < 0.15
    np.testing.assert_allclose(data["axis"], centres, atol=0.25)

    names = {"input_dataobj": "attenuation", "theta": "theta"}
    engine["reconstruct"].execute(**names, centers_dataobj="axis", output_dataobj="by_row")
    engine["reconstruct"].execute(**names, center=float(centres[20]), output_dataobj="by_one")
    truth = scan.phantom.volume(40, 96)
    errors = {n: np.abs(data[n] - truth)[:, 24:72, 24:72].mean() for n in ("by_row", "by_one")}
    assert errors["by_row"] < 0.7 * errors["by_one"], errors


def test_one_centre_and_one_per_row_cannot_both_be_given(workflow):
    data = workflow.engine.data
    data["attenuation"], data["theta"] = np.ones((8, 4, 16), np.float32), np.arange(8) * np.pi / 8
    data["axis"] = np.full(4, 7.0)
    with pytest.raises(ValueError, match="both center and centers_dataobj are given"):
        workflow.engine["reconstruct"].execute(
            input_dataobj="attenuation",
            theta="theta",
            center=7.0,
            centers_dataobj="axis",
            output_dataobj="reco",
        )


def test_rows_without_a_sample_are_refused_together(workflow):
    data = workflow.engine.data
    noise = np.random.default_rng(0).normal(1, 0.01, (90, 6, 128)).astype(np.float32)
    data["attenuation"], data["theta"] = noise, np.arange(90) * np.pi / 90
    with pytest.raises(StepFailed, match="no rotation centre was found") as raised:
        workflow.engine["center"].execute(
            input_dataobj="attenuation", theta="theta", output_dataobj="c"
        )
    assert len(str(raised.value)) < 600


def test_a_confidence_of_one_stands_for_a_given_centre(workflow):
    data = workflow.engine.data
    data["attenuation"], data["theta"] = np.ones((8, 4, 16), np.float32), np.arange(8) * np.pi / 8
    workflow.engine["center"].execute(
        input_dataobj="attenuation", theta="theta", center="6.5", output_dataobj="c"
    )
    assert float(data["c"]) == 6.5
    assert float(data["center_confidence"]) == 1
