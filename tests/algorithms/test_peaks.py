"""Lines of patterns against the lines that were put in."""

import numpy as np
import pytest

from daisy_kernel.contracts.run import RunOptions
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.inprocess import InProcessEngine

AXIS = np.linspace(2, 30, 1400)
FWHM = 2.3548
POSITIONS = np.array([7.46, 8.62, 12.2, 14.31])


@pytest.fixture
def series():
    """Lines that move, widen and fade; (patterns, positions, sigmas, heights)."""
    rng = np.random.default_rng(4)
    n = 40
    moved = POSITIONS + np.linspace(0, 0.08, n)[:, None]
    sigma = 0.06 + np.linspace(0, 0.03, n)[:, None] + 0 * moved
    height = np.array([900, 300, 600, 500]) * np.linspace(1, 0.5, n)[:, None]
    lines = height[..., None] * np.exp(-0.5 * ((AXIS - moved[..., None]) / sigma[..., None]) ** 2)
    patterns = lines.sum(axis=1) + 50 + 20 * np.exp(-AXIS / 10)
    return rng.poisson(patterns).astype(np.float32), moved, sigma, height


def engine_with(patterns):
    store = DataStore()
    store.put("patterns", patterns)
    store.put("axis", AXIS)
    return InProcessEngine(store, RunOptions(1 << 30, 2))


def test_lines_are_found_and_fitted_within_their_noise(series):
    patterns, moved, sigma, height = series
    engine = engine_with(patterns)
    engine["FindPeaks"].execute(
        input_dataobj="patterns", axis_dataobj="axis", output_dataobj="peaks", n_peak=6
    )
    peaks = engine.data["peaks"]
    np.testing.assert_allclose(peaks[:4], moved.mean(axis=0), atol=0.05)
    assert np.isnan(peaks[4:]).all()
    engine["FitPeaks"].execute(
        input_dataobj="patterns", axis_dataobj="axis", peaks_dataobj="peaks", half_window=0.4
    )
    data = engine.data
    np.testing.assert_allclose(data["peak_positions"][:, :4], moved, atol=0.02)
    np.testing.assert_allclose(data["peak_widths"][:, :4], FWHM * sigma, rtol=0.2)
    area = height * sigma * np.sqrt(2 * np.pi)
    np.testing.assert_allclose(data["peak_areas"][:, :4], area, rtol=0.2)
    # On average the fits are not off at all.
    assert np.abs((data["peak_positions"][:, :4] - moved).mean(axis=0)).max() < 0.001
    assert np.abs((data["peak_areas"][:, :4] / area - 1).mean(axis=0)).max() < 0.02


def test_a_line_that_vanishes_is_unknown_not_invented(series):
    patterns = series[0].copy()
    flat = np.random.default_rng(5).poisson(55, len(AXIS))
    patterns[7] = flat
    engine = engine_with(patterns)
    engine.data["peaks"] = POSITIONS
    engine["FitPeaks"].execute(
        input_dataobj="patterns", axis_dataobj="axis", peaks_dataobj="peaks", half_window=0.4
    )
    assert np.isnan(engine.data["peak_areas"][7]).all()
    assert np.isfinite(engine.data["peak_areas"][[6, 8]]).all()


def test_empty_bins_do_not_disturb_a_line(series):
    patterns, moved, _, _ = series
    patterns = patterns.copy()
    patterns[:, np.searchsorted(AXIS, 7.58) : np.searchsorted(AXIS, 7.64)] = np.nan
    engine = engine_with(patterns)
    engine.data["peaks"] = POSITIONS[:1]
    engine["FitPeaks"].execute(
        input_dataobj="patterns", axis_dataobj="axis", peaks_dataobj="peaks", half_window=0.4
    )
    np.testing.assert_allclose(engine.data["peak_positions"][:, 0], moved[:, 0], atol=0.03)


def test_the_baseline_is_what_lies_beneath_the_lines(series):
    patterns, _, _, height = series
    engine = engine_with(patterns)
    engine["SubtractBaseline"].execute(
        input_dataobj="patterns", output_dataobj="net", half_width=40
    )
    net = engine.data["net"]
    away = np.all(np.abs(AXIS[:, None] - POSITIONS) > 0.6, axis=1)
    # The noise of the counts lies above the baseline, which passes beneath it.
    assert 0 < net[:, away].mean() < 20
    top = net[:, np.searchsorted(AXIS, POSITIONS[0])][0]
    assert top == pytest.approx(height[0, 0], rel=0.1)


def test_a_pattern_without_anything_has_no_lines():
    engine = engine_with(np.full((3, len(AXIS)), 7.0, np.float32))
    engine["FindPeaks"].execute(
        input_dataobj="patterns", axis_dataobj="axis", output_dataobj="peaks"
    )
    assert np.isnan(engine.data["peaks"]).all()
