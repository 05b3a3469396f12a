"""The journal of a run: what it reads, where its blocks go, and which of them are finished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daisy_kernel.engines.json_lines import append_line, read_lines

Blocks = Mapping[tuple[int, int], Mapping[str, int]]
"""[lo, hi) -> name of a checksum -> crc32."""


@dataclass(frozen=True)
class Noted:
    """What a journal says."""

    origin: Mapping[str, Any]
    """``sources`` and ``versions`` as in the provenance of the result; empty if never noted."""
    places: tuple[tuple[str, Mapping[str, Any]], ...]
    """Stage and place of everything that was written, the name of its checksum as ``key``."""
    blocks: Mapping[str, Blocks]
    """Stage -> its finished blocks."""


class Journal:
    """A file of JSON lines beside the record of a run; it outlives the process.

    Parameters
    ----------
    path
        The file, which need not exist.
    """

    def __init__(self, path: Path):
        self._path = path

    def note_origin(self, origin: Mapping[str, Any]) -> None:
        """Journal what the results are made of, before anything is computed."""
        append_line(self._path, {"origin": dict(origin)})

    def note_stage(self, stage: str, places: Mapping[str, Mapping[str, Any]]) -> None:
        """Journal where the blocks of a stage go.

        Parameters
        ----------
        stage
            Key of the stage.
        places
            Name of a checksum -> ``path`` (empty for a part between two stages), ``part`` (its name
            until the run is done), ``dataset``, ``shape``, ``dtype`` and ``axis``, the dimension
            that the blocks cut; None, if there is one block.
        """
        append_line(self._path, {"stage": stage, "places": dict(places)})

    def note_block(self, stage: str, lo: int, hi: int, checksums: Mapping[str, int]) -> None:
        """Journal a finished block: name of a checksum -> crc32 of its bytes in the file.

        One of which nothing lies in a file is not noted: it would be of no use to a later process.
        """
        if checksums:
            append_line(self._path, {"stage": stage, "lo": lo, "hi": hi, "crc32": dict(checksums)})

    def read(self) -> Noted:
        """Everything, in one reading; what a resumed run wrote again counts as written last."""
        origin: Mapping[str, Any] = {}
        places: dict[tuple[str, str], tuple[str, Mapping[str, Any]]] = {}
        blocks: dict[str, dict[tuple[int, int], Mapping[str, int]]] = {}
        for line in read_lines(self._path):
            origin = line.get("origin", origin)
            for key, place in line.get("places", {}).items():
                places[place["part"], place["dataset"]] = line["stage"], {**place, "key": key}
            if "lo" in line:
                blocks.setdefault(line["stage"], {})[line["lo"], line["hi"]] = line["crc32"]
        return Noted(origin, tuple(places.values()), blocks)
