"""A volume as OME-Zarr: the whole one, and smaller ones for looking at it from afar."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.folder_target import FolderTarget
from daisy_kernel.formats.provenance import mark_of_folder
from daisy_kernel.formats.tiles import Tiles
from daisy_kernel.formats.zarr_array import ZarrArray, import_zarr
from daisy_kernel.formats.zarr_levels import Level, chunk_shape, levels_of, make_level, multiscales

_AXES = {"slice": "z", "row": "y", "col": "x"}
"""What OME-Zarr calls the axes of a volume."""


class ZarrTarget(FolderTarget):
    """A folder in the format OME-Zarr 0.5 (Zarr 3), not compressed.

    The blocks go into the chunks of the first level by plain system calls: they are where the
    metadata that the library ``zarr`` wrote says they are, and being raw bytes of known size they
    are allocated before and written from any thread. The library makes everything else.

    Parameters
    ----------
    path, part, overwrite
        As `FolderTarget`.
    voxel_size_m
        Edge of a voxel [m]; None: not known, so lengths count voxels.
    title
        What is shown.

    Raises
    ------
    MissingLibrary
        If ``zarr`` is not installed.
    """

    own_names = re.compile(r"zarr\.json|\d+")
    begun_names = ("zarr.json", "0/zarr.json")

    def __init__(
        self,
        path: str | Path,
        part: str | Path,
        *,
        overwrite: bool = False,
        voxel_size_m: float | None = None,
        title: str = "",
    ):
        self._zarr = import_zarr()
        super().__init__(path, part, overwrite=overwrite)
        self._voxel_size_m, self._title = voxel_size_m, title

    def _lay_out(self, spec: Spec) -> Tiles:
        if spec.dtype.kind not in "biuf":
            raise FileProblem(f"{self.path} takes real numbers, not {spec.dtype}: convert first.")
        _axes(spec)

        def name(index: tuple[int, ...]) -> str:
            return "0/c/" + "/".join(map(str, index))

        return Tiles(self.part, spec, chunk_shape(spec.shape), name)

    def _begin(self, spec: Spec) -> None:
        self._zarr.create_group(self.part, zarr_format=3, overwrite=False)
        self._create(Level(0, spec.shape, (1, 1, 1)), spec)

    def _bytes_at_end(self, spec: Spec) -> int:
        padded = (
            prod(-(-n // c) * c for n, c in zip(level.shape, chunk_shape(level.shape), strict=True))
            for level in levels_of(spec.shape)[1:]
        )
        return sum(padded) * spec.dtype.itemsize

    def _complete(self, spec: Spec, made: Mapping[str, Any]) -> None:
        group = self._zarr.open_group(self.part, mode="r+")
        levels = levels_of(spec.shape)
        for level in levels[1:]:
            make_level(group[str(level.number - 1)], self._create(level, spec))
        attributes = multiscales(levels, _axes(spec), self._voxel_size_m, self._title)
        group.attrs.put({"ome": attributes, "daisy": mark_of_folder(made)})

    def _create(self, level: Level, spec: Spec) -> Any:
        group = self._zarr.open_group(self.part, mode="r+")
        return group.create_array(
            str(level.number),
            shape=level.shape,
            dtype=spec.dtype.newbyteorder("="),
            chunks=chunk_shape(level.shape),
            serializer=self._zarr.codecs.BytesCodec(endian="little"),
            filters=None,
            compressors=None,
            fill_value=0,
            chunk_key_encoding={"name": "default", "separator": "/"},
            dimension_names=_axes(spec),
            overwrite=level.number > 0,  # left by a commit that failed
        )

    def _reference(self) -> Reference:
        return ZarrArray(self.path, "0")


def _axes(spec: Spec) -> tuple[str, ...]:
    """Names of the axes as OME-Zarr wants them; where nothing is known, those of a volume."""
    names = tuple(_AXES.get(axis, axis) for axis in spec.axes or ("z", "y", "x"))
    if set(names) != {"x", "y", "z"}:
        raise FileProblem(
            f"OME-Zarr takes a volume, but this has the axes {', '.join(names)}: save it as HDF5."
        )
    return names
