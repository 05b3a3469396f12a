"""Saving small results as files that people open without HDF5: text and pictures."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.declaration import Init, Input, Unit
from daisy_kernel.contracts.destination import Destination
from daisy_kernel.formats import RenderedTarget, poni_text


class SaveText(Algorithm):
    """A table as columns of text (.xy, .dat)."""

    persistence = "save"
    outputfile_name: Annotated[Path | None, Init("file to write; none if not given")] = None

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("row", "column")],
        header: Annotated[str, Field(description="first lines, marked with #")] = "",
    ) -> Destination | None:
        """One row per line, ten digits."""
        return _rendered(self.outputfile_name, partial(_text, header=header))


class SavePicture(Algorithm):
    """A picture as PNG."""

    persistence = "save"
    outputfile_name: Annotated[Path | None, Init("file to write; none if not given")] = None

    def execute(
        self, *, input_dataobj: Annotated[str, Input("y", "x", "channel")]
    ) -> Destination | None:
        """From uint8 of red, green and blue."""
        return _rendered(self.outputfile_name, _png)


class SavePONI(Algorithm):
    """The geometry of a detector as a PONI file, which pyFAI and many others read."""

    persistence = "save"
    outputfile_name: Annotated[Path | None, Init("file to write; none if not given")] = None

    def execute(
        self,
        *,
        input_dataobj: Annotated[
            str, Input("parameter"), Field(description="as CalibrateGeometry gives it")
        ],
        wavelength: Annotated[float, Unit("angstrom"), Field(gt=0)],
    ) -> Destination | None:
        """Version 2.1, for a detector of flat pixels."""
        return _rendered(self.outputfile_name, partial(_poni, wavelength_m=wavelength * 1e-10))


def _rendered(path: Path | None, render: Any) -> Destination | None:
    if path is None:
        return None
    target = partial(RenderedTarget, render=render)
    return Destination(Path(path).absolute(), "data", target=target)


def _text(table: NDArray[Any], header: str) -> bytes:
    text = io.StringIO()
    np.savetxt(text, table, fmt="%.10g", header=header)
    return text.getvalue().encode()


def _png(picture: NDArray[np.uint8]) -> bytes:
    from PIL import Image  # late: most runs draw nothing

    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    return content.getvalue()


def _poni(geometry: NDArray[np.float64], wavelength_m: float) -> bytes:
    return poni_text(geometry, wavelength_m).encode()
