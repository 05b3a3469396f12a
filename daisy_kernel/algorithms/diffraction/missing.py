"""Pixels of a frame that hold no measurement."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def is_measured(frames: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether a pixel measured something, by what detectors write where it did not.

    Parameters
    ----------
    frames : any shape [counts]

    Returns
    -------
    measured : as `frames`
        False for the two largest values of an unsigned type (gaps, dead and saturated pixels of
        DECTRIS detectors: 0xFFFFFFFF, 0xFFFE...), for negative values of a signed integer type
        (-1, -2 of a Pilatus), and for what is not finite.
    """
    if frames.dtype.kind == "u":
        return np.asarray(frames < np.iinfo(frames.dtype).max - 1)
    if frames.dtype.kind == "i":
        return np.asarray(frames >= 0)
    return np.isfinite(frames)
