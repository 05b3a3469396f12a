"""The rotation axis over all detector rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

_LEAST_ROWS = 3
_OUTLIER = 3.5
"""Standard deviations beyond which a row is left out."""


@dataclass(frozen=True)
class Axis:
    """A straight line on the detector."""

    column: float
    """Where it crosses row 0 [pixel]."""
    slope: float
    """Columns that it moves from one row to the next."""
    scatter: float
    """Standard deviation of the rows that it was fitted to [pixel]."""
    n_used: int
    """Number of rows that it was fitted to; the others were outliers."""

    @property
    def tilt_deg(self) -> float:
        """Angle to the detector's columns; positive where the column grows with the row."""
        return float(np.degrees(np.arctan(self.slope)))

    def centres(self, n_row: int) -> NDArray[np.float64]:
        """(n_row,) column in every row."""
        return self.column + self.slope * np.arange(n_row, dtype=np.float64)


def fit_axis(rows: ArrayLike, columns: ArrayLike) -> Axis:
    """The line through the centres of single rows, unmoved by a few that are wrong.

    Parameters
    ----------
    rows, columns : (n,)
        Where centres were found, at least three different rows.

    Raises
    ------
    ValueError
        If there are fewer rows.

    Notes
    -----
    The median of the slopes between all pairs (P. K. Sen, J. Am. Stat. Assoc. 63, 1379 (1968))
    tells which rows are outliers; least squares through the others.
    """
    x, y = np.asarray(rows, np.float64), np.asarray(columns, np.float64)
    if x.ndim != 1 or x.shape != y.shape or len(np.unique(x)) < _LEAST_ROWS:
        raise ValueError(
            f"The axis was found in {x.size} rows; {_LEAST_ROWS} different ones are needed to "
            "tell its tilt: search more rows, or give one centre for all."
        )
    i, j = np.triu_indices(len(x), 1)
    apart = x[i] != x[j]
    slope = float(np.median((y[j] - y[i])[apart] / (x[j] - x[i])[apart]))
    residuals = y - slope * x
    residuals -= np.median(residuals)
    spread = 1.4826 * float(np.median(np.abs(residuals)))
    # A hundredth of a pixel is what a centre is known to at best.
    used = np.abs(residuals) <= _OUTLIER * max(spread, 0.01)
    if len(np.unique(x[used])) < _LEAST_ROWS:
        used[:] = True
    middle = x[used].mean()
    offset = x[used] - middle
    slope = float((offset * y[used]).sum() / (offset**2).sum())
    column = float(y[used].mean() - slope * middle)
    scatter = float(np.std(y[used] - column - slope * x[used]))
    return Axis(column, slope, scatter, int(used.sum()))
