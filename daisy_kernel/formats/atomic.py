"""Files that are either absent, the old ones, or complete; never half-written."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from daisy_kernel.errors import DiskFull, FileProblem, OutputExists

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What a system says when there is no room: on the disk, in the quota, under the size limit."""
NO_HARD_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV)
"""What a file system without hard links says."""


@contextmanager
def atomic_file(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A temporary path that becomes the file when the block ends without an error.

    Parameters
    ----------
    path
        The file to make. The temporary one lies in the same folder and has the same ending.
    overwrite
        Whether it may replace a file. If not, a file that appears meanwhile is kept too.

    Yields
    ------
    temporary : Path
        Made empty; write to it, and close it.

    Raises
    ------
    OutputExists
        If the file is there, at the start or at the end.
    DiskFull
        If there is no room for it.
    FileProblem
        If the folder is missing or may not be written to.
    """
    target = Path(path).absolute()
    require_absent(target, overwrite=overwrite)
    temporary = target.with_name(f".{target.stem}.{secrets.token_hex(4)}.tmp{target.suffix}")
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError as error:
        raise unwritable(target, error) from error
    try:
        yield temporary
        flush_to_disk(temporary)
        publish(temporary, target, overwrite=overwrite)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and not isinstance(error, FileProblem):
            raise unwritable(target, error) from error
        raise


def require_absent(path: Path, *, overwrite: bool) -> None:
    """Make sure that a file may be made.

    Raises
    ------
    OutputExists
        If it is there and may not be replaced.
    FileProblem
        If a folder of this name is there.
    """
    if path.is_dir():
        raise FileProblem(f"The output {path} is a folder: name a file in it.")
    if not overwrite and os.path.lexists(path):
        raise OutputExists(
            f"The output {path} is already there: choose another name, or overwrite it "
            "(--overwrite)."
        )


def publish(temporary: Path, path: Path, *, overwrite: bool) -> None:
    """Give a finished file its name, in one step.

    Parameters
    ----------
    temporary
        The finished file, in the same folder and already flushed.
    path
        Its name from now on.
    overwrite
        Whether it may replace a file.

    Raises
    ------
    OutputExists
        If a file of this name has appeared meanwhile; it is kept.
    OSError
        If the system refuses.
    """
    if overwrite:
        require_absent(path, overwrite=True)
        temporary.replace(path)
    else:
        _link(temporary, path)
    flush_folder(path.parent)


def publish_folder(temporary: Path, path: Path, *, overwrite: bool) -> None:
    """Give a finished folder its name.

    Parameters
    ----------
    temporary
        The finished folder, beside it and already flushed.
    path
        Its name from now on.
    overwrite
        Whether it may replace a folder. That one steps aside first, because no system call
        replaces a folder that holds something; see `put_back`.

    Raises
    ------
    OutputExists
        If something of this name has appeared meanwhile; it is kept.
    OSError
        If the system refuses.
    """
    replaces = overwrite and path.is_dir()
    if replaces:
        path.rename(_aside(temporary))
    try:
        temporary.rename(path)
    except OSError:
        put_back(temporary, path)
        if not replaces and os.path.lexists(path):
            raise OutputExists(
                f"The output {path} has appeared meanwhile and is kept: choose another name."
            ) from None
        raise
    flush_folder(path.parent)
    put_back(temporary, path)


def put_back(temporary: Path, path: Path) -> None:
    """Bring back the folder that stepped aside for a new one, or remove it if that one is there."""
    aside = _aside(temporary)
    if aside.is_dir():
        if os.path.lexists(path):
            shutil.rmtree(aside)
        else:
            aside.rename(path)


def flush_tree(folder: Path) -> None:
    """Wait until everything below a folder is on its disk.

    Raises
    ------
    OSError
        If it cannot be stored.
    """
    for place, _, names in os.walk(folder):
        for name in names:
            flush_to_disk(Path(place, name))
        flush_folder(Path(place))


def flush_to_disk(path: Path) -> None:
    """Wait until the content of a file is on its disk.

    Raises
    ------
    OSError
        If it cannot be stored; network file systems find a full disk only now.
    """
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_folder(folder: Path) -> None:
    """Wait until the names in a folder are on its disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Some network file systems refuse; they order names by themselves.
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unwritable(path: Path, error: OSError) -> FileProblem:
    """The error to raise when the system refuses to write a file."""
    reason = error.strerror or str(error)
    if error.errno in FULL:
        return DiskFull(f"There is no room for {path} ({reason}): free space, or write elsewhere.")
    if not path.parent.is_dir():
        return FileProblem(
            f"The folder {path.parent} of the output {path.name} does not exist: make it first."
        )
    return FileProblem(
        f"{path} cannot be written ({reason}): check the permissions of {path.parent}, or write "
        "elsewhere."
    )


def no_room(path: Path, needed: int, available: int) -> DiskFull:
    """The error to raise when an output is larger than what is left of its disk [bytes]."""
    return DiskFull(
        f"{path} needs {needed} bytes ({needed / 1e9:.1f} GB) and its disk has {available} "
        f"({available / 1e9:.1f} GB): free space, or write elsewhere."
    )


def _aside(temporary: Path) -> Path:
    return temporary.with_name(f"{temporary.name}.old")


def _link(temporary: Path, path: Path) -> None:
    """Rename, but never onto a file: a plain rename would silently replace it."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        require_absent(path, overwrite=False)
        raise
    except OSError as error:
        if error.errno not in NO_HARD_LINKS:
            raise
        require_absent(path, overwrite=False)
        temporary.replace(path)
    else:
        temporary.unlink()
