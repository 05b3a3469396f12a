"""Images that lie the other way round than their geometry says."""

from __future__ import annotations

from typing import Any, Literal

from numpy.typing import NDArray

Flip = Literal["none", "ud", "lr", "both"]


def flipped(images: NDArray[Any], flip: Flip) -> NDArray[Any]:
    """Images (..., n_row, n_col) upside down (ud), left to right (lr), or both; a view."""
    rows = slice(None, None, -1) if flip in ("ud", "both") else slice(None)
    columns = slice(None, None, -1) if flip in ("lr", "both") else slice(None)
    return images[..., rows, columns]
