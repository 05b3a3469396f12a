"""Saturated pixels, and those that are no numbers, are told of before frames are integrated."""

import math

import numpy as np
import pytest

from daisy_kernel import Ref
from daisy_kernel.contracts.run import RunOptions
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.inprocess import InProcessEngine


@pytest.fixture
def inspected(own_runs):
    """Number and warnings for named arrays."""

    def run(objects, full):
        store = DataStore()
        for name, array in objects.items():
            store.put(name, array)
        store.put("full", np.array(full))
        events = []
        engine = InProcessEngine(store, RunOptions(10**9, 1), own_runs, [events.append])
        names = {name: name for name in (*objects, "output_dataobj")}
        engine["InspectFrames"].execute(**names, saturation=Ref("full"))
        return int(store["output_dataobj"]), [
            e.data["message"] for e in events if e.kind == "log" and e.data["level"] == "warning"
        ]

    return run


def test_full_pixels_outside_of_the_mask_count(inspected):
    frames, mask = np.ones((5, 6, 7), np.uint16), np.zeros((6, 7), np.uint8)
    frames[0, 1, 2] = frames[2, 3, :4] = 100
    frames[4, 0, 0] = 65535
    frames[1] = 100  # neither first, middle nor last
    mask[3, 0] = 1
    objects = {"input_dataobj": frames, "mask_dataobj": mask}
    found, told = inspected(objects, 100.0)
    assert found == 1 + 3 + 1
    assert told == [
        f"InspectFrames: {n} pixels outside of the mask are saturated (100 counts or more) in "
        f"frame {k}"
        for n, k in ((1, 0), (3, 2), (1, 4))
    ]


def test_where_nobody_knows_when_a_pixel_is_full_only_odd_numbers_count(inspected):
    frames = np.full((1, 6, 7), 1e9, np.float32)
    frames[0, 2, 3], frames[0, 2, 4] = np.nan, np.inf
    found, told = inspected({"input_dataobj": frames}, math.nan)
    assert found == 2
    assert told == ["InspectFrames: 2 pixels are not finite in frame 0"]
