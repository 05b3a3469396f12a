"""Where the rings of a powder meet a flat detector, and back.

A geometry is the six numbers of a PONI file, ``(distance, poni1, poni2, rot1, rot2, rot3)`` in
metres and radians, as ``pyFAI.geometry.Geometry.param`` gives them. Rows and columns are pixels
with their centres on integers; the coordinate of a detector begins at the edge of pixel 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Pair = tuple[float, float]


def cone_of(
    geometry: Sequence[float], pixel_m: Pair, rows: Floats, columns: Floats
) -> tuple[Floats, Floats]:
    """The direction in which a pixel lies, seen from the sample.

    Parameters
    ----------
    geometry
        See above.
    pixel_m
        Height and width of a pixel [m].
    rows, columns : any shape [pixel]

    Returns
    -------
    two_theta, azimuth : as `rows` [rad]
        Azimuth 0 is along the rows of the image, 90 degrees along its columns.
    """
    distance, poni1, poni2 = geometry[:3]
    on_detector = np.stack(
        [
            (rows + 0.5) * pixel_m[0] - poni1,
            (columns + 0.5) * pixel_m[1] - poni2,
            np.full(np.shape(rows), distance),
        ]
    )
    x1, x2, x3 = np.tensordot(_rotation(geometry), on_detector, 1)
    return np.arctan2(np.hypot(x1, x2), x3), np.arctan2(x1, x2)


def on_detector(
    geometry: Sequence[float], pixel_m: Pair, two_theta: Floats, azimuth: Floats
) -> tuple[Floats, Floats]:
    """The pixel that is seen in a direction; the inverse of `cone_of`.

    Parameters
    ----------
    geometry, pixel_m
        As there.
    two_theta, azimuth : of one shape [rad]

    Returns
    -------
    rows, columns : of this shape [pixel]
        NaN where the ray does not meet the plane of the detector.
    """
    radius = np.sin(two_theta)
    ray = np.stack([radius * np.sin(azimuth), radius * np.cos(azimuth), np.cos(two_theta)])
    x1, x2, x3 = np.tensordot(_rotation(geometry).T, ray, 1)
    scale = geometry[0] / np.where(x3 > 1e-9, x3, np.nan)
    return (
        (x1 * scale + geometry[1]) / pixel_m[0] - 0.5,
        (x2 * scale + geometry[2]) / pixel_m[1] - 0.5,
    )


def _rotation(geometry: Sequence[float]) -> Floats:
    """From the detector to the laboratory: about axis 1, then axis 2, then the beam.

    The signs are those of pyFAI: J. Kieffer and D. Karkoulis, J. Phys.: Conf. Ser. 425, 202012
    (2013).
    """
    (c1, c2, c3), (s1, s2, s3) = np.cos(geometry[3:6]), np.sin(geometry[3:6])
    about_1 = np.array([[1, 0, 0], [0, c1, s1], [0, -s1, c1]])
    about_2 = np.array([[c2, 0, -s2], [0, 1, 0], [s2, 0, c2]])
    about_beam = np.array([[c3, s3, 0], [-s3, c3, 0], [0, 0, 1]])
    return np.asarray(about_beam @ about_2 @ about_1)
