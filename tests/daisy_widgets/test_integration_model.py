"""Units against pyFAI's own, and the table of lines."""

import numpy as np
import pytest
from pyFAI.detectors import Detector
from pyFAI.integrator.azimuthal import AzimuthalIntegrator

from daisy_kernel.contracts.detector_place import DetectorPlace
from daisy_widgets.integration_model import RadialAxis, peaks_of

SHAPE = (80, 100)
THEIRS = {
    "2th_deg": "2th_deg", "2th_rad": "2th_rad", "q_A^-1": "q_A^-1", "q_nm^-1": "q_nm^-1",
    "d*2_A^-2": "d*2_A^-2", "d*2_nm^-2": "d*2_nm^-2", "r_mm": "r_mm", "r_m": "r_m",
}  # fmt: skip


def integrator(tilt=0.0):
    made = AzimuthalIntegrator(detector=Detector(3e-4, 3e-4, max_shape=SHAPE), wavelength=0.5e-10)
    made.setFit2D(60.0, 40.0, 30.0, tilt=tilt, pixelX=300, pixelY=300)
    return made


def place(tilt=0.0, wavelength=0.5):
    return DetectorPlace(60.0, 29.5, 39.5, 40.0, 30.0, tilt, 300.0, 300.0, wavelength)


@pytest.mark.parametrize("source", THEIRS)
@pytest.mark.parametrize("target", ["2th_deg", "q_A^-1", "d_A", "r_mm"])
def test_all_units_agree_with_those_of_pyfai_at_every_pixel(source, target):
    made = integrator()
    values = made.array_from_unit(SHAPE, "center", source).ravel().astype(np.float64)
    axis = RadialAxis(values, source, place())
    assert axis.units == ["2th_deg", "q_A^-1", "d_A", "r_mm"]
    if target == "d_A":
        expected = 1 / np.sqrt(made.array_from_unit(SHAPE, "center", "d*2_A^-2"))
    else:
        expected = made.array_from_unit(SHAPE, "center", target)
    np.testing.assert_allclose(axis.in_unit(target), expected.ravel(), rtol=2e-5)


@pytest.mark.parametrize("source", THEIRS)
def test_an_angle_becomes_a_position_and_back(source):
    axis = RadialAxis(np.zeros(1), source, place())
    position = axis.of_two_theta(12.5)
    assert np.degrees(axis.two_theta(position)) == pytest.approx(12.5, rel=1e-12)


def test_a_radius_on_a_tilted_detector_has_no_angle():
    assert RadialAxis(np.ones(3), "r_mm", place(tilt=2.0)).units == ["r_mm"]
    np.testing.assert_array_equal(
        RadialAxis(np.ones(3), "r_m", place(tilt=2.0)).in_unit("r_mm"), 1000
    )
    # From angles, the radius is that on a plane across the beam.
    assert "r_mm" in RadialAxis(np.ones(3), "2th_deg", place(tilt=2.0)).units


def test_without_a_wavelength_there_are_angles_and_radii_only():
    axis = RadialAxis(np.ones(3), "2th_deg", place(wavelength=np.nan))
    assert axis.units == ["2th_deg", "r_mm"]


def test_the_table_has_every_line_that_was_found_in_order_of_angle():
    axis = RadialAxis(np.linspace(1, 5, 50), "q_A^-1", place())
    nan = np.nan
    angles = np.degrees(axis.two_theta([3.0, 2.0]))
    rings = [angles[0] - 0.01, angles[1] + 3.0]
    peaks = peaks_of(
        axis, np.array([3.0, nan, 2.0]), np.array([0.05, nan, 0.04]), np.array([7.0, nan, 8.0]),
        rings,
    )  # fmt: skip
    assert [peak.q for peak in peaks] == pytest.approx([2.0, 3.0])
    assert [peak.area for peak in peaks] == [8.0, 7.0]
    assert [peak.d for peak in peaks] == pytest.approx([np.pi, 2 * np.pi / 3])
    assert np.isnan(peaks[0].off_deg)  # its ring is too far away to be its own
    assert peaks[1].off_deg == pytest.approx(0.01)
    assert peaks[1].two_theta_deg == pytest.approx(angles[0])
