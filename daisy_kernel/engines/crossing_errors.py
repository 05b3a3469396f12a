"""Errors that cross from one process of ours to another."""

from __future__ import annotations

import pickle
import traceback
from dataclasses import dataclass

from daisy_kernel.errors import DaisyError


@dataclass(frozen=True)
class CrossingError:
    """An error, as it is sent."""

    content: bytes | None
    """The error itself, if it can be pickled."""
    message: str
    """What it says, else."""
    where: str
    """The traceback in its own process."""

    def rebuilt(self, place: str) -> Exception:
        """The error, to be raised here.

        Parameters
        ----------
        place
            Where it comes from, for the note that carries its traceback.
        """
        error = DaisyError(self.message) if self.content is None else pickle.loads(self.content)
        error.add_note(f"{place}:\n{self.where}")
        return error


def crossing(error: Exception) -> CrossingError:
    """An error that is being handled, ready to be sent."""
    where = traceback.format_exc()
    try:
        content = pickle.dumps(error)
        pickle.loads(content)
    except Exception:
        kind = "" if isinstance(error, DaisyError | ValueError) else f"{type(error).__name__}: "
        return CrossingError(None, f"{kind}{error}", where)
    return CrossingError(content, "", where)
