"""A workflow in which every attempt at a block leaves a note, and blocks can be held up.

As a program: the command daisy, where the algorithm exists.
"""

import json
import os
import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import h5py
import numpy as np

from daisy_kernel import Algorithm, Input, Output, registry

N_ROWS = 12
NOBODY = N_ROWS


@registry.add
class ToyNoted(Algorithm):
    """Doubles; notes who computes which row, and holds up the rows from a number on."""

    along = ("row",)

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
        notes: str,
        held: int = NOBODY,
    ) -> None:
        x = self.data[input_dataobj]
        row = int(x[0, 0, 0])  # every row holds its own number
        note = Path(notes) / uuid.uuid4().hex
        note.write_text(json.dumps([row, os.getpid(), os.environ.get("SPARK_LOCAL_IP", "")]))
        note.rename(note.with_suffix(".note"))
        while row >= held and not (Path(notes) / "go").exists():
            time.sleep(0.05)
        time.sleep(0.1)
        self.data[output_dataobj] = x * np.float32(2)


@registry.add
class ToyFrames(Algorithm):
    """Changes nothing; needs whole frames."""

    along = ("angle",)

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
    ) -> None:
        self.data[output_dataobj] = self.data[input_dataobj]


@dataclass(frozen=True)
class Note:
    """An attempt at a row."""

    row: int
    pid: int
    address: str
    """Of the worker."""


class Rows:
    """A scan of N_ROWS rows, each of which holds its number, and what is done with it.

    Parameters
    ----------
    folder
        Holds the scan, the notes and the output.
    """

    def __init__(self, folder: Path):
        self.scan, self.output = folder / "rows.h5", folder / "out.h5"
        self._notes = folder / "notes"
        self._notes.mkdir()
        self.values = np.zeros((4, N_ROWS, 5), np.float32)
        self.values += np.arange(N_ROWS, dtype=np.float32)[:, np.newaxis]
        with h5py.File(self.scan, "w") as file:
            file["tomo"] = self.values

    def document(self, held: int = NOBODY, further: tuple[str, ...] = ()) -> dict:
        """The workflow; `further` are toys with an input and an output."""
        given = {"notes": str(self._notes), "held": held}
        steps = [
            {"algorithm": "load", "params": {"input_path": "tomo", "output_dataobj": "x"}},
            *(
                {"algorithm": toy, "params": {"input_dataobj": "x", "output_dataobj": "x"}}
                for toy in further
            ),
            {"algorithm": "toy", "params": {"input_dataobj": "x", "output_dataobj": "y", **given}},
            {"algorithm": "save", "params": {"input_dataobj": "y", "output_path": "y"}},
        ]
        load = {"class": "LoadHDF5", "init_paras": {"inputfile_name": str(self.scan)}}
        save = {"class": "SaveHDF5", "init_paras": {"outputfile_name": str(self.output)}}
        toys = {toy: {"class": toy} for toy in further}
        algorithms = {"load": load, "toy": {"class": "ToyNoted"}, "save": save, **toys}
        return {
            "daisy": 1,
            "name": "noted",
            "inputs": {},
            "algorithms": algorithms,
            "steps": steps,
        }

    def notes(self) -> list[Note]:
        """Every attempt at a row so far."""
        return [Note(*json.loads(path.read_text())) for path in self._notes.glob("*.note")]

    def starts(self, row: int) -> int:
        """Attempts at one row."""
        return sum(note.row == row for note in self.notes())

    def go(self) -> None:
        """Hold up nothing any more."""
        (self._notes / "go").touch()

    def begin_anew(self) -> None:
        """Forget what was done."""
        for path in self._notes.iterdir():
            path.unlink()
        self.output.unlink(missing_ok=True)

    def check(self) -> None:
        """Whether the output is whole and right."""
        with h5py.File(self.output) as file:
            np.testing.assert_array_equal(file["y"][()], 2 * self.values)


def wait_until(is_so, seconds: float = 120) -> None:
    """Wait for something that must come."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


if __name__ == "__main__":
    from daisy_kernel.cli import main

    sys.exit(main())
