"""SIRT: simultaneous iterative reconstruction."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from daisy_kernel.numba_kernels.os_sart import os_sart_reconstruct, os_sart_scratch_bytes


def sirt_reconstruct(
    sinograms: NDArray[Any],
    angles_rad: ArrayLike,
    centre: ArrayLike,
    *,
    iterations: int = 100,
    non_negative: bool = False,
) -> NDArray[np.float32]:
    """Slices of the sample from few, noisy or uneven projections, by SIRT.

    Parameters
    ----------
    sinograms : (n_angle, n_row, n_col) [1]
        Line integrals of the attenuation, as `minus_log` gives them; any real type.
    angles_rad : (n_angle,) [rad]
        Any angles in any order: golden, limited, repeated.
    centre : scalar or (n_row,) [column]
        Column on which the rotation axis projects; pixel centres lie on integers.
        Rounded to 1/32 pixel.
    iterations
        More are sharper and noisier.
    non_negative
        Set negative pixels to zero after each iteration.

    Returns
    -------
    volume : (n_row, n_col, n_col) [per pixel]
        ``volume[slice, y, x]`` in the geometry of `forward_project`. Nothing is masked. The bits
        of a slice do not depend on the other rows of the call, and a NaN stays in its slice.

    Raises
    ------
    ValueError
        If the shapes do not fit, an angle is not finite, a centre lies outside the detector or
        `iterations` is not positive.

    Notes
    -----
    x <- x + C A^T R (b - A x) from x = 0, with A of `forward_project` and R and C one over the
    sums of its rows and columns: J. Gregor and T. Benson, "Computational analysis and improvement
    of SIRT", IEEE Trans. Med. Imaging 27, 918 (2008). The residual in the norm of R never grows.
    The same as ordered subsets with a single subset.
    """
    return os_sart_reconstruct(
        sinograms,
        angles_rad,
        centre,
        iterations=iterations,
        subsets=1,
        non_negative=non_negative,
    )


def sirt_scratch_bytes(n_angle: int, n_row: int, n_col: int) -> int:
    """Upper estimate of what `sirt_reconstruct` needs beside sinograms and volume [bytes].

    Holds for every centre; bounded however many rows there are.
    """
    return os_sart_scratch_bytes(n_angle, n_row, n_col, subsets=1)
