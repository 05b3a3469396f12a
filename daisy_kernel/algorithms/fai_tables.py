"""The geometry of a powder experiment and the tables that pyFAI makes of it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.algorithms.diffraction.choices import Splitting
from daisy_kernel.algorithms.diffraction.flips import Flip, flipped
from daisy_kernel.algorithms.diffraction.sound_shares import with_sound_shares, without
from daisy_kernel.errors import MissingLibrary
from daisy_kernel.formats import poni_keys
from daisy_kernel.numba_kernels import BinTable, InvalidPixels, Matrix, bin_table

ONE_AT_A_TIME = threading.Lock()
"""pyFAI runs OpenMP itself, and aborts where two threads build their tables at once."""

_KEPT = 4
_kept: OrderedDict[tuple[Any, ...], PowderTables] = OrderedDict()


@dataclass(frozen=True)
class Fit2DGeometry:
    """Where the detector is, in the words of Fit2D."""

    distance_mm: float
    x_pixel: float
    y_pixel: float
    tilt_deg: float
    rotation_deg: float
    pixel_x_um: float
    pixel_y_um: float
    wavelength_angstrom: float


@dataclass(frozen=True)
class PowderSettings:
    """Everything that tables depend on but the images."""

    geometry: Fit2DGeometry | str
    """Or the text of a PONI file."""
    unit: str
    n_radial: int
    n_azimuthal: int
    """0: one pattern."""
    radial_range: tuple[float, float] | None
    azimuth_range_deg: tuple[float, float] | None
    splitting: Splitting
    solid_angle: bool
    polarization: float | None
    flip: Flip


@dataclass(frozen=True)
class PowderTables:
    """What the kernels need, and where the bins are."""

    integrator: Any
    """Of pyFAI."""
    table: BinTable
    matrix: Matrix
    norms: NDArray[np.float32]
    """(row, col), as frames are stored."""
    radial: NDArray[np.float64]
    """Centres of the bins [unit of the settings]."""
    azimuthal: NDArray[np.float64]
    """Centres of the bins [degree]."""


def pyfai_integrator(geometry: Fit2DGeometry | str, shape: tuple[int, ...]) -> Any:
    """An integrator of pyFAI for frames of this shape.

    Raises
    ------
    ValueError
        If the PONI text says nothing, or is of a detector of another shape.
    """
    try:
        from pyFAI.detectors import Detector  # late: it takes a second to import
        from pyFAI.integrator.azimuthal import AzimuthalIntegrator
        from pyFAI.io.ponifile import PoniFile
    except ImportError as error:
        raise MissingLibrary("pyFAI is not installed: pip install pyFAI.") from error
    if isinstance(geometry, str):
        poni = PoniFile()
        keys = poni_keys(geometry)
        if "distance" not in keys:
            raise ValueError(
                "the PONI file has no line 'Distance: ...': give what pyFAI-calib2 has written."
            )
        _require_named_detector(keys.get("detector", ""))
        poni.read_from_dict(keys)
        integrator = AzimuthalIntegrator.sload(poni)
        expected = integrator.detector.shape
        if expected is None or integrator.detector.max_shape is None:
            integrator.detector.shape = integrator.detector.max_shape = shape
        elif tuple(expected) != shape and not integrator.detector.guess_binning(shape):
            raise ValueError(
                f"frames show {shape} pixels but the PONI file is of a detector with "
                f"{tuple(expected)}: give the file that belongs to these frames."
            )
        return integrator
    g = geometry
    detector = Detector(g.pixel_y_um * 1e-6, g.pixel_x_um * 1e-6, max_shape=shape)
    integrator = AzimuthalIntegrator(detector=detector, wavelength=g.wavelength_angstrom * 1e-10)
    place = (g.distance_mm, g.x_pixel, g.y_pixel, g.tilt_deg, g.rotation_deg)
    integrator.setFit2D(*place, pixelX=g.pixel_x_um, pixelY=g.pixel_y_um)
    return integrator


def _require_named_detector(detector: str) -> None:
    """PyFAI opens a file whose path stands where the name of a detector should."""
    if Path(detector).is_file():
        raise ValueError(
            f"the PONI file names the file {detector!r} as its detector: give the name of a "
            "detector that pyFAI knows, or 'Detector' with the size of a pixel"
        )


def powder_tables(
    settings: PowderSettings,
    shape: tuple[int, ...],
    *,
    mask: NDArray[Any] | None,
    flat: NDArray[np.float32] | None,
    dark: NDArray[np.float32] | None,
    invalid: InvalidPixels,
) -> PowderTables:
    """The tables for these settings and images; the last few are kept.

    Parameters
    ----------
    shape
        (row, col) of the frames.
    mask, flat, dark : (row, col)
        As the frames are stored, before any flip.
    invalid
        Pixels of `flat` and `dark` with these values are left out, as pyFAI does.
    """
    images = (
        None if i is None else crc32(np.ascontiguousarray(i).data) for i in (mask, flat, dark)
    )
    # Without an image to look at, invalid pixels make no difference.
    looked_for = None if flat is None and dark is None else (invalid.dummy, invalid.delta)
    key = (settings, shape, *images, looked_for)
    with ONE_AT_A_TIME:
        if key not in _kept:
            _kept[key] = _build(settings, shape, mask, flat, dark, invalid)
            while len(_kept) > _KEPT:
                _kept.popitem(last=False)
        _kept.move_to_end(key)
        return _kept[key]


def _build(
    settings: PowderSettings,
    shape: tuple[int, ...],
    mask: NDArray[Any] | None,
    flat: NDArray[np.float32] | None,
    dark: NDArray[np.float32] | None,
    invalid: InvalidPixels,
) -> PowderTables:
    """Norms are ours, the matrix is that of pyFAI."""
    if mask is not None:
        mask = np.ascontiguousarray(flipped(mask, settings.flip) != 0, np.int8)
    (integrator, result), matrix = with_sound_shares(
        lambda: _integrated_nothing(settings, shape, mask),
        lambda made: _near_beam(made[0], shape),
        shape[0] * shape[1],
    )
    weights, pixels, first_of_bin = matrix
    as_stored = np.arange(shape[0] * shape[1], dtype=np.int32).reshape(shape)
    stored = flipped(as_stored, settings.flip).reshape(-1)
    matrix = (weights, stored[pixels], first_of_bin)
    norms = np.ones(shape, np.float32)
    if settings.polarization is not None:
        norms = norms * integrator.polarization(shape, settings.polarization)
    if settings.solid_angle:
        norms = norms * integrator.solidAngleArray(shape)
    norms = np.array(flipped(norms, settings.flip), np.float32)  # a flip undoes itself
    if flat is not None:
        norms *= flat
    for image in (flat, dark):
        if image is not None:
            norms[_is_invalid(image, invalid)] = 0
    azimuthal = result.azimuthal if settings.n_azimuthal else np.empty(0)
    return PowderTables(
        integrator=integrator,
        table=bin_table(matrix, norms),
        matrix=matrix,
        norms=norms,
        radial=np.array(result.radial, np.float64),
        azimuthal=np.array(azimuthal, np.float64),
    )


def _integrated_nothing(
    settings: PowderSettings, shape: tuple[int, ...], mask: NDArray[np.int8] | None
) -> tuple[tuple[Any, Any], Matrix]:
    """Let pyFAI integrate an empty frame: integrator and result, and the matrix that it made."""
    integrator = pyfai_integrator(settings.geometry, shape)
    integrate: Callable[..., Any] = integrator.integrate1d
    bins: tuple[int, ...] = (settings.n_radial,)
    if settings.n_azimuthal:
        integrate, bins = integrator.integrate2d, (settings.n_radial, settings.n_azimuthal)
    result = integrate(
        np.zeros(shape, np.float32),
        *bins,
        unit=settings.unit,
        radial_range=settings.radial_range,
        azimuth_range=settings.azimuth_range_deg,
        mask=mask,
        correctSolidAngle=settings.solid_angle,
        polarization_factor=settings.polarization,
        method=(settings.splitting, "csr", "cython"),
    )
    matrix: Matrix = integrator.engines[result.method].engine.lut
    if settings.n_azimuthal and settings.splitting == "full":
        # pyFAI 2026.9 adds the outline of the first pixel that it shares to memory that nobody has
        # set: its shares, numbers or not, are others each time that the same table is made.
        matrix = without(matrix, matrix[1].min(initial=shape[0] * shape[1], keepdims=True))
    return (integrator, result), matrix


def _near_beam(integrator: Any, shape: tuple[int, ...]) -> NDArray[np.intp]:
    """The pixels whose centres are less than the diagonal of a pixel from the direct beam."""
    radius_m = integrator.array_from_unit(shape, "center", "r_m")
    diagonal_m = np.hypot(integrator.detector.pixel1, integrator.detector.pixel2)
    return np.flatnonzero(radius_m.reshape(-1) < diagonal_m)


def _is_invalid(image: NDArray[np.float32], invalid: InvalidPixels) -> NDArray[np.bool_]:
    bad = ~np.isfinite(image)
    if invalid.dummy is not None:
        bad |= np.abs(image - np.float32(invalid.dummy)) <= np.float32(invalid.delta)
    return bad
