"""Averages, sums and differences of frames, against the same by hand."""

import numpy as np
import pytest

from daisy_kernel.contracts.run import RunOptions
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.inprocess import InProcessEngine
from daisy_kernel.errors import AxesClash, StepFailed


@pytest.fixture
def engine():
    frames = np.random.default_rng(2).integers(0, 500, (6, 8, 9)).astype(np.uint32)
    frames[1, 2, 3] = 0xFFFFFFFF
    frames[:, 0, 0] = 0xFFFFFFFE
    store = DataStore()
    store.put("frames", frames)
    return InProcessEngine(store, RunOptions(1 << 30, 2))


def test_pixels_that_measured_nothing_do_not_enter_the_average(engine):
    engine["AverageFrames"].execute(input_dataobj="frames", output_dataobj="mean")
    frames = engine.data["frames"].astype(float)
    frames[frames > 1e9] = np.nan
    exact = np.full((8, 9), np.nan)
    exact.flat[1:] = np.nanmean(frames.reshape(6, -1)[:, 1:], axis=0)
    np.testing.assert_allclose(engine.data["mean"], exact, rtol=1e-6)


def test_the_average_of_some_frames_is_theirs(engine):
    engine["AverageFrames"].execute(input_dataobj="frames", output_dataobj="mean", first=4, count=2)
    exact = engine.data["frames"][4:].astype(float).mean(axis=0)
    np.testing.assert_allclose(engine.data["mean"].flat[1:], exact.flat[1:], rtol=1e-6)


def test_frames_that_do_not_exist_are_refused(engine):
    with pytest.raises(StepFailed, match="frames 5 to 7 are asked for, but there are 6"):
        engine["AverageFrames"].execute(
            input_dataobj="frames", output_dataobj="mean", first=5, count=3
        )


def test_regions_are_summed_frame_by_frame(engine):
    engine["SumRegions"].execute(
        input_dataobj="frames", output_dataobj="sums", regions="1:4,2:5; 0:1,0:9"
    )
    frames = engine.data["frames"].astype(float)
    frames[frames > 1e9] = 0
    exact = np.stack([frames[:, 1:4, 2:5].sum((1, 2)), frames[:, 0].sum(1)], axis=1)
    np.testing.assert_array_equal(engine.data["sums"], exact)


@pytest.mark.parametrize(
    ("regions", "message"),
    [
        ("", "no region is given"),
        ("1:2", "'1:2' is not understood"),
        ("3:3,0:4", "is empty or goes beyond the 8 rows and 9 columns"),
        ("0:4,0:10", "is empty or goes beyond the 8 rows and 9 columns"),
    ],
)
def test_regions_that_make_no_sense_are_refused_where_they_are_written(engine, regions, message):
    with pytest.raises(AxesClash, match=message):
        engine["SumRegions"].execute(input_dataobj="frames", output_dataobj="s", regions=regions)


def test_unsigned_counts_below_the_background_become_negative(engine):
    engine.data["background"] = np.full((8, 9), 400, np.float32)
    engine["SubtractFrame"].execute(
        input_dataobj="frames", background_dataobj="background", output_dataobj="net", scale=0.5
    )
    frames = engine.data["frames"].astype(float)
    exact = np.where(frames > 1e9, np.nan, frames - 200)
    np.testing.assert_array_equal(engine.data["net"], exact.astype(np.float32))


def test_a_background_of_another_detector_is_refused(engine):
    engine.data["background"] = np.ones((8, 8), np.float32)
    with pytest.raises(AxesClash, match="col"):
        engine["SubtractFrame"].execute(
            input_dataobj="frames", background_dataobj="background", output_dataobj="net"
        )
