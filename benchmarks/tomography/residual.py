"""How well a slice explains its sinogram, judged by a projector that belongs to no contestant."""

from __future__ import annotations

from math import floor

import numpy as np
from numba import njit
from numpy.typing import NDArray

from benchmarks.peers.reconstructor import Geometry


def relative_residual(
    image: NDArray[np.float32], sinogram: NDArray[np.float32], geometry: Geometry
) -> float:
    """|A image - sinogram| / |sinogram|, with A the interpolation along rays after Joseph.

    Notes
    -----
    P. M. Joseph, "An improved algorithm for reprojecting rays through pixel images", IEEE Trans.
    Med. Imaging 1, 192 (1982).
    """
    projections = np.zeros(sinogram.shape)
    angles = geometry.angles_rad
    _project(
        np.ascontiguousarray(image, np.float32),
        np.cos(angles),
        np.sin(angles),
        geometry.centre,
        projections,
    )
    return float(np.linalg.norm(projections - sinogram) / np.linalg.norm(sinogram))


@njit(nogil=True, cache=True)
def _project(image, cosines, sines, centre, out):
    n_angle, n_col = out.shape
    n = len(image)
    axis = (n - 1) / 2
    for angle in range(n_angle):
        cosine, sine = cosines[angle], sines[angle]
        is_steep = abs(cosine) > abs(sine)
        for line in range(n):  # a row of the image where rays are steep, else a column
            for col in range(n_col):
                if is_steep:
                    position = axis + (col - centre + (line - axis) * sine) / cosine
                else:
                    position = axis + ((line - axis) * cosine - col + centre) / sine
                first = floor(position)
                share = position - first
                for index, weight in ((first, 1 - share), (first + 1, share)):
                    if 0 <= index < n:
                        value = image[line, index] if is_steep else image[index, line]
                        out[angle, col] += weight * value
        for col in range(n_col):
            out[angle, col] /= max(abs(cosine), abs(sine))
