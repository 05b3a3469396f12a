from dataclasses import replace

import numpy as np
import pytest

from daisy_kernel.simulate import Detector

PERFECT = Detector(
    beam_fall=0,
    beam_bands=0,
    texture=0,
    read_noise=0,
    dead_share=0,
    hot_share=0,
    stripe_share=0,
    zinger_share=0,
    beam_decay=0,
    beam_jitter=0,
)
SHAPE = {"n_row": 24, "n_col": 40}
BRIGHT = np.ones((6, 24, 40), np.float32)


@pytest.mark.parametrize("gain", [0.5, 2.0])
def test_the_variance_of_a_flat_is_the_gain_times_its_signal(gain):
    detector = replace(PERFECT, photons=4000, gain=gain)
    flats = detector.flats(200, **SHAPE).astype(np.float64)
    signal = flats.mean() - detector.dark_offset
    assert signal == pytest.approx(gain * 4000, rel=1e-3)
    assert flats.var() == pytest.approx(gain * signal, rel=0.02)


def test_a_sample_that_lets_half_through_gives_half_the_signal():
    frames = PERFECT.expose(0.5 * BRIGHT, range(6)).astype(np.float64)
    assert frames.mean() == pytest.approx(100 + 0.5 * 30_000, rel=1e-3)


def test_darks_have_the_offset_and_the_read_noise():
    detector = replace(PERFECT, dark_offset=80, read_noise=5)
    darks = detector.darks(50, **SHAPE)
    assert darks.mean() == pytest.approx(80, abs=0.1)
    assert darks.std() == pytest.approx(np.hypot(5, np.sqrt(1 / 12)), rel=0.02)


def test_two_pixels_and_two_frames_have_independent_noise():
    frames = PERFECT.expose(np.ones((400, 2, 2)), range(400)).reshape(400, 4).astype(float)
    assert np.abs(np.corrcoef(frames.T) - np.eye(4)).max() < 0.2
    assert abs(np.corrcoef(frames[:-1, 0], frames[1:, 0])[0, 1]) < 0.2


def test_the_bits_of_a_frame_do_not_depend_on_the_block_it_is_made_in():
    detector = Detector(seed=3, zinger_share=1e-3)
    transmission = np.random.default_rng(0).uniform(0.1, 1, (6, 24, 40))
    whole = detector.expose(transmission, range(6))
    for block in ([5], [4, 0], [1, 2, 3]):
        np.testing.assert_array_equal(detector.expose(transmission[block], block), whole[block])


def test_the_first_flats_do_not_depend_on_how_many_are_taken():
    detector = Detector(seed=3)
    np.testing.assert_array_equal(detector.flats(2, **SHAPE), detector.flats(7, **SHAPE)[:2])
    np.testing.assert_array_equal(detector.darks(2, **SHAPE), detector.darks(7, **SHAPE)[:2])


def test_the_same_seed_gives_the_same_bits_and_another_seed_others():
    first = Detector(seed=1).expose(BRIGHT, range(6))
    np.testing.assert_array_equal(Detector(seed=1).expose(BRIGHT, range(6)), first)
    assert (Detector(seed=2).expose(BRIGHT, range(6)) != first).mean() > 0.9


def test_a_flat_is_not_the_projection_of_the_same_number():
    flats = PERFECT.flats(6, **SHAPE)
    assert (PERFECT.expose(BRIGHT, range(6)) != flats).mean() > 0.9


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_what_is_too_bright_reads_the_largest_value_and_never_wraps(bits):
    detector = replace(PERFECT, photons=60_000, bit_depth=bits)
    assert (detector.flats(2, **SHAPE) == 2**bits - 1).all()


def test_no_frame_falls_below_zero():
    detector = replace(PERFECT, dark_offset=0, read_noise=4)
    darks = detector.darks(20, **SHAPE)
    assert 0.4 < (darks == 0).mean() < 0.6
    assert darks.max() < 40


