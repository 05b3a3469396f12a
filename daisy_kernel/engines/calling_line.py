"""Where in the user's script a step was written."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

_PACKAGE = str(Path(__file__).parents[1])


def calling_line() -> str:
    """The innermost line outside of Daisy, as 'file:line'."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    if frame.f_code.co_filename == threading.__file__:  # a document has no lines
        return "workflow document"
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
