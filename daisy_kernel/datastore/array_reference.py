"""An array that is read like a reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.reference import Reference


@dataclass(frozen=True, eq=False)
class ArrayReference:
    """Lets an algorithm that reads in pieces take an array that is in memory anyway."""

    array: NDArray[Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths, in storage order."""
        return self.array.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return self.array.dtype

    def read(self, selection: tuple[slice, ...]) -> NDArray[Any]:
        """The selected part."""
        return self.array[selection]

    def identity(self) -> dict[str, Any]:
        """An array in memory has none that outlives the process."""
        return {}

    def dear_axes(self) -> tuple[int, ...]:
        """None: every slice is at hand."""
        return ()


def sliceable(value: NDArray[Any] | Reference) -> Reference:
    """The value itself if it is a reference, else the array read like one."""
    return ArrayReference(value) if isinstance(value, np.ndarray) else value
