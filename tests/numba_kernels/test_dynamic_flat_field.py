import numpy as np
import pytest
from scipy.optimize import minimize

from daisy_kernel.numba_kernels import dynamic_flat_field, eigen_flats, flat_field
from daisy_kernel.simulate import shepp_logan

DARK = 100


def scan(flats_at, projections_at, *, n_row=48, n_col=128, photons=15_000):
    """Counts behind a head in a beam with bands, moved by these numbers of rows; and the truth."""
    rng = np.random.default_rng(4)
    angles = np.arange(len(projections_at)) * np.pi / len(projections_at)
    truth = np.exp(-0.02 * shepp_logan().line_integrals(angles, n_row, n_col, (n_col - 1) / 2))
    grains = 1 + 0.02 * rng.standard_normal((n_row, n_col))
    x = (np.arange(n_col) - n_col / 2) / n_col

    def beam(moved):
        y = np.arange(n_row)[:, np.newaxis] - moved
        bands = 1 + 0.05 * np.sin(0.8 * y) + 0.04 * np.sin(0.31 * y + 1)
        return grains * bands * np.exp(-(((y - n_row / 2) / (0.6 * n_row)) ** 2)) * (1 - 0.2 * x**2)

    def counts(moved, through):
        return (rng.poisson(photons * beam(moved) * through) + DARK).astype(np.uint16)

    flats = np.array([counts(moved, 1) for moved in flats_at])
    seen = zip(projections_at, truth, strict=True)
    projections = np.array([counts(moved, through) for moved, through in seen])
    darks = np.full((2, n_row, n_col), DARK, np.uint16)
    ideal = np.array(
        [
            (frame - DARK) / (photons * beam(moved))
            for frame, moved in zip(projections.astype(float), projections_at, strict=True)
        ]
    )
    return projections, flats, darks, truth, ideal


def error(transmission, truth):
    """Of the line integrals, but for the brightness of each projection."""
    difference = np.log(np.maximum(transmission, 1e-6) / truth)
    return np.std(difference - difference.mean(axis=(1, 2), keepdims=True))


def corrected(projections, flats, darks, **options):
    return dynamic_flat_field(projections, flats, darks, eigen_flats(flats, darks, **options))


@pytest.fixture(scope="module")
def vibration():
    rng = np.random.default_rng(1)
    return scan(rng.uniform(-1.2, 1.2, 20), rng.uniform(-1.2, 1.2, 24))


def test_without_variation_the_bits_are_those_of_the_plain_correction():
    still = scan(np.zeros(20), np.zeros(6))[:3]
    assert not eigen_flats(*still[1:]).any()
    np.testing.assert_array_equal(corrected(*still), flat_field(*still))


def test_shapes_that_are_only_noise_do_little_harm_where_they_are_asked_for():
    still = scan(np.zeros(20), np.zeros(6))[:3]
    forced = corrected(*still, selection="all")
    assert np.abs(forced / flat_field(*still) - 1).max() < 0.02
    assert np.std(forced / flat_field(*still)) < 0.003


def test_a_vibrating_beam_is_corrected_almost_to_the_noise(vibration):
    projections, flats, darks, truth, ideal = vibration
    static = error(flat_field(projections, flats, darks), truth)
    dynamic = error(corrected(projections, flats, darks), truth)
    assert static > 2.8 * dynamic
    assert dynamic < 1.1 * error(ideal, truth)


def test_a_beam_that_drifts_between_the_first_and_the_last_flats_is_followed():
    at = np.repeat([-1.0, 1.0], 10), np.linspace(-1, 1, 24)
    projections, flats, darks, truth, ideal = scan(*at)
    static = error(flat_field(projections, flats, darks), truth)
    dynamic = error(corrected(projections, flats, darks), truth)
    assert static > 2 * dynamic
    assert dynamic < 1.4 * error(ideal, truth)


def test_it_is_no_worse_than_a_general_optimiser_of_the_total_variation(vibration):
    """The article's way, written out: SciPy's minimum of the total variation at full size."""
    flats, darks = vibration[1:3]
    projections, truth = vibration[0][:4], vibration[3][:4]
    shapes = eigen_flats(flats, darks)
    shapes = shapes[shapes.any(axis=(1, 2))].astype(float)
    mean = flats.mean(axis=0) - DARK
    reference = np.empty(truth.shape)
    for out, frame in zip(reference, projections.astype(float), strict=True):

        def transmission(weights, frame=frame):
            beam = mean + np.tensordot(weights, shapes, 1)
            return (frame - DARK) / beam * beam.mean() / mean.mean()

        def variation(weights, transmission=transmission):
            smooth = transmission(weights)
            return np.abs(np.diff(smooth, axis=0)).sum() + np.abs(np.diff(smooth, axis=1)).sum()

        out[:] = transmission(minimize(variation, np.zeros(len(shapes)), method="Powell").x)
    assert error(dynamic_flat_field(projections, flats, darks, shapes), truth) < 1.02 * error(
        reference, truth
    )


