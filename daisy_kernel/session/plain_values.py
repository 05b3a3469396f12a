"""Values as every transport can carry them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from daisy_kernel.contracts.declaration import Ref


def plain_values(values: Any) -> Any:
    """Values of a sweep."""
    if isinstance(values, np.ndarray) and values.ndim:
        return values.tolist()
    if isinstance(values, list | tuple | range):
        return [plain(value) for value in values]
    return plain(values)


def plain(value: Any) -> Any:
    """One value: a number of NumPy, a path or a reference as JSON has it."""
    if isinstance(value, Ref):
        return {"ref": value.name}
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return value.item()
    return str(value) if isinstance(value, Path) else value
