"""What is stated of the sizes of pixels, and what of it can be a size."""

import numpy as np
import pytest

from daisy_kernel.contracts.units import Units, counted_pixels


@pytest.mark.parametrize("size", [None, np.nan, 0.0, -1e-6, "75 um", np.inf])
def test_a_pixel_whose_size_is_none_has_none(size):
    assert counted_pixels(75e-6, size) == Units("counts", (None, 75e-6, None))
