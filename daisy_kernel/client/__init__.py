"""Connecting to a kernel."""

from __future__ import annotations

from daisy_kernel.session import Session, local_session

__all__ = ["connect"]


def connect() -> Session:
    """The session of this process: in a notebook on the Daisy kernel, that kernel's.

    Returns
    -------
    session
        Objects, algorithms, workflows and runs.
    """
    return local_session()
