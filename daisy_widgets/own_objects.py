"""Data objects that a panel has made for itself."""

from __future__ import annotations

from collections.abc import Iterable

from daisy_kernel.errors import ConnectionLost, UnknownName
from daisy_kernel.session import Session


def forget_objects(session: Session, names: Iterable[str]) -> None:
    """Take objects out of a session, as far as they are there; a kernel that is gone has none."""
    for name in names:
        try:
            del session[name]
        except UnknownName:
            continue
        except ConnectionLost:
            return
