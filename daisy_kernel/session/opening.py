"""Files as data objects: what somebody who opens a file wants to look at."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from daisy_kernel.configuration import read_configuration
from daisy_kernel.contracts.protocol_objects import ObjectList, OpenFile
from daisy_kernel.contracts.units import NOTHING_KNOWN
from daisy_kernel.datastore import DataObject, DataStore
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats import (
    describe_file,
    open_frames,
    open_hdf5_dataset,
    open_result,
    open_scan,
    require_reach,
    stated_units,
)
from daisy_kernel.formats.hdf5_location import split_location
from daisy_kernel.session.objects import describe


def open_file(store: DataStore, asked: OpenFile) -> ObjectList:
    """Register the data of a file as references, the most interesting first; nothing is read.

    An object in memory of the same name is kept: the newcomer then has a number behind its name.

    Raises
    ------
    FileProblem
        If the file is missing, damaged, or holds nothing to look at.
    OutOfReach
        If the caller may not use it.
    """
    path = str(Path(asked.path).expanduser())
    require_reach(path)
    stem = asked.name or Path(path.partition(":/")[0]).stem
    names = []
    for suffix, part in interesting_parts(path).items():
        name = _free_name(store, f"{stem}_{suffix}" if suffix else stem)
        store.put(name, part)
        names.append(name)
    return ObjectList([describe(name, store.object(name)) for name in names])


def interesting_parts(path: str) -> dict[str, DataObject]:
    """What one wants to look at in a file: suffix of the object's name -> data, the best first.

    Raises
    ------
    FileProblem
        If the file is missing, damaged, or holds nothing to look at.
    """
    roots = read_configuration().data_roots
    file, dataset = split_location(path)
    if dataset is not None:
        return {"": DataObject(open_hdf5_dataset(file, dataset), None, stated_units(file, dataset))}
    found = describe_file(path, data_roots=roots)
    if "projections" in found:
        scan = open_scan(path, data_roots=roots)
        parts = {"": scan.projections, "flats": scan.flats, "darks": scan.darks}
        return {
            suffix: DataObject(part, None, scan.units)
            for suffix, part in parts.items()
            if part is not None
        }
    if "frames" in found:
        frames = open_frames(path, data_roots=roots)
        return {"": DataObject(frames.frames, None, frames.units)}
    dataset = _largest(path, found["datasets"])
    units = NOTHING_KNOWN if Path(path).is_dir() else stated_units(path, dataset)
    return {"": DataObject(open_result(path, dataset), None, units)}


def _largest(path: str, datasets: list[dict[str, Any]]) -> str:
    """The dataset with the most numbers; of equals the first, which has the shortest path."""
    shown = [d for d in datasets if d["shape"] and d["dtype"] != "text" and 0 not in d["shape"]]
    if not shown:
        raise FileProblem(
            f"{path} holds no array of numbers: open a scan, detector frames or a result."
        )
    chosen: str = max(shown, key=lambda d: (math.prod(d["shape"]), -len(d["path"])))["path"]
    return chosen


def _free_name(store: DataStore, wanted: str) -> str:
    """The name itself unless an object in memory has it; a reference is opened anew."""
    name, number = wanted, 1
    while name in store and store.object(name).kind != "reference":
        number += 1
        name = f"{wanted}_{number}"
    return name
