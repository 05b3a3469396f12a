"""A volume as a folder of TIFF images, one per slice."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.folder_target import FolderTarget
from daisy_kernel.formats.provenance import MARK_FILE, mark_of_folder
from daisy_kernel.formats.tiff_stack import TiffStack
from daisy_kernel.formats.tiles import Tiles

TIFF_TYPES = ("float32", "uint8", "uint16")
"""What every viewer of TIFF images understands."""


class TiffTarget(FolderTarget):
    """A folder with ``NAME_00000.tif`` ..., not compressed, and ``daisy.json``.

    Parameters
    ----------
    path, part, overwrite
        As `FolderTarget`; the images are called like the folder.
    voxel_size_m
        Edge of a voxel [m], for the resolution of the images; None: not known.
    description
        What is shown, for every image.
    """

    own_names = re.compile(rf".+_\d{{5,}}\.tif|{re.escape(MARK_FILE)}")

    def __init__(
        self,
        path: str | Path,
        part: str | Path,
        *,
        overwrite: bool = False,
        voxel_size_m: float | None = None,
        description: str = "",
    ):
        super().__init__(path, part, overwrite=overwrite)
        self._voxel_size_m, self._description = voxel_size_m, description

    def _lay_out(self, spec: Spec) -> Tiles:
        if spec.dtype.name not in TIFF_TYPES:
            raise FileProblem(
                f"Images in {self.path} cannot be {spec.dtype}, only "
                f"{', '.join(TIFF_TYPES)}: convert the volume first."
            )
        n_image, n_row, n_col = spec.shape
        digits = max(5, len(str(n_image - 1)))
        stem = self.path.name

        def name(index: tuple[int, ...]) -> str:
            return f"{stem}_{index[0]:0{digits}}.tif"

        return Tiles(self.part, spec, (1, n_row, n_col), name, self._header(spec))

    def _header(self, spec: Spec) -> bytes:
        """Everything before the pixels: the same for all images, as they have one shape."""
        resolution = None
        if self._voxel_size_m is not None:
            per_cm = 0.01 / self._voxel_size_m
            resolution = (per_cm, per_cm)
        buffer = io.BytesIO()
        tifffile.imwrite(
            buffer,
            shape=spec.shape[1:],
            dtype=spec.dtype.newbyteorder("<"),
            byteorder="<",
            photometric="minisblack",
            description=self._description.encode("ascii", "replace").decode(),
            software="Daisy",
            resolution=resolution,
            resolutionunit=None if resolution is None else "CENTIMETER",
            metadata=None,
        )
        buffer.seek(0)
        with tifffile.TiffFile(buffer) as tif:
            offset: int = tif.pages[0].dataoffsets[0]
        n_bytes = int(np.prod(spec.shape[1:])) * spec.dtype.itemsize
        if len(buffer.getbuffer()) != offset + n_bytes:
            raise AssertionError(f"tifffile {tifffile.__version__} writes something after pixels")
        return bytes(buffer.getbuffer()[:offset])

    def _begin(self, spec: Spec) -> None:
        pass  # every image describes itself

    def _bytes_at_end(self, spec: Spec) -> int:
        return 0

    def _complete(self, spec: Spec, made: Mapping[str, Any]) -> None:
        text = json.dumps(mark_of_folder(made), indent=1, ensure_ascii=False)
        (self.part / MARK_FILE).write_text(text, encoding="utf-8")

    def _reference(self) -> Reference:
        return TiffStack(self.path)
