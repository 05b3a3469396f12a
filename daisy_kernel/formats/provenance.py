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
MARK_FILE = "daisy.json"
"""In a folder of images."""
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
    _check_size(file.filename, values)
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


def mark_of_folder(made: Mapping[str, Any]) -> dict[str, Any]:
    """How the content of a folder was made, as JSON values; also a sign that Daisy made it.

    Parameters
    ----------
    made
        As for `write_provenance`; may be empty.

    Raises
    ------
    FileProblem
        If a value is no JSON value, or all together are too large.
    """
    values = {name: _encoded(name, value) for name, value in made.items()}
    _check_size("an output", values)
    date = datetime.now(UTC).isoformat()
    return {"program": PROGRAM, "date": date, **{n: json.loads(v) for n, v in values.items()}}


def folder_mark(folder: Path) -> dict[str, Any] | None:
    """What `mark_of_folder` gave, from `MARK_FILE` or the attributes of a Zarr group; None: none.

    Raises
    ------
    FileProblem
        If it is damaged or too large.
    """
    for name in (MARK_FILE, "zarr.json"):
        file = folder / name
        if not file.is_file():
            continue
        if file.stat().st_size > 2 * MOST_BYTES:
            raise FileProblem(f"{file} is too large for what Daisy writes there: use the original.")
        try:
            content = json.loads(file.read_text(encoding="utf-8"), parse_constant=_refused)
        except (OSError, ValueError, RecursionError) as error:
            raise FileProblem(
                f"{file} is not valid JSON ({error}): it was changed or damaged; use the original."
            ) from error
        for key in ("attributes", "daisy") if name == "zarr.json" else ():
            content = content.get(key, {}) if isinstance(content, dict) else {}
        if isinstance(content, dict) and content.get("program") == PROGRAM:
            return content
    return None


def read_provenance(path: str | Path) -> dict[str, Any]:
    """How a result was made, as it was given to `write_provenance`.

    Parameters
    ----------
    path
        A file or folder written by Daisy.

    Raises
    ------
    FileProblem
        If it holds none, or it is damaged, too large or not JSON.
    """
    if Path(path).is_dir():
        mark = folder_mark(Path(path)) or {}
        if "document" not in mark:
            raise FileProblem(
                f"{path} holds no provenance of Daisy ({MARK_FILE}, or attributes of a Zarr "
                "group): only a result of 'daisy run' has it."
            )
        return {name: value for name, value in mark.items() if name != "program"}
    with HDF5Tree(path) as tree:
        return _read_all(tree)


def has_provenance(path: str | Path) -> bool:
    """Whether a file or folder says how Daisy made it.

    Raises
    ------
    FileProblem
        If it cannot be read.
    """
    if Path(path).is_dir():
        return "document" in (folder_mark(Path(path)) or {})
    with HDF5Tree(path) as tree:
        return _find(tree) is not None


def _read_all(tree: HDF5Tree) -> dict[str, Any]:
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


def _find(tree: HDF5Tree) -> str | None:
    for entry in tree.groups("/"):
        for place in tree.groups(entry):
            document = f"{place}/document"
            if tree.attribute(place, "NX_class") != "NXprocess":
                continue
            if tree.text(f"{place}/program") == PROGRAM and tree.get(document) is not None:
                return place
    return None


def _check_size(what: str, values: Mapping[str, bytes]) -> None:
    n_bytes = sum(len(text) for text in values.values())
    if n_bytes > MOST_BYTES:
        raise FileProblem(
            f"The provenance of {what} has {n_bytes} bytes, more than {MOST_BYTES}: keep data in "
            "data objects, not in parameters."
        )


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
    with tree.reading_text():
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
