"""What a benchmark asks of a library that integrates powder diffraction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Splitting = Literal["no", "bbox", "full"]
SPLITTINGS: tuple[Splitting, ...] = ("no", "bbox", "full")

Frames = NDArray[Any]
"""(n_frame, row, col) [counts]."""
Patterns = NDArray[np.floating[Any]]
"""(n_frame, n_bin)."""
Worker = Callable[[Frames], Patterns]

UNIT: Literal["q_nm^-1"] = "q_nm^-1"
"""What all patterns are plotted against."""


@dataclass(frozen=True, eq=False)
class Experiment:
    """A detector and what is to be corrected: everything but the frames."""

    poni: str
    """The text of a PONI file."""
    mask: NDArray[np.uint8]
    """(row, col), 1 excludes."""
    n_bin: int
    polarization: float
    """Factor; the solid angle is corrected as well."""
    sentinel: int
    """What a pixel reads that saw nothing, frame by frame."""


@dataclass(frozen=True)
class Integrator:
    """One way to integrate frames, with solid angle, polarisation, mask and sentinels."""

    splitting: Splitting
    """Only like is compared with like."""
    who: str
    prepare: Callable[[Experiment, int], Worker]
    """Makes what does the work in so many threads. Whatever depends on the experiment alone may be
    done here or in the first call of the worker, which no clock watches."""
    frames: int = 1
    """How many each thread likes to do at once."""
    least_threads: int = 1
    """With fewer it is another one of them."""
