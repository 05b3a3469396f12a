"""Integrated patterns as NeXus has them: NXazint1d and NXazint2d."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import h5py
import numpy as np

from daisy_kernel.formats.nexus import (
    Axis,
    put_number,
    put_text,
    subgroup,
    write_entry,
    write_nxdata,
)
from daisy_kernel.formats.poni import poni_keys

_KEV_ANGSTROM = 12.398419843320026
"""Energy times wavelength of a photon."""
_LONG_NAMES = {
    "2th_deg": ("2θ", "degree"),
    "2th_rad": ("2θ", "rad"),
    "q_nm^-1": ("q", "1/nm"),
    "q_A^-1": ("q", "1/angstrom"),
    "d*2_A^-2": ("1/d²", "1/angstrom^2"),
    "d*2_nm^-2": ("1/d²", "1/nm^2"),
    "r_mm": ("radius", "mm"),
    "r_m": ("radius", "m"),
}


def axis_label(unit: str) -> tuple[str, str]:
    """What a radial axis shows, and its unit, for one of pyFAI's names of units."""
    name, _, rest = unit.partition("_")
    return _LONG_NAMES.get(unit, (name, rest))


def describe_patterns(
    file: h5py.File,
    *,
    shape: Sequence[int],
    unit: str,
    poni: str | None,
    corrections: Mapping[str, bool],
    title: str,
) -> None:
    """Describe integrated patterns as NXazint1d, or NXazint2d where they have azimuths.

    Parameters
    ----------
    file
        Opened for writing, with ``/entry/data/I`` and what else of ``I_errors``, ``radial_axis``
        and ``azimuthal_axis`` is to be there.
    shape
        (n_frame, n_bin) or (n_frame, n_azimuth, n_bin).
    unit
        Of the radial axis, by pyFAI's name.
    poni
        Content of the PONI file with the geometry, where there is one; it is kept, and the
        wavelength stands where NeXus wants it.
    corrections
        Name (solid_angle, polarization, normalization) -> whether it was applied.
    title
        What is shown.
    """
    is_2d = len(shape) == 3
    entry = write_entry(file, definition="NXazint2d" if is_2d else "NXazint1d", title=title)
    for name, is_applied in corrections.items():
        entry[f"{name}_applied"] = np.bool_(is_applied)
    if poni is not None:
        instrument = subgroup(entry, "instrument", "NXinstrument")
        put_text(instrument, "poni", poni)
        wavelength_angstrom = _wavelength_angstrom(poni)
        if wavelength_angstrom is not None:
            monochromator = subgroup(instrument, "monochromator", "NXmonochromator")
            put_number(monochromator, "wavelength", wavelength_angstrom, "angstrom")
            put_number(monochromator, "energy", _KEV_ANGSTROM / wavelength_angstrom, "keV")
    data = entry.require_group("data")
    write_nxdata(
        data,
        signal="I",
        title=title,
        axes=[Axis("frame", np.arange(shape[0])), *[Axis(".")] * (len(shape) - 1)],
    )
    names = ["frame", *(["azimuthal_axis"] if is_2d else []), "radial_axis"]
    data.attrs["axes"] = np.array(names, dtype=h5py.string_dtype())
    data.attrs["interpretation"] = "image" if is_2d else "spectrum"
    long_name, of_unit = axis_label(unit)
    units = {"radial_axis": (of_unit, long_name), "azimuthal_axis": ("degree", "azimuth")}
    for dimension, name in enumerate(names):
        data.attrs[f"{name}_indices"] = dimension
        if name in data and name in units:
            data[name].attrs["units"], data[name].attrs["long_name"] = units[name]
    data["I"].attrs["long_name"] = "intensity"


def _wavelength_angstrom(poni: str) -> float | None:
    try:
        return 1e10 * float(poni_keys(poni)["wavelength"])
    except (KeyError, ValueError):  # not stated, or None
        return None