def test_a_dead_pixel_is_dead_in_projections_flats_and_darks():
    detector = Detector(dead_share=0.01)
    flats, darks = detector.flats(4, **SHAPE), detector.darks(4, **SHAPE)
    dead = (flats == 0).all(axis=0)
    assert dead.sum() == round(0.01 * 24 * 40)
    assert not detector.expose(BRIGHT, range(6))[:, dead].any()
    assert not darks[:, dead].any()
    assert (darks[:, ~dead] > 0).all()


def test_a_hot_pixel_is_hot_in_the_dark():
    darks = Detector(hot_share=0.01, zinger_share=0).darks(4, **SHAPE)
    hot = (darks > 3000).all(axis=0)
    assert hot.sum() == round(0.01 * 24 * 40)
    assert darks[:, ~hot].max() < 200


def test_dead_pixels_and_hot_pixels_may_fill_the_detector():
    darks = Detector(dead_share=0.6, hot_share=0.6).darks(1, **SHAPE)
    assert (darks == 0).sum() == round(0.6 * 24 * 40)
    assert (darks > 3000).sum() == 24 * 40 - round(0.6 * 24 * 40)


def test_a_changed_gain_marks_whole_columns_of_the_normalised_frames_only():
    detector = replace(PERFECT, stripe_share=0.1, stripe_depth=0.2)
    flat = detector.flats(40, **SHAPE).mean(axis=(0, 1)) - 100
    seen = detector.expose(np.ones((40, 24, 40)), range(40)).mean(axis=(0, 1)) - 100
    deviation = np.abs(seen / flat - 1)
    assert np.abs(flat / flat.mean() - 1).max() < 2e-3
    assert 2 <= (deviation > 0.01).sum() <= 4
    assert np.sort(deviation)[:36].max() < 3e-3


def test_zingers_come_as_often_as_asked_and_elsewhere_in_every_frame():
    detector = replace(PERFECT, zinger_share=0.002)
    darks = detector.darks(100, **SHAPE)
    hit = darks > 10_000
    assert hit.sum() == pytest.approx(0.002 * hit.size, rel=0.2)
    assert hit.sum(axis=0).max() <= 4


def test_the_beam_falls_between_injections_and_comes_back():
    detector = replace(PERFECT, beam_decay=0.2, injection_period=10)
    mean = detector.expose(np.ones((21, 24, 40)), range(21)).mean(axis=(1, 2)) - 100
    expected = 30_000 * (1 - 0.02 * (np.arange(21) % 10))
    np.testing.assert_allclose(mean, expected, rtol=2e-3)


def test_the_flat_field_falls_to_the_corners_and_has_grains():
    flat = Detector(zinger_share=0, dead_share=0, hot_share=0).flats(30, n_row=60, n_col=80)
    flat = flat.mean(axis=0) - 100
    assert 0.6 < flat[:6, :6].mean() / flat[27:33, 37:43].mean() < 0.75
    neighbours = flat[20:40, 31:50] / flat[20:40, 30:49]
    assert 0.01 < neighbours.std() < 0.05  # 40 times the noise of a mean of 30 flats


def test_a_detector_of_one_pixel_works():
    assert Detector().flats(3, n_row=1, n_col=1).shape == (3, 1, 1)
    assert Detector().darks(0, n_row=2, n_col=3).shape == (0, 2, 3)


def test_frames_that_no_sample_can_give_are_refused():
    for bad in (np.nan, -0.1, np.inf):
        with pytest.raises(ValueError, match="exp"):
            Detector().expose(np.full((1, 2, 2), bad), [0])
    with pytest.raises(ValueError, match="one number per frame"):
        Detector().expose(BRIGHT, range(5))


@pytest.mark.parametrize(
    "wrong", [{"dead_share": 1.1}, {"read_noise": -1}, {"photons": 0}, {"bit_depth": 17}]
)
def test_an_impossible_detector_is_refused_by_the_name_of_the_field(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Detector(**wrong)
