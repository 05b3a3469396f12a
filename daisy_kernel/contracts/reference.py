"""A data object that is read on demand."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@runtime_checkable
class Reference(Protocol):
    """A dataset in a file (or a recipe) that looks like an array and is read in pieces."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths, in storage order."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements as stored."""
        ...

    def read(self, selection: tuple[slice, ...]) -> NDArray[Any]:
        """A fresh array with the selected hyperslab (one slice with step 1 per dimension).

        Safe to call from several threads at once.
        """
        ...

    def identity(self) -> dict[str, Any]:
        """What says whether the data is still the same: file, dataset, size, mtime."""
        ...

    def dear_axes(self) -> tuple[int, ...]:
        """Dimensions along which a thin slice costs as much as reading everything."""
        ...


@runtime_checkable
class RenewableReference(Reference, Protocol):
    """A reference to what somebody may still be writing."""

    def renewed(self) -> Reference:
        """The data as they are now: itself if nothing has changed since it was made.

        Reads from the file; raises FileProblem where that cannot be done.
        """
        ...
