"""Getting ready to compute again what of a result was lost or damaged."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from daisy_kernel.engines.provenance import check_sources
from daisy_kernel.engines.run_folder import RunFolder
from daisy_kernel.engines.verification import verify
from daisy_kernel.errors import DaisyError, RunConflict
from daisy_kernel.formats import read_provenance, reopen_datasets


def begin_mending(folder: RunFolder) -> None:
    """Make a run that is done one that can be resumed, if something of its results is damaged.

    What is left of an HDF5 file is copied to where a resumed run looks for it: only damaged blocks
    are computed then, and the file itself stays until the new one is complete. Of a folder of
    images everything is computed again.

    Parameters
    ----------
    folder
        Of the run.

    Raises
    ------
    RunConflict
        If nothing is damaged.
    FileProblem
        If what the result was made of has changed, or there is no room for the copy.
    """
    found = verify(folder)
    if not found.damages:
        raise RunConflict(
            f"Run {folder.path.name} is done and its results are as they were written: there is "
            "nothing to resume."
        )
    unfinished: dict[Path, tuple[Path, list[str]]] = {}
    for _, place in folder.places():
        if place["path"]:
            part, datasets = unfinished.setdefault(Path(place["path"]), (Path(place["part"]), []))
            datasets.append(place["dataset"])
    for path, (part, datasets) in unfinished.items():
        if not path.is_file():
            continue
        recorded: dict[str, Any] = {}
        with suppress(DaisyError):  # its own words about itself may be what is damaged
            recorded = read_provenance(path)
        check_sources(recorded)
        shutil.copy2(path, part)
        reopen_datasets(part, datasets)
