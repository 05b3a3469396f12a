"""Masks of detectors as files, in the formats that others read them in."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from daisy_kernel.errors import FileProblem

_MAGIC = b"\x93NUMPY"
_EDF_BLOCK = 512
_SUFFIXES = (".edf", ".tif", ".tiff", ".h5", ".hdf5", ".nxs", ".npy")


def require_mask_name(path: Path) -> None:
    """Refuse a name that does not say the format of a mask.

    Raises
    ------
    FileProblem
        Lists the formats.
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise FileProblem(
            f"{path.name} does not say what kind of file a mask is: end its name with "
            f"{', '.join(_SUFFIXES[:-1])} or {_SUFFIXES[-1]}."
        )


def mask_file(mask: NDArray[Any], *, suffix: str) -> bytes:
    """The content of a mask file.

    Parameters
    ----------
    mask : (n_row, n_col)
        Not 0 excludes a pixel.
    suffix
        Of the name, small letters: .edf, .tif, .h5 (``/entry/mask/data``, NXdata) or .npy.
    """
    levels = np.ascontiguousarray(mask != 0, np.uint8)
    content = io.BytesIO()
    if suffix == ".edf":
        return _edf_header(levels) + levels.tobytes()
    if suffix in (".tif", ".tiff"):
        import tifffile

        tifffile.imwrite(content, levels, photometric="minisblack")
    elif suffix == ".npy":
        np.save(content, levels, allow_pickle=False)
    else:
        with h5py.File(content, "w") as file:
            _write_nexus(file, levels)
    return content.getvalue()


def is_numpy_file(path: Path) -> bool:
    """Whether a file begins as `numpy.save` lets it."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def read_numpy_mask(path: Path) -> NDArray[Any]:
    """The array of a .npy file; one that holds objects, which may be programs, is refused.

    Raises
    ------
    FileProblem
        If it is not an array of numbers.
    """
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise FileProblem(
            f"{path} cannot be read as an array of numbers ({error}): save the mask anew."
        ) from error
    if array.dtype.kind not in "biuf":
        raise FileProblem(f"{path} holds {array.dtype}, expected numbers: save the mask anew.")
    return np.asarray(array)


def _edf_header(levels: NDArray[np.uint8]) -> bytes:
    """ESRF data format: lines in braces, filled up with blanks to whole blocks."""
    fields = {
        "HeaderID": "EH:000001:000000:000000",
        "Image": 1,
        "ByteOrder": "LowByteFirst",
        "DataType": "UnsignedByte",
        "Dim_1": levels.shape[1],
        "Dim_2": levels.shape[0],
        "Size": levels.nbytes,
        "Title": "mask, 1 excludes a pixel",
    }
    text = "".join(f"{name} = {value} ;\n" for name, value in fields.items())
    return b"{\n" + text.encode().ljust(_EDF_BLOCK - 4) + b"}\n"


def _write_nexus(file: h5py.File, levels: NDArray[np.uint8]) -> None:
    file.attrs["default"] = "entry"
    entry = file.create_group("entry")
    entry.attrs.update({"NX_class": "NXentry", "default": "mask"})
    group = entry.create_group("mask")
    group.attrs.update({"NX_class": "NXdata", "signal": "data", "axes": ["row", "col"]})
    data = group.create_dataset("data", data=levels, compression="gzip", compression_opts=1)
    data.attrs["long_name"] = "mask, 1 excludes a pixel"
