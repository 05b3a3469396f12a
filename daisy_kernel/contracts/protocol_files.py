"""Messages about the kernel's files: folders, what a file holds, and scan profiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from daisy_kernel.contracts.protocol_fields import (
    MAX_NAME,
    Count,
    Flag,
    Json,
    Message,
    Name,
    Number,
    Shape,
    Text,
)
from daisy_kernel.contracts.protocol_objects import Picture
from daisy_kernel.contracts.scan_profile import DatasetPath, ScanProfile

MAX_ENTRIES = 1000
"""Entries of a folder in one reply."""
MAX_NODES = 2000
"""Groups and datasets of a file in one reply."""
MAX_PREVIEW = 1024
"""Longest side of a preview [px], and most points of a curve."""

EntryKind = Literal["folder", "hdf5", "image", "other", "special"]


@dataclass(frozen=True)
class AskFolder(Message):
    """A folder, or where one may begin to look."""

    path: Name | None = None
    """Relative to the kernel's folder; null: the first of the roots."""
    filter: Annotated[str, Field(strict=True, max_length=MAX_NAME)] = ""
    """Part of the names that are wanted, in any case."""


@dataclass(frozen=True)
class FolderEntry(Message):
    """Something in a folder."""

    name: Text
    kind: EntryKind
    """By the name of a file; special: no file, such as a pipe."""
    size: Count | None
    """[bytes]; null where it says nothing."""
    modified: Number | None
    """Seconds since 1970-01-01 UTC; null where nobody knows."""


@dataclass(frozen=True)
class FolderInfo(Message):
    """What a folder holds: folders first, then files, each in the order of their names."""

    path: Text
    """Absolute, links resolved."""
    above: Sequence[str]
    """The folders around it as far as the caller may go, the outermost first."""
    roots: Sequence[str]
    """Where one may begin to look."""
    entries: Sequence[FolderEntry]
    total: Count
    """How many there are; more than the entries: give a filter."""
    complete: Flag
    """Whether all of the folder was looked through."""


@dataclass(frozen=True)
class AskFile(Message):
    """A file, or a folder of images."""

    path: Name
    profile: Name | ScanProfile | None = None
    """How to understand it: name of a profile, or a profile; null: as Daisy recognises it."""


@dataclass(frozen=True)
class TreeNode(Message):
    """A group or dataset of an HDF5 file."""

    path: Text
    kind: Literal["group", "dataset", "broken"]
    shape: Shape | None
    dtype: Text
    """As NumPy writes it; "text" for words."""
    unit: Text
    value: Text
    """Of a dataset with a single element; else empty."""
    problem: Text
    """Why it cannot be read, in one sentence."""


@dataclass(frozen=True)
class FileInfo(Message):
    """What a file holds, as Daisy understands it."""

    path: Text
    """Absolute, links resolved."""
    size: Count | None
    """[bytes]; null for a folder."""
    modified: Number
    """Seconds since 1970-01-01 UTC."""
    description: Json
    """As ``daisy info --json`` tells it."""
    nodes: Sequence[TreeNode]
    """The tree of an HDF5 file, parents before children; empty for another file."""
    complete: Flag
    """Whether these are all."""


@dataclass(frozen=True)
class AskPreview(Message):
    """A look at a dataset in a file."""

    path: Name
    dataset: DatasetPath | None = None
    """Null: what one wants to look at first."""
    index: Count | None = None
    """Number of the image; null: the middle one."""
    max_size: Annotated[int, Field(strict=True, ge=1, le=MAX_PREVIEW)] = 256
    """Longest side of a picture [px], or points of a curve."""


@dataclass(frozen=True)
class Preview(Message):
    """An image of 8 bits or a curve of float32, which is the buffer beside it."""

    shape: Shape
    """Of the dataset."""
    dtype: Text
    images: Count
    """How many images there are to choose from; 0: it is a curve."""
    picture: Picture | None
    """How to read the buffer as an image."""
    step: Count
    """Every how many values a point of the curve was taken."""


@dataclass(frozen=True)
class ProfileInfo(Message):
    """A scan profile with its name."""

    name: Text
    profile: ScanProfile | None
    """Null where it cannot be used."""
    fixed: Flag
    """Whether it is of the facility's configuration and cannot be changed here."""
    problem: Text
    """Why it cannot be used, in one sentence."""


@dataclass(frozen=True)
class ProfileList(Message):
    """Every scan profile."""

    profiles: Sequence[ProfileInfo]


@dataclass(frozen=True)
class SaveProfile(Message):
    """A scan profile to keep."""

    name: Name
    profile: ScanProfile
    overwrite: Flag = False
    """Whether an older one of this name may be replaced."""
