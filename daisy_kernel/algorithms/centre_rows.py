"""Finding the rotation axis in some rows of a scan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from daisy_kernel.contracts.declaration import Unit
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.numba_kernels import LEAST_CONFIDENCE, Centre, CentreMethod, find_centre

Method = Annotated[
    CentreMethod,
    Field(
        description="vo: half a turn and its mirror image; phase-correlation: opposite "
        "projections; entropy: the cleanest slice; overlap-360: a whole turn, also with the axis "
        "near the edge of the detector"
    ),
]
SearchFrom = Annotated[
    float | None,
    Unit("pixel"),
    Field(ge=0, description="first column to consider; default, a quarter of the detector"),
]
SearchTo = Annotated[
    float | None,
    Unit("pixel"),
    Field(ge=0, description="last column to consider; default, three quarters of the detector"),
]


@dataclass(frozen=True)
class FoundRows:
    """What a search found."""

    clear: Mapping[int, Centre]
    """Row -> centre, where it is clear."""
    refused: tuple[str, ...]
    """Why the other rows do not count, one sentence each."""


def search_rows(
    projections: Reference,
    angles_rad: NDArray[np.float64],
    count: int,
    *,
    method: CentreMethod,
    search_from: float | None,
    search_to: float | None,
    log: Callable[[str], None],
) -> FoundRows:
    """Centres in rows spread evenly over the detector.

    A row counts where its confidence is at least half of that of the best row.

    Raises
    ------
    ValueError
        If no row shows a clear centre; says why.
    """
    n_angle, n_row, n_col = projections.shape
    found: dict[int, Centre] = {}
    refused = []
    for row in sorted({int((i + 0.5) * n_row / count) for i in range(count)}):
        part = (slice(0, n_angle), slice(row, row + 1), slice(0, n_col))
        limits = _search_range(search_from, search_to, n_col, method)
        try:
            found[row] = find_centre(
                projections.read(part)[:, 0], angles_rad, method=method, search_range=limits
            )
        except ValueError as error:
            refused.append(f"row {row}: {error}")
    best = max((centre.confidence for centre in found.values()), default=0.0)
    least = max(LEAST_CONFIDENCE, best / 2)
    for row, centre in found.items():
        doubt = "" if centre.confidence >= least else " (too low, left out)"
        log(
            f"row {row}: centre {centre.column:.2f}, confidence {centre.confidence:.2f}, by "
            f"{method}{doubt}"
        )
    if not found:
        others = f"; {len(refused) - 1} other rows neither" if len(refused) > 1 else ""
        raise ValueError(f"no rotation centre was found ({refused[0]}{others}): give it as center")
    clear = {row: c for row, c in found.items() if c.confidence >= least}
    return FoundRows(clear, tuple(refused))


def _search_range(
    search_from: float | None, search_to: float | None, n_col: int, method: CentreMethod
) -> tuple[float, float] | None:
    if search_from is None and search_to is None:
        return None
    first, last = n_col // 4, n_col - 1 - n_col // 4
    if method == "overlap-360":
        first, last = 0, n_col - 1
    return (
        first if search_from is None else search_from,
        last if search_to is None else search_to,
    )
