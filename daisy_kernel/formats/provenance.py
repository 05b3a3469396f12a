"""How a result was made, kept inside it: enough to make it again."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.hdf5_tree import HDF5Tree

PROGRAM = "Daisy"
MOST_BYTES = 10_000_000
"""Largest provenance that is written or read; more is no provenance but data."""
TEXTS = ("version", "date", "raw_file")
"""Kept as plain text; everything else is JSON."""
_PARAMETERS = "parameters/values"
"""NXtomoproc wants a group of this name, for the raw file, so the values lie in it."""


def write_provenance(
    file: h5py.File,
    provenance: Mapping[str, Any],
    *,
    entry: str = "entry",
    process: str = "reconstruction",
) -> None:
    """Write how the file was made, as an NXprocess.

    Parameters
    ----------
    file
        Opened for writing.
    provenance
        ``document``, ``parameters``, ``versions``, ``inputs`` and whatever else is needed to make
        the file again, as JSON values (NumPy scalars, paths and infinities are turned into such);
        and the texts ``version`` (of Daisy), ``date`` (ISO 8601; now, if left out) and
        ``raw_file``.
    entry
        Group of the result.
    process
        Name of the NXprocess in it.

    Raises
    ------
    FileProblem
        If a value is no JSON value, or all together are too large.
    """
    texts = {name: str(provenance[name]) for name in TEXTS if name in provenance}
    texts.setdefault("date", datetime.now(UTC).isoformat())
    values = {name: _encoded(name, v) for name, v in provenance.items() if name not in TEXTS}
    n_bytes = sum(len(text) for text in values.values())
    if n_bytes > MOST_BYTES:
        raise FileProblem(
            f"The provenance of {file.filename} has {n_bytes} bytes, more than {MOST_BYTES}: keep "
            "data in data objects, not in parameters."
        )
    group = file.require_group(entry).require_group(process)
    group.attrs["NX_class"] = "NXprocess"
    parameters = group.require_group("parameters")
    parameters.attrs["NX_class"] = "NXparameters"
    _put(group, "program", PROGRAM.encode())
    if "sequence_index" not in group:
        group["sequence_index"] = 1
    for name, text in texts.items():
        _put(group, f"parameters/{name}" if name == "raw_file" else name, text.encode())
    for name, encoded in values.items():
        _put(group, _PARAMETERS if name == "parameters" else name, encoded)


def read_provenance(path: str | Path) -> dict[str, Any]:
    """How a result was made, as it was given to `write_provenance`.

    Parameters
    ----------
    path
        A file written by Daisy.

    Raises
    ------
    FileProblem
        If the file holds none, or it is damaged, too large or not JSON.
    """
    with HDF5Tree(path) as tree:
        place = _find(tree)
        if place is None:
            raise FileProblem(
                f"{tree.path} holds no provenance of Daisy (an NXprocess with program "
                f"{PROGRAM!r} and a document): only a result of 'daisy run' has it."
            )
        provenance: dict[str, Any] = {}
        for name in tree.children(place):
            if name in ("program", "sequence_index", "parameters"):
                continue
            text = _read(tree, f"{place}/{name}")
            provenance[name] = text if name in TEXTS else _decoded(tree, f"{place}/{name}", text)
        if tree.get(f"{place}/{_PARAMETERS}") is not None:
            values = f"{place}/{_PARAMETERS}"
            provenance["parameters"] = _decoded(tree, values, _read(tree, values))
        if tree.get(f"{place}/parameters/raw_file") is not None:
            provenance["raw_file"] = _read(tree, f"{place}/parameters/raw_file")
    return provenance


def has_provenance(path: str | Path) -> bool:
    """Whether a file says how Daisy made it.

    Raises
    ------
    FileProblem
        If it cannot be read as HDF5.
    """
    with HDF5Tree(path) as tree:
        return _find(tree) is not None


def _find(tree: HDF5Tree) -> str | None:
    for entry in tree.children("/"):
        for name in tree.children(f"/{entry}"):
            place = f"/{entry}/{name}"
            document = f"{place}/document"
            if tree.attribute(place, "NX_class") != "NXprocess":
                continue
            if tree.text(f"{place}/program") == PROGRAM and tree.get(document) is not None:
                return place
    return None


def _put(group: h5py.Group, name: str, encoded: bytes) -> None:
    # Of fixed length, so that a reader knows the size before it reads.
    if name in group:
        del group[name]
    kind = h5py.string_dtype("utf-8", max(len(encoded), 1))
    group.create_dataset(name, data=np.array(encoded, dtype=kind))


def _read(tree: HDF5Tree, path: str) -> str:
    dataset = tree.dataset(path)
    text = h5py.check_string_dtype(dataset.dtype)
    if text is None or text.length is None or dataset.shape != ():
        raise FileProblem(
            f"{path} in {tree.path} is not the text that Daisy writes there: the file was changed; "
            "use the original."
        )
    if text.length > MOST_BYTES:
        raise FileProblem(
            f"{path} in {tree.path} has {text.length} bytes, more than {MOST_BYTES}: it is no "
            "provenance; use the original file."
        )
    encoded: bytes = dataset[()]
    return encoded.decode("utf-8", "replace")


def _encoded(name: str, value: Any) -> bytes:
    try:
        return json.dumps(_plain(value), allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise FileProblem(
            f"The provenance {name!r} cannot be written as JSON ({error}): use numbers, texts, "
            "lists and mappings."
        ) from error


def _decoded(tree: HDF5Tree, path: str, text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise FileProblem(
            f"{path} in {tree.path} is not valid JSON ({error}): the file was changed or damaged; "
            "use the original."
        ) from error


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is not a JSON value")


def _plain(value: Any) -> Any:
    """The same in JSON values; infinities become texts, which parameters accept as numbers."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return str(value) if isinstance(value, Path) else value
