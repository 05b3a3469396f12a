"""How far a caller may reach: callers from outside get only the files within some folders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from daisy_kernel.errors import OutOfReach

_ROOTS: ContextVar[tuple[Path, ...] | None] = ContextVar("daisy_roots", default=None)
_WILD = frozenset("*?[")


@contextmanager
def only_within(roots: Sequence[Path]) -> Iterator[None]:
    """Within it, this thread and whoever runs a copy of its context reaches these folders only."""
    token = _ROOTS.set(tuple(roots))
    try:
        yield
    finally:
        _ROOTS.reset(token)


def reachable_folders() -> tuple[Path, ...] | None:
    """The folders that the caller may use, links resolved; None: whatever the system allows."""
    given = _ROOTS.get()
    return None if given is None else tuple(Path(os.path.realpath(root)) for root in given)


def require_reach(place: str | Path) -> None:
    """Make sure that the caller may use a file, whether it exists or not.

    Parameters
    ----------
    place
        File, ``FILE:/dataset``, folder, or pattern of files; links are followed.

    Raises
    ------
    OutOfReach
        If it lies outside the folders that the caller may use.
    """
    roots = reachable_folders()
    if roots is None:
        return
    text = str(place)
    file = Path(text.split(":/", 1)[0]).expanduser()
    n_plain = next((i for i, part in enumerate(file.parts) if _WILD & set(part)), len(file.parts))
    if "\0" not in text and os.path.lexists(file):  # so named, and possibly a link
        n_plain = len(file.parts)
    is_clean = "\0" not in text and ".." not in file.parts[n_plain:]
    if is_clean:
        reached = Path(os.path.realpath(Path(*file.parts[:n_plain])))
        if any(reached.is_relative_to(root) for root in roots):
            return
    allowed = ", ".join(map(str, roots))
    raise OutOfReach(
        f"{text!r} is outside the folders that callers from outside may use ({allowed}): move the "
        "file, or have the facility add its folder to data_roots in the file that $DAISY_CONFIG "
        "names."
    )


def within_reach(path: str | Path) -> Path:
    """The path from the root, links as they are, once it is sure that the caller may use it.

    Raises
    ------
    OutOfReach
        If it lies outside the folders that the caller may use.
    """
    place = Path.cwd() / Path(path).expanduser()
    require_reach(place)
    return place
