"""The C decoders that hdf5plugin brings, called without HDF5 and without its lock."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Decoder = Callable[..., int]

_SIZE, _POINTER = ctypes.c_size_t, ctypes.c_void_p
_BITSHUFFLE = ([_POINTER, _POINTER, _SIZE, _SIZE, _SIZE], ctypes.c_int64)
_SIGNATURES: dict[str, tuple[list[Any], Any]] = {
    "bshuf_decompress_lz4": _BITSHUFFLE,
    "bshuf_decompress_zstd": _BITSHUFFLE,
    "LZ4_decompress_safe": ([_POINTER, _POINTER, ctypes.c_int, ctypes.c_int], ctypes.c_int),
    "ZSTD_decompress": ([_POINTER, _SIZE, _POINTER, _SIZE], _SIZE),
}


@cache
def decoders() -> dict[str, Decoder]:
    """C functions by name; each lets other Python threads run while it works.

    They trust the sizes that they are given: check those against the buffers first.

    Returns
    -------
    functions : dict
        Empty where hdf5plugin is missing or keeps its functions to itself.
    """
    library = _library()
    functions: dict[str, Decoder] = {}
    for name, (arguments, result) in _SIGNATURES.items():
        function = getattr(library, name, None)
        if function is not None:
            function.argtypes, function.restype = arguments, result
            functions[name] = function
    return functions


def address(array: NDArray[np.uint8]) -> int:
    """Where the bytes of an array lie in memory."""
    return int(array.ctypes.data)


def _library() -> ctypes.CDLL | None:
    try:
        import hdf5plugin
    except ImportError:
        return None
    for path in sorted(Path(hdf5plugin.PLUGINS_PATH).glob("*h5bshuf*")):
        try:
            return ctypes.CDLL(str(path))
        except OSError:
            continue
    return None
