"""Getting ready to compute again what of a result was lost or damaged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from daisy_kernel.engines.provenance import changed_sources, check_sources, version_differences
from daisy_kernel.engines.run_folder import RunFolder
from daisy_kernel.engines.verification import verify
from daisy_kernel.errors import FileProblem, RunConflict
from daisy_kernel.formats import read_provenance, reopen_datasets


def begin_mending(folder: RunFolder) -> list[str]:
    """Make a run that was done one that can be resumed, if something of its results is damaged.

    What is left of an HDF5 file is copied to where a resumed run looks for it: only damaged blocks
    are computed then, and the file itself stays until the new one is complete. Of a folder of
    images everything is computed again. What lies in the place of a result, but cannot be read as
    one, is renamed.

    Parameters
    ----------
    folder
        Of the run.

    Returns
    -------
    lines
        What the user has to know, for the log.

    Raises
    ------
    RunConflict
        If nothing is damaged, or the result of another run has taken the place.
    FileProblem
        If what the result was made of has changed or was never noted, or there is no room for the
        copy.
    """
    noted = folder.journal.read()
    if not verify(folder).damages:
        if folder.read().state != "done":
            return []  # a kill came after its end, or a mending that was needed no more
        raise RunConflict(
            f"Run {folder.path.name} is done and its results are as they were written: there is "
            "nothing to resume."
        )
    if not noted.origin:
        raise FileProblem(
            f"Run {folder.path.name} did not note what its results were made of, so that they "
            "cannot be mended: run the workflow again."
        )
    check_sources(noted.origin)
    unfinished: dict[Path, tuple[Path, list[str]]] = {}
    for _, place in noted.places:
        if place["path"]:
            part, datasets = unfinished.setdefault(Path(place["path"]), (Path(place["part"]), []))
            datasets.append(place["dataset"])
    left = {path: names for path, names in unfinished.items() if path.exists()}
    illegible = [path for path in left if not _is_result(path, folder.path.name)]
    for path, (part, datasets) in left.items():
        if path.is_file():
            _copy(path, part)
            reopen_datasets(part, datasets)
    lines = [
        f"{line}: blocks of other versions are computed again"
        for line in version_differences(noted.origin)
    ]
    for path in illegible:
        lines.append(f"{path} is no legible result of this run and is now {_set_aside(path).name}")
    return lines


def require_same_origin(noted: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    """Make sure that a result is mended from what it was made of.

    Parameters
    ----------
    noted, found
        Origin of the result, and of what the resumed run reads.

    Raises
    ------
    FileProblem
        If a source is another one, among them a folder whose images were exchanged.
    """
    changed = changed_sources(noted, json.loads(json.dumps(found)))  # JSON knows no tuples
    if changed:
        raise FileProblem(
            f"{', '.join(changed)} has changed since the damaged result was made of it: bring back "
            "the original."
        )


def _is_result(path: Path, run_id: str) -> bool:
    """Whether a file or folder says that this run has made it."""
    try:
        made_by = read_provenance(path).get("run")
    except FileProblem:
        return False
    if made_by not in (run_id, None):
        raise RunConflict(
            f"{path} is the result of run {made_by} by now: move it away to have that of run "
            f"{run_id} again."
        )
    return made_by is not None


def _copy(path: Path, part: Path) -> None:
    try:
        shutil.copy2(path, part)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise FileProblem(
            f"What is left of {path} cannot be copied to be mended: {error.strerror}."
        ) from error


def _set_aside(path: Path) -> Path:
    names = (path.with_name(f"{path.name}.damaged{n or ''}") for n in count())
    aside = next(name for name in names if not name.exists())
    return path.rename(aside)
