"""One writer per output file."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from pathlib import Path

from daisy_kernel.errors import RunConflict
from daisy_kernel.formats.atomic import unwritable

NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, 524)
"""What file systems without locks say; 524 is Lustre's."""


class OutputLock:
    """Held while a file is being made; ends with its process, however that ends.

    On a file system without locks it is always granted: the last step of writing is atomic anyway.

    Parameters
    ----------
    path
        The file to make.

    Raises
    ------
    RunConflict
        If somebody else is making it.
    FileProblem
        If its folder may not be written to.
    """

    def __init__(self, path: Path):
        self.lock_path = _lock_path(path)
        while True:
            try:
                self._file = self.lock_path.open("a+", encoding="utf-8")
            except OSError as error:
                raise unwritable(path, error) from error
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._file.seek(0)
                holder = self._file.read(200).strip() or "unknown"
                self._file.close()
                raise RunConflict(
                    f"Another run is writing {path} ({holder}): wait for it, cancel it, or choose "
                    "another output."
                ) from None
            except OSError as error:
                if error.errno not in NO_LOCKS:
                    self._file.close()
                    raise unwritable(path, error) from error
            if self._is_current():
                break
            self._file.close()  # its last holder removed it between our opening and locking
        self._file.truncate(0)
        self._file.write(f"process {os.getpid()} on {socket.gethostname()}")
        self._file.flush()

    @property
    def is_held(self) -> bool:
        """Whether the file is still ours to make."""
        return not self._file.closed

    def release(self) -> None:
        """Let others make the file; may be called twice."""
        if not self.is_held:
            return
        if self._is_current():
            self.lock_path.unlink(missing_ok=True)
        self._file.close()

    def _is_current(self) -> bool:
        try:
            there = self.lock_path.stat()
        except FileNotFoundError:
            return False
        mine = os.fstat(self._file.fileno())
        return (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino)


def is_locked(path: Path) -> bool | None:
    """Whether somebody, anywhere, holds the `OutputLock` of a path; None: it cannot be told."""
    try:
        with _lock_path(path).open(encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # never locked, not ours to look at, or a file system without locks
        return None
    return False


def _lock_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.lock")


class ForeignLock:
    """The lock of an output that another process makes: here it can only be written into."""

    is_held = False

    def release(self) -> None:
        """It is not ours."""