def test_the_brightness_of_flats_is_no_shape_of_the_beam():
    rng = np.random.default_rng(2)
    frame = rng.uniform(500, 900, (16, 40))
    flats = frame * rng.uniform(0.8, 1.2, (12, 1, 1)) + rng.normal(0, 1e-3, (12, 16, 40))
    assert np.abs(eigen_flats(flats, None)).max() < 0.05


def test_a_stray_gamma_ray_in_a_flat_is_no_shape_of_the_beam():
    _, flats, darks, _, _ = scan(np.zeros(12), np.zeros(1), n_row=64, n_col=256)
    flats[5, 20, 30] = flats[7, 3, 99] = 65_535
    assert not eigen_flats(flats, darks).any()


def test_shapes_and_weights_multiply_to_what_the_flats_do():
    rng = np.random.default_rng(3)
    shape = rng.normal(size=(16, 40))
    shape -= shape.mean()
    weights = np.linspace(-1, 1, 9)
    flats = 1000 + 20 * weights[:, np.newaxis, np.newaxis] * shape
    found = eigen_flats(flats, None, components=2, selection="all")
    expected = 20 * np.sqrt(np.mean(weights**2)) * shape
    np.testing.assert_allclose(found[0], expected * np.sign((found[0] * expected).sum()), rtol=0.01)
    assert np.abs(found[1]).max() < 0.1


def test_dead_pixels_and_a_bad_value_stay_where_they_are(vibration):
    projections, flats, darks = (array.copy() for array in vibration[:3])
    clean = corrected(projections, flats, darks)
    flats, projections = flats.astype(np.float32), projections.astype(np.float32)
    flats[:, 5, 7] = 0
    flats[3, 30, 60] = np.nan
    projections[:, 5, 7] = 65_000
    projections[4, 11, 90] = np.nan
    projections[9] = np.nan
    found = corrected(projections, flats, darks)
    assert np.isnan(found[4, 11, 90])
    assert np.isnan(found[9]).all()
    others = np.isfinite(found)
    assert np.count_nonzero(~others) == 1 + found[9].size
    others[:, [5, 30], [7, 60]] = False
    np.testing.assert_allclose(found[others], clean[others], rtol=5e-3)
    near = clean[0, 5, [5, 6, 8, 9]]
    assert near.min() * 0.99 < found[0, 5, 7] < near.max() * 1.01
    with pytest.raises(ValueError, match="2 of 6144 pixels are dead"):
        dynamic_flat_field(projections, flats, darks, clean[:1], dead_pixels="error")


def test_an_opaque_or_dark_projection_takes_the_mean_beam(vibration):
    projections, flats, darks = vibration[:3]
    dark = np.full_like(projections[:2], DARK)
    np.testing.assert_array_equal(corrected(dark, flats, darks), 0)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (3, 17)])
def test_the_smallest_detectors_work(size):
    frames = np.random.default_rng(6).integers(900, 1000, (5, *size))
    found = corrected(frames, frames, None, components=3)
    assert found.shape == frames.shape
    assert np.isfinite(found).all()


def test_bad_flats_are_refused_in_one_line(vibration):
    projections, flats, darks = vibration[:3]
    with pytest.raises(ValueError, match="There are 2 flats; how the beam varies shows in 3"):
        eigen_flats(flats[:2], darks)
    with pytest.raises(ValueError, match="components is 20, but 20 flats have 1 to 19"):
        eigen_flats(flats, darks, components=20, selection="all")
    with pytest.raises(ValueError, match="known are significant, all"):
        eigen_flats(flats, darks, selection="best")
    unlit = flats.copy()
    unlit[4] = DARK
    with pytest.raises(ValueError, match="Flat 4 shows no beam"):
        eigen_flats(unlit, darks)
    missing = flats.astype(np.float32)
    missing[4] = np.nan
    with pytest.raises(ValueError, match="Row 0 has no live pixel"):
        eigen_flats(missing, darks)
    with pytest.raises(ValueError, match=r"darks show \(48, 127\)"):
        eigen_flats(flats, darks[..., 1:])
    shapes = eigen_flats(flats, darks)
    with pytest.raises(ValueError, match=r"eigen_flats have shape \(5, 48, 127\)"):
        dynamic_flat_field(projections, flats, darks, shapes[..., 1:])
    with pytest.raises(ValueError, match="1 values that are not finite"):
        dynamic_flat_field(
            projections, flats, darks, np.where(shapes == shapes[0, 0, 0], np.nan, 1)
        )
    with pytest.raises(ValueError, match=r"flats show \(48, 128\) .* projections show \(47, 128\)"):
        dynamic_flat_field(projections[:, 1:], flats, darks, shapes)
    with pytest.raises(ValueError, match=r"projections have shape \(0, 48, 128\)"):
        dynamic_flat_field(projections[:0], flats, darks, shapes)
