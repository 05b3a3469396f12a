"""Detector rows: which are searched, and the straight line through what was found in them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_LEAST_ROWS = 3
"""From which on a tilt is told."""
_OUTLIER = 3.5
"""Standard deviations beyond which a row is left out."""
_FINEST = 0.05
"""Scatter of rows [column] that is never taken for a reason to leave one out."""


@dataclass(frozen=True)
class AxisLine:
    """A straight line through the optima of some rows."""

    at_zero: float
    """Column in row 0."""
    slope: float
    """Columns from one row to the next."""
    scatter: float
    """Standard deviation of the rows from it [column]."""
    tilt_error_deg: float
    """Standard error of the tilt; NaN for two rows."""
    left_out: tuple[int, ...] = ()
    """Rows that lie far off."""

    @property
    def tilt_deg(self) -> float:
        """Positive where the column grows with the row."""
        return math.degrees(math.atan(self.slope))

    def column(self, row: float) -> float:
        """Where the axis crosses a row."""
        return self.at_zero + self.slope * row

    def is_tilted(self, n_row: int) -> bool:
        """Whether the tilt is more than chance and moves the axis by more than half a column."""
        is_clear = abs(self.tilt_deg) > 2 * self.tilt_error_deg
        return is_clear and abs(self.slope) * (n_row - 1) > 0.5


def axis_line(rows: Sequence[int], columns: Sequence[float]) -> AxisLine | None:
    """The line through the optima of rows; None for fewer than three.

    Notes
    -----
    Least squares, without rows that lie further than 3.5 robust standard deviations off the line
    with the median slope (P. K. Sen, J. Am. Stat. Assoc. 63, 1379 (1968)).
    """
    x, y = np.asarray(rows, np.float64), np.asarray(columns, np.float64)
    if len(np.unique(x)) < _LEAST_ROWS:
        return None
    i, j = np.triu_indices(len(x), 1)
    residuals = y - np.median((y[j] - y[i]) / (x[j] - x[i])) * x
    residuals -= np.median(residuals)
    spread = max(1.4826 * float(np.median(np.abs(residuals))), _FINEST)
    used = np.abs(residuals) <= _OUTLIER * spread
    if used.sum() < _LEAST_ROWS:
        used[:] = True
    offset = x[used] - x[used].mean()
    slope = float((offset * y[used]).sum() / (offset**2).sum())
    at_zero = float(y[used].mean() - slope * x[used].mean())
    squares = float(((y[used] - at_zero - slope * x[used]) ** 2).sum())
    free = int(used.sum()) - 2
    return AxisLine(
        at_zero,
        slope,
        math.sqrt(squares / used.sum()),
        math.degrees(math.sqrt(squares / free / (offset**2).sum())),
        tuple(int(row) for row in x[~used]),
    )


def spread_rows(n_row: int, count: int) -> list[int]:
    """Detector rows spread evenly."""
    return sorted({int((i + 0.5) * n_row / count) for i in range(count)})


def chosen_rows(text: str, n_row: int) -> list[int]:
    """Rows as they were typed: their numbers, or nothing for some that are spread evenly.

    Raises
    ------
    ValueError
        If one is no number of a row; says what would be.
    """
    if not text.strip():
        return spread_rows(n_row, 5)
    rows = []
    for part in text.replace(",", " ").split():
        if not part.isdigit() or int(part) >= n_row:
            raise ValueError(
                f"There is no row {part!r}: give numbers from 0 to {n_row - 1}, such as "
                f"{n_row // 4}, {n_row // 2}."
            )
        rows.append(int(part))
    return sorted(set(rows))
