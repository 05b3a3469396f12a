import numpy as np
import pytest

from daisy_kernel.simulate import PowderStack

TILTED = PowderStack(
    5, 220, 260, pixel_size_m=4e-4, rot1_rad=0.1, rot2_rad=-0.07, rot3_rad=0.3, distance_m=0.15
)


def test_angles_and_corrections_are_those_of_a_poni_file():
    integrator = pytest.importorskip("pyFAI.integrator.azimuthal").AzimuthalIntegrator(
        dist=TILTED.distance_m, poni1=TILTED.poni1_m, poni2=TILTED.poni2_m,
        rot1=TILTED.rot1_rad, rot2=TILTED.rot2_rad, rot3=TILTED.rot3_rad,
        pixel1=4e-4, pixel2=4e-4, wavelength=TILTED.wavelength_m,
    )  # fmt: skip
    i = integrator
    expected = [i.dist, i.poni1, i.poni2, i.rot1, i.rot2, i.rot3, i.pixel1, i.pixel2]
    assert TILTED.geometry.tolist() == expected
    shape = (220, 260)
    np.testing.assert_allclose(TILTED.two_theta, integrator.twoThetaArray(shape), atol=1e-7)
    solid_angle = integrator.solidAngleArray(shape)
    polarised = integrator.polarization(shape, factor=TILTED.polarization)
    np.testing.assert_allclose(TILTED.corrections, solid_angle * polarised, rtol=2e-6)


def test_lines_lie_where_bragg_says():
    places, heights = TILTED.lines(0)
    # CeO2 at 0.4 angstrom: 111 at 3.1244 angstrom.
    assert np.rad2deg(places[0]) == pytest.approx(7.3399, abs=5e-4)
    assert heights.max() == TILTED.peak_counts
    assert (np.diff(places) > 0).all()
    later, faded = TILTED.lines(4)
    spacing = TILTED.wavelength_m / (2 * np.sin(later / 2))
    first = TILTED.wavelength_m / (2 * np.sin(places / 2))
    np.testing.assert_allclose(spacing / first, 1 + TILTED.expansion)
    np.testing.assert_allclose(faded / heights, 1 - TILTED.fading)


def test_counts_scatter_about_the_truth_as_photons_do():
    stack = PowderStack(40, 90, 80, expansion=0, fading=0, bits=16, pixel_size_m=1e-3)
    good = stack.mask == 0
    mean = stack.expected(0)[good]
    frames = stack.frames()[:, good].astype(float)
    excess = (frames.sum(axis=0) - 40 * mean) / np.sqrt(40 * mean)
    assert abs(excess.mean()) < 0.05
    assert excess.std() == pytest.approx(1, abs=0.05)


def test_frames_do_not_depend_on_the_blocks_they_are_made_in():
    stack = PowderStack(5, 40, 30)
    everything = stack.frames()
    np.testing.assert_array_equal(everything[2:4], stack.frames(slice(2, 4)))
    assert not np.array_equal(everything[2], everything[3])


@pytest.mark.parametrize("bits", [16, 32])
def test_gaps_and_dead_pixels_read_the_sentinel(bits):
    stack = PowderStack(1, 60, 70, module_shape=(20, 30), gap=(4, 5), dead_share=0.01, bits=bits)
    (frame,) = stack.frames()
    assert stack.mask[20:24].all()
    assert stack.mask[:, 30:35].all()
    gaps = np.zeros_like(stack.mask)
    gaps[20:24] = gaps[44:48] = gaps[:, 30:35] = gaps[:, 65:] = 1
    assert 0 < (stack.mask != gaps).sum() <= 42
    np.testing.assert_array_equal(frame == 2**bits - 1, stack.mask == 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [("n_frame", 0), ("wavelength_m", -1.0), ("distance_m", 0), ("bits", 8), ("fading", 2)],
)
def test_what_cannot_be_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=name):
        PowderStack(**{"n_frame": 1, "n_row": 4, "n_col": 4, name: value})
