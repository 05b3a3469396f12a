"""The files of an EIGER: a master whose links lead to files of frames."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from daisy_kernel.contracts.reference import Reference
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.direct_chunks import written_frames
from daisy_kernel.formats.frame_references import FramesInARow
from daisy_kernel.formats.hdf5_dataset import HDF5Dataset
from daisy_kernel.formats.hdf5_tree import HDF5Tree, MissingPart
from daisy_kernel.formats.scan_parts import read_vector

DATA = "/entry/data"


def is_eiger_master(tree: HDF5Tree) -> bool:
    """Whether a file has the numbered links of a master."""
    return bool(_numbered(tree))


def read_eiger_frames(tree: HDF5Tree) -> tuple[Reference, list[str]]:
    """All frames behind the links of a master, in a row.

    Parameters
    ----------
    tree
        The master.

    Returns
    -------
    frames : Reference
        (n_frame, n_row, n_col) [counts]
    warnings : list of str
        What is missing at the end.

    Raises
    ------
    FileProblem
        If a file in the middle is missing, one is damaged, or a link leads out of the folder.
    """
    numbered = _numbered(tree)
    parts: list[Reference] = []
    warnings: list[str] = []
    lost: list[tuple[str, MissingPart]] = []
    expected = numbered[0][0]
    for number, path in numbered:
        if number != expected:
            raise FileProblem(
                f"{tree.path} has no {DATA}/data_{expected:06} before {path}: frames are missing "
                "in the middle; copy the scan again."
            )
        expected += 1
        try:
            reference = HDF5Dataset(tree.path, path, data_roots=tree.data_roots)
        except MissingPart as missing:
            lost.append((path, missing))
            continue
        if lost:
            raise FileProblem(
                f"{lost[0][1]} It lies in the middle of the scan, before {path}."
            ) from lost[0][1]
        complete, doubts = complete_frames(tree, reference)
        warnings += doubts
        if complete is not None:
            parts.append(complete)
    if not parts:
        raise (
            lost[0][1]
            if lost
            else FileProblem(
                f"{tree.path} leads to no complete frame: wait until the scan has started."
            )
        )
    if lost:
        named = f"{lost[0][0]}" + (f" to {lost[-1][0]}" if len(lost) > 1 else "")
        warnings.append(
            f"{tree.path.name} ends early: {named} lead to files that are not there; the "
            f"{sum(part.shape[0] for part in parts)} frames before are taken."
        )
    frames = parts[0] if len(parts) == 1 else FramesInARow(parts)
    announced = _announced(tree)
    if announced is not None and announced > frames.shape[0] and not warnings:
        warnings.append(
            f"{tree.path.name} announces {announced} frames, but its files hold "
            f"{frames.shape[0]}: the measurement was stopped, or files were not copied."
        )
    return frames, warnings


def complete_frames(tree: HDF5Tree, reference: HDF5Dataset) -> tuple[HDF5Dataset | None, list[str]]:
    """A stack without the frames at its end that were not written yet; None if none was.

    Parameters
    ----------
    tree
        The file.
    reference
        (n_frame, ...) in it.

    Returns
    -------
    complete : HDF5Dataset or None
    warnings : list of str
        About frames that are not there.
    """
    path = reference.dataset
    if len(reference.shape) < 3:
        return reference, []
    written = written_frames(tree.dataset(path))
    if written.all() and written.size:
        return reference, []
    n = int(np.flatnonzero(written)[-1]) + 1 if written.any() else 0
    warnings = []
    if n < written.size:
        warnings.append(
            f"{path} in {tree.path.name} is not finished: {n} of {written.size} frames were "
            "written completely, and only those are taken."
        )
    gaps = np.flatnonzero(~written[:n])
    if gaps.size:
        warnings.append(
            f"{gaps.size} of {n} frames of {path} in {tree.path.name} were never written, the "
            f"first is {gaps[0]}: they read as fill values, not as measured counts."
        )
    if n == written.size:
        return reference, warnings
    if n == 0:
        return None, warnings
    frames = [slice(0, n)]
    return HDF5Dataset(tree.path, path, frames, data_roots=tree.data_roots), warnings


def _announced(tree: HDF5Tree) -> int | None:
    """How many frames were to be taken."""
    specific = "/entry/instrument/detector/detectorSpecific"
    counts = []
    for path in (f"{specific}/nimages", f"{specific}/ntrigger"):
        try:
            counts.append(float(read_vector(tree, path)[0]))
        except (FileProblem, IndexError):
            return None
    n = counts[0] * counts[1]
    return int(n) if np.isfinite(n) else None


def bad_value(dtype: np.dtype[Any]) -> int | None:
    """What an EIGER writes for a pixel that it does not have or whose counter ran over."""
    return int(np.iinfo(dtype).max) if dtype.kind == "u" else None


def is_master_name(path: Path) -> bool:
    """Whether a file is called as masters are."""
    return path.stem.endswith("_master")


def _numbered(tree: HDF5Tree) -> list[tuple[int, str]]:
    try:
        names = tree.children(DATA)
    except FileProblem:
        return []
    matches = (re.fullmatch(r"data_(\d{6})", name) for name in names)
    return sorted((int(match[1]), f"{DATA}/{match[0]}") for match in matches if match)
