"""Detector frames in an HDF5 file: which dataset they are, and what belongs to them."""

from __future__ import annotations

from typing import Any

import h5py

from daisy_kernel.contracts.frames import DetectorFrames
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats.eiger import (
    bad_value,
    complete_frames,
    is_eiger_master,
    read_eiger_frames,
)
from daisy_kernel.formats.frame_references import FramesOfAGrid
from daisy_kernel.formats.hdf5_dataset import HDF5Dataset
from daisy_kernel.formats.hdf5_tree import HDF5Tree
from daisy_kernel.formats.nexus_detector import (
    detector_correction,
    detector_groups,
    detector_mask,
    detector_metadata,
)

CLEARLY_LARGER = 4
"""A stack is taken unasked if it has so many times the elements of the next one."""


def read_hdf5_frames(tree: HDF5Tree, inner: str | None) -> DetectorFrames:
    """The frames of a file with what it says about them.

    Parameters
    ----------
    tree
        The file.
    inner
        Path of the dataset; None to look for it.

    Raises
    ------
    FileProblem
        If there are no frames, or several stacks that could be meant; lists them.
    """
    name = "HDF5 dataset"
    detectors = detector_groups(tree)
    if inner is None and is_eiger_master(tree):
        name = "EIGER"
        frames, warnings = read_eiger_frames(tree)
    else:
        path = inner or _choose(tree)
        frames, warnings = _stack(tree, path)
        # One detector of several: the one whose group holds the frames.
        own = [group for group in detectors if path.startswith(group + "/")]
        detectors = own or (detectors if len(detectors) == 1 else [])
        if detectors and inner is None:
            name = "NeXus"
    if tree.still_written:
        warnings.append(
            f"{tree.path.name} is still open for writing: only the frames written so far are "
            "seen (h5clear -s, if its writer died)."
        )
    if not detectors:
        return DetectorFrames(name, frames, warnings=tuple(warnings))
    metadata, doubts = detector_metadata(tree, detectors[0])
    bad = bad_value(frames.dtype)
    if name == "EIGER" and bad is not None:
        metadata["bad_value"] = bad
    mask, mask_doubts = detector_mask(tree, detectors[0], frames.shape[1:])
    return DetectorFrames(
        format=name,
        frames=frames,
        mask=mask,
        dark=detector_correction(tree, detectors[0], ("dark", "darkfield"), frames.shape[1:]),
        flat=detector_correction(tree, detectors[0], ("flatfield",), frames.shape[1:]),
        metadata=metadata,
        warnings=(*warnings, *doubts, *mask_doubts),
    )


def has_detector_frames(tree: HDF5Tree) -> bool:
    """Whether a file says by itself that it holds the frames of a detector."""
    if is_eiger_master(tree):
        return True
    return any(_is_stack(tree, f"{group}/data", 3) for group in detector_groups(tree))


def _stack(tree: HDF5Tree, path: str) -> tuple[Reference, list[str]]:
    tree.dataset(path)  # says what there is, if it is not
    reference = HDF5Dataset(tree.path, path, data_roots=tree.data_roots)
    n_axis = len(reference.shape)
    if n_axis < 2:
        raise FileProblem(
            f"{path} in {tree.path} has the shape {reference.shape}: expected frames (frame, row, "
            "column); name another dataset."
        )
    if 0 in reference.shape:
        raise FileProblem(
            f"{path} in {tree.path} has the shape {reference.shape}: expected at least one frame; "
            "check that the measurement was started."
        )
    complete, warnings = complete_frames(tree, reference)
    if complete is None:
        raise FileProblem(
            f"{path} in {tree.path} has no complete frame yet: wait until the first is written."
        )
    if n_axis == 3:
        return complete, warnings
    if n_axis > 3:
        grid = " × ".join(map(str, complete.shape[:-2]))
        warnings.append(f"{path} is a grid of {grid} frames: they are taken one after the other.")
    return FramesOfAGrid(complete), warnings


def _choose(tree: HDF5Tree) -> str:
    """The dataset that must be meant."""
    in_detectors = [f"{group}/data" for group in detector_groups(tree)]
    candidates = [path for path in in_detectors if _is_stack(tree, path, 3)]
    if len(candidates) == 1:
        return candidates[0]
    seen: dict[Any, tuple[int, str]] = {}
    for path in tree.dataset_paths():
        if _is_stack(tree, path, 2):
            dataset = tree.dataset(path)
            info = h5py.h5o.get_info(dataset.id)
            # One dataset is often linked to from several places.
            size = dataset.size if dataset.ndim > 2 else 0
            seen.setdefault((info.fileno, info.addr), (size, path))
    stacks = sorted(seen.values(), key=lambda found: -found[0])
    if not stacks:
        listed = ", ".join(tree.dataset_paths()[:12])
        raise FileProblem(
            f"{tree.path} holds no images: it has {listed or 'no datasets'}. Expected a dataset "
            "(frame, row, column) of numbers."
        )
    alone = len(stacks) == 1 or stacks[0][0] >= CLEARLY_LARGER * max(stacks[1][0], 1)
    if not alone:
        listed = ", ".join(path for _, path in stacks[:12])
        raise FileProblem(
            f"{tree.path} holds {len(stacks)} datasets that may be the frames: {listed}. Name one "
            f"as '{tree.path.name}:{stacks[0][1]}'."
        )
    return stacks[0][1]


def _is_stack(tree: HDF5Tree, path: str, least: int) -> bool:
    try:
        dataset = tree.get(path)
    except FileProblem:
        return False
    if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
        return False
    return dataset.ndim >= least and dataset.dtype.kind in "iuf" and min(dataset.shape[-2:]) > 1
