"""NeXus structure: what makes an HDF5 file plot itself in silx, h5web and NeXpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Axis:
    """One dimension of plotted data."""

    name: str
    values: NDArray[Any] | None = None
    """(n,) [unit]; None for a dimension without coordinates."""
    unit: str = ""


def write_nxdata(
    group: h5py.Group,
    *,
    signal: str,
    axes: Sequence[Axis],
    unit: str = "",
    title: str = "",
) -> None:
    """Make a group plottable: NXdata with a signal and its axes.

    Parameters
    ----------
    group
        Holds the signal already (and ``<signal>_errors``, if there are errors).
    signal
        Name of the dataset to plot.
    axes
        One per dimension of the signal, in storage order.
    unit
        Unit of the signal.
    title
        What the plot shows.

    Raises
    ------
    ValueError
        If the signal is missing or the axes do not fit it.
    """
    if signal not in group:
        raise ValueError(
            f"{group.name} has no dataset {signal!r} to plot, only {list(group)}: make it first."
        )
    shape = group[signal].shape
    lengths = [None if axis.values is None else len(axis.values) for axis in axes]
    if len(axes) != len(shape) or any(
        n not in (None, m) for n, m in zip(lengths, shape, strict=True)
    ):
        raise ValueError(
            f"The axes of {group.name} have the lengths {lengths}, but {signal!r} has the shape "
            f"{shape}: give one axis per dimension, of its length."
        )
    names = [axis.name if axis.values is not None else "." for axis in axes]
    group.attrs["NX_class"] = "NXdata"
    group.attrs["signal"] = signal
    group.attrs["axes"] = np.array(names, dtype=h5py.string_dtype())
    if unit:
        group[signal].attrs["units"] = unit
    if title:
        put_text(group, "title", title)
    for dimension, axis in enumerate(axes):
        if axis.values is None:
            continue
        if axis.name in group:
            del group[axis.name]
        group[axis.name] = axis.values
        if axis.unit:
            group[axis.name].attrs["units"] = axis.unit
        group.attrs[f"{axis.name}_indices"] = dimension


def write_entry(
    file: h5py.File,
    *,
    definition: str,
    entry: str = "entry",
    title: str = "",
    start_time: datetime | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> h5py.Group:
    """An NXentry that opens on its plot: root -> entry -> data.

    Parameters
    ----------
    file
        Opened for writing.
    definition
        NeXus application definition, such as ``"NXtomoproc"``.
    entry
        Name of the group.
    title
        What was measured.
    start_time
        When the processing began; now, if left out.
    metadata
        Where known: sample, energy_kev, pixel_size_m (of the detector), distance_m.
    """
    group = file.require_group(entry)
    file.attrs["NX_class"] = "NXroot"
    file.attrs["default"] = entry
    group.attrs["NX_class"] = "NXentry"
    group.attrs["default"] = "data"
    put_text(group, "definition", definition)
    put_text(group, "title", title or definition)
    put_text(group, "start_time", (start_time or datetime.now(UTC)).isoformat())
    _write_metadata(group, metadata or {})
    return group


def describe_volume(
    file: h5py.File,
    *,
    shape: tuple[int, int, int],
    entry: str = "entry",
    voxel_size_m: float | None = None,
    unit: str = "",
    title: str = "Reconstructed volume",
    start_time: datetime | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Describe a reconstructed volume as NXtomoproc; its dataset exists already.

    Parameters
    ----------
    file
        Opened for writing, with ``/<entry>/data/data``.
    shape
        (n_slice, n_y, n_x) of the volume.
    entry
        Name of the group.
    voxel_size_m
        Edge of a voxel [m]; without it the axes count voxels.
    unit
        Unit of the values, such as ``"1/m"``.
    title
        What is shown.
    start_time
        When the processing began; now, if left out.
    metadata
        Of the scan, see `write_entry`.

    Notes
    -----
    The origin of x and y is the rotation axis, which lies at ((n - 1) / 2, (n - 1) / 2); slices
    count from the first.
    """
    group = write_entry(
        file,
        definition="NXtomoproc",
        entry=entry,
        title=title,
        start_time=start_time,
        metadata=metadata,
    )
    n_slice, n_y, n_x = shape
    scale, axis_unit = (1.0, "pixel") if voxel_size_m is None else (voxel_size_m, "m")
    write_nxdata(
        group.require_group("data"),
        signal="data",
        unit=unit,
        title=title,
        axes=[
            Axis("slice", scale * np.arange(n_slice), axis_unit),
            Axis("y", scale * (np.arange(n_y) - (n_y - 1) / 2), axis_unit),
            Axis("x", scale * (np.arange(n_x) - (n_x - 1) / 2), axis_unit),
        ],
    )
    # Reconstructions are images: grey, equal scales on x and y.
    group["data/data"].attrs["interpretation"] = "image"


def _write_metadata(entry: h5py.Group, metadata: Mapping[str, Any]) -> None:
    if metadata.get("sample"):
        sample = subgroup(entry, "sample", "NXsample")
        put_text(sample, "name", str(metadata["sample"]))
    instrument = None
    if "energy_kev" in metadata:
        instrument = subgroup(entry, "instrument", "NXinstrument")
        beam = subgroup(instrument, "beam", "NXbeam")
        put_number(beam, "incident_energy", metadata["energy_kev"], "keV")
    names = {"pixel_size_m": ("x_pixel_size", "y_pixel_size"), "distance_m": ("distance",)}
    for key, fields in names.items():
        if key not in metadata:
            continue
        instrument = instrument or subgroup(entry, "instrument", "NXinstrument")
        detector = subgroup(instrument, "detector", "NXdetector")
        for name in fields:
            put_number(detector, name, metadata[key], "m")


def subgroup(parent: h5py.Group, name: str, nexus_class: str) -> h5py.Group:
    """A group of a NeXus class, made if it is not there."""
    group = parent.require_group(name)
    group.attrs["NX_class"] = nexus_class
    return group


def put_text(group: h5py.Group, name: str, text: str) -> None:
    """A text, instead of the one that is there."""
    if name in group:
        del group[name]
    group.create_dataset(name, data=text, dtype=h5py.string_dtype())


def put_number(group: h5py.Group, name: str, value: float, unit: str) -> None:
    """A number with its unit, instead of the one that is there."""
    if name in group:
        del group[name]
    group[name] = float(value)
    group[name].attrs["units"] = unit
