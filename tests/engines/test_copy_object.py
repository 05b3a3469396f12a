"""Objects that exist already are written, and what was written can be verified."""

import numpy as np
import pytest

from daisy_kernel.engines.run_folder import recorded_runs
from daisy_kernel.engines.verification import verify


@pytest.mark.parametrize("shape", [(0, 5), (3, 0), (0,), (), (3, 5)])
def test_an_object_of_any_shape_is_as_it_was_written(engine, run, own_runs, shape):
    engine.data["x"] = np.ones(shape, np.float32)
    run(engine, lambda e: e["save"].execute(input_dataobj="x", output_path="x"))
    (folder,) = recorded_runs(own_runs)
    found = verify(folder)
    assert found.damages == ()
    assert found.nbytes == 4 * np.ones(shape).size
