"""Where a data object is to be saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daisy_kernel.contracts.declaration import Spec


@dataclass(frozen=True)
class Destination:
    """A dataset in a file, written block by block and committed at the end of the run."""

    path: Path
    dataset: str
    describe: Callable[[Any, Spec], None] | None = None
    """Adds the structure around the dataset to the open HDF5 file, knowing its shape."""
    process: str = "process"
    """Name of the NXprocess in /entry that says how the data was made."""
    beside: Path | None = None
    """A second file, a picture of the result say, which gets its name with the first."""
    conclude: Callable[[Any, Path], Mapping[str, Any]] | None = None
    """Makes the second file, under another name for now, of the open and complete HDF5 file; gives
    values for the record of the run."""
