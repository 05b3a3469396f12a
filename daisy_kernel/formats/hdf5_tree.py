"""An HDF5 file as a tree of paths, whose links are followed only where they may lead."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Any

import h5py

from daisy_kernel.errors import FileProblem, UnknownName
from daisy_kernel.formats.hdf5_damage import DAMAGE, UNREADABLE, opened, unreadable

MOST_LINKS = 16
"""Links that may lead to each other before they are called a circle."""
MOST_PATHS = 5000
"""Datasets listed at most; a file with more is searched by name only."""
MOST_PARTS = 200
"""Other files kept open at a time; a system allows some 1024."""
MOST_TEXT_BYTES = 1 << 20
"""Longest text read as metadata."""


class MissingPart(FileProblem):
    """Another file that is needed and is not there."""


class HDF5Tree:
    """An HDF5 file opened for reading, without locking it.

    Links into other files are followed only within the folder of the file and `data_roots`, since
    a prepared file could otherwise read anything that its reader may read.

    Parameters
    ----------
    path
        The file.
    data_roots
        Further folders that links may lead into.

    Raises
    ------
    FileProblem
        If the file is missing, empty, truncated, locked by a dead writer, damaged or not HDF5.
    """

    def __init__(self, path: str | Path, *, data_roots: tuple[Path, ...] = ()):
        self.path = Path(path).absolute()
        self.data_roots = data_roots
        self._file, self.still_written = opened(self.path)
        self._parts: dict[Path, HDF5Tree] = {}
        self._allowed = [self.path.parent.resolve(), self.path.resolve().parent]
        self._allowed += [Path(root).resolve() for root in data_roots]

    def __enter__(self) -> HDF5Tree:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for part in self._parts.values():
            part.__exit__(None, None, None)
        self._file.close()
        # What did not come through h5py is no damage but a defect, and stays one.
        passed = (str(frame.f_globals.get("__name__")) for frame, _ in walk_tb(trace))
        if isinstance(error, DAMAGE) and any(name.startswith("h5py.") for name in passed):
            raise unreadable(self.path, error) from error

    def get(self, path: str) -> h5py.Dataset | h5py.Group | None:
        """What is found at a path, or None; links are followed.

        Raises
        ------
        FileProblem
            If a link leads to a missing file, in a circle, or outside the allowed folders.
        """
        return self._follow(self._file, path, MOST_LINKS)

    def dataset(self, path: str) -> h5py.Dataset:
        """The dataset at a path.

        Raises
        ------
        FileProblem
            If there is none; lists the nearest ones, or those of the group that is there.
        """
        found = self.get(path)
        if isinstance(found, h5py.Dataset):
            return found
        known = self.dataset_paths()
        if isinstance(found, h5py.Group):
            inside = [p for p in known if p.startswith(path.rstrip("/") + "/")]
            raise FileProblem(
                f"{path} in {self.path} is a group, not a dataset: choose one of its datasets: "
                f"{', '.join(inside[:12]) or 'it has none'}."
            )
        raise FileProblem(f"{self.path}: {UnknownName('dataset', path, known)}")

    def children(self, path: str) -> list[str]:
        """Names in a group, none where there is no group at the path."""
        group = self.get(path)
        return list(group) if isinstance(group, h5py.Group) else []

    def groups(self, path: str) -> list[str]:
        """Paths of the groups in a group; those behind a link that leads nowhere are left out."""
        found = []
        for name in self.children(path):
            child = f"{path.rstrip('/')}/{name}"
            with suppress(FileProblem):  # reading the link says why
                if isinstance(self.get(child), h5py.Group):
                    found.append(child)
        return found

    def dataset_paths(self, path: str = "/") -> list[str]:
        """Paths of all datasets below a group, linked ones included, sorted."""
        found: list[str] = []
        for entry, held in self.entries(path.rstrip("/")):
            if isinstance(held, h5py.Dataset):
                found.append(entry)
                if len(found) == MOST_PATHS:
                    break
            # A listing shows what can be read; reading a link that leads nowhere says why.
            elif isinstance(held, Exception) and not isinstance(held, FileProblem):
                raise held
        return sorted(found)

    def attribute(self, path: str, name: str) -> str | None:
        """A text attribute of what is at a path, or None."""
        found = self.get(path)
        with self.reading_text():
            return None if found is None else _as_text(found.attrs.get(name))

    def text(self, path: str) -> str | None:
        """The text in a scalar dataset (or in one with a single element), or None."""
        found = self.get(path)
        if not isinstance(found, h5py.Dataset) or found.size != 1 or found.is_virtual:
            return None
        if found.external or found.dtype.itemsize > MOST_TEXT_BYTES:
            return None
        if h5py.check_string_dtype(found.dtype) is None:
            return None
        with self.reading_text():
            return _as_text(found[()] if found.shape == () else found[...].ravel()[0])

    @contextmanager
    def reading_text(self) -> Iterator[None]:
        """Around reading elements that say what the file is, of which no reader of numbers tells.

        Raises
        ------
        FileProblem
            If the HDF5 library cannot read them.
        """
        try:
            yield
        except OSError as error:
            raise unreadable(self.path, error) from error

    def part(self, file_name: str, *, beside: Path, reason: str) -> HDF5Tree:
        """Another file that this one refers to, open as long as this one (or `MOST_PARTS` others).

        Parameters
        ----------
        file_name
            As written in the file, absolute or relative to it.
        beside
            The file that refers to it.
        reason
            What refers to it, for the error.

        Raises
        ------
        FileProblem
            If it is missing, damaged or outside the allowed folders.
        """
        path = self._allowed_path(file_name, beside, reason)
        if path not in self._parts:
            if len(self._parts) == MOST_PARTS:
                self._parts.pop(next(iter(self._parts))).__exit__(None, None, None)
            self._parts[path] = HDF5Tree(path)
            self._parts[path]._allowed = self._allowed
        return self._parts[path]

    def _allowed_path(self, file_name: str, beside: Path, reason: str) -> Path:
        # The order of the HDF5 library, so that what is checked is what it opens.
        named = Path(file_name)
        candidates = [beside.parent / named, beside.parent / named.name]
        candidates += [beside.resolve().parent / named]
        target = next((c for c in candidates if c.exists()), None)
        if target is None:
            raise MissingPart(
                f"{reason} in {beside} needs the file {file_name}, which does not exist: copy it "
                f"to {candidates[0]}."
            )
        if not any(target.resolve().is_relative_to(folder) for folder in self._allowed):
            raise FileProblem(
                f"{reason} in {beside} leads to {target}, outside the folder of the file: such "
                "links are not followed; allow that folder as a data root, or copy the data in."
            )
        return target

    def _follow(
        self, start: h5py.Group, path: str, links_left: int
    ) -> h5py.Dataset | h5py.Group | None:
        node: Any = start.file if path.startswith("/") else start
        for name in filter(None, path.split("/")):
            if name == ".":
                continue
            # Low-level calls: the mapping of h5py would follow the link before it can be judged.
            raw_name = os.fsencode(name)
            if not isinstance(node, h5py.Group) or not node.id.links.exists(raw_name):
                return None
            kind = node.id.links.get_info(raw_name).type
            if kind == h5py.h5l.TYPE_HARD:
                node = node[name]
                continue
            if links_left == 0:
                raise FileProblem(
                    f"The links at {path} in {self.path} lead in a circle or too far "
                    f"({MOST_LINKS} at most are followed): point them at the dataset itself."
                )
            links_left -= 1
            target = node.id.links.get_val(raw_name)
            if kind == h5py.h5l.TYPE_EXTERNAL:
                holder = Path(os.fsdecode(node.file.filename))
                reason = f"The link {node.name.rstrip('/')}/{name}"
                other = self.part(os.fsdecode(target[0]), beside=holder, reason=reason)
                node = other._follow(other._file, os.fsdecode(target[1]), links_left)
            else:
                node = self._follow(node, os.fsdecode(target), links_left)
        return node

    def entries(
        self, path: str = "", above: frozenset[tuple[int, int]] = frozenset()
    ) -> Iterator[tuple[str, Any]]:
        """All that lies below a group, in its order: path and object, or what reading it raised."""
        group = self.get(path or "/")
        if not isinstance(group, h5py.Group):
            return
        info = h5py.h5o.get_info(group.id)
        place = (info.fileno, info.addr)
        if place in above:  # a group that contains itself
            return
        for name in group:
            child = f"{path}/{name}"
            try:
                found = self.get(child)
            except UNREADABLE as error:
                yield child, error
                continue
            yield child, found
            if isinstance(found, h5py.Group):
                yield from self.entries(child, above | {place})


def _as_text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if hasattr(value, "size") and not isinstance(value, str):
        return _as_text(value.ravel()[0]) if value.size == 1 else None
    return value if isinstance(value, str) else None
