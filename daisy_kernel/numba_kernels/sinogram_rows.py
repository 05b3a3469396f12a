"""Sinogram after sinogram, so that no row of the detector ever sees another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.numba_kernels.image_stack import image_stack
from daisy_kernel.numba_kernels.result_memory import results

Sinogram = NDArray[np.float32]
"""(n_angle, n_col), contiguous"""


def treat_rows(sinograms: NDArray[Any], treat: Callable[[Sinogram], Any]) -> NDArray[np.float32]:
    """Every sinogram of a stack, treated alone.

    Parameters
    ----------
    sinograms : (n_angle, n_row, n_col)
        Any real type.
    treat
        Gets a sinogram as a contiguous copy, which it may change, and returns one of the same
        shape. It never meets a value that is not finite: these are interpolated along the columns
        before, and stand at their places again afterwards.

    Returns
    -------
    sinograms : (n_angle, n_row, n_col)
    """
    sinograms = image_stack("sinograms", sinograms, ("n_angle", "n_row", "n_col"))
    treated = results.empty(*sinograms.shape)
    for row in range(sinograms.shape[1]):
        # A copy in C order, because NumPy's sums depend on the layout and that on the block.
        sinogram = np.array(sinograms[:, row], np.float32, order="C")
        bad = ~np.isfinite(sinogram)
        values = sinogram[bad]
        _fill(sinogram, bad)
        treated[:, row] = treat(sinogram)
        treated[:, row][bad] = values
    return treated


def _fill(sinogram: Sinogram, bad: NDArray[np.bool_]) -> None:
    columns = np.arange(sinogram.shape[1])
    for angle in np.flatnonzero(bad.any(axis=1)):
        good = ~bad[angle]
        sinogram[angle, ~good] = (
            np.interp(columns[~good], columns[good], sinogram[angle, good]) if good.any() else 0
        )
