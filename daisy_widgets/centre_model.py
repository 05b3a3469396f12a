"""What the centre assistant knows, without any widget: curves, rows, a line through them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

LEAST_CONFIDENCE = 0.1
"""Below it a found centre is not to be believed; as the finders of the kernel say it."""
_AGREE = 1.0
"""Columns by which a finder and the cleanest slice may differ before it is said."""
_LEAST_ROWS = 3
"""From which on a tilt is told."""
_OUTLIER = 3.5
"""Standard deviations beyond which a row is left out of the line."""
_FINEST = 0.05
"""Scatter of rows [column] that is never taken for a reason to leave one out."""
_WHOLE_TURN_DEG, _HALF_TURN_DEG = 330.0, 150.0
_HALF_ACQUISITION = 0.75
"""Share of the columns below which opposite projections are said to overlap in part only."""


@dataclass(frozen=True)
class Centre:
    """The rotation axis as it was accepted."""

    column: float
    """Where it crosses the middle of the detector rows; pixel centres on integers, from 0."""
    tilt_deg: float = 0.0
    """Positive where the column grows with the row."""
    middle_row: float = 0.0
    """The row that `column` belongs to; half a row where their number is even."""

    def columns(self, n_row: int) -> NDArray[np.float64]:
        """(n_row,) column in every row, as ``centers_dataobj`` of `Reconstruct` wants it."""
        slope = math.tan(math.radians(self.tilt_deg))
        return self.column + slope * (np.arange(n_row) - self.middle_row)


@dataclass(frozen=True)
class Curve:
    """How clean the slice is for several candidates; lowest is cleanest."""

    columns: NDArray[np.float64]
    """(n,) rising."""
    scores: NDArray[np.float64]
    """(n,) entropy of the grey values [bit]; to be compared within a curve only."""
    binning: int = 1
    refined: float | None = None
    """The lowest place as it is with all pixels."""

    @property
    def best(self) -> float:
        """The lowest place, to a fraction of a step where it does not lie at an end."""
        if self.refined is not None:
            return self.refined
        lowest = self._lowest
        near = slice(max(0, lowest - 2), lowest + 3)
        x, y = self.columns[near] - self.columns[lowest], self.scores[near]
        if len(x) == 5 and np.isfinite(y).all():
            bend, slope, _ = np.polyfit(x, y, 2)
            if bend > 0 and abs(slope / (2 * bend)) <= x[-1]:
                return float(self.columns[lowest] - slope / (2 * bend))
        return float(self.columns[lowest])

    @property
    def is_at_edge(self) -> bool:
        """Whether a better candidate may lie beyond those that were tried."""
        return self._lowest in (0, len(self.columns) - 1)

    @property
    def relative(self) -> NDArray[np.float64]:
        """Scores from 0, the cleanest, to 1."""
        low, high = np.nanmin(self.scores), np.nanmax(self.scores)
        return (self.scores - low) / ((high - low) or 1.0)

    @property
    def _lowest(self) -> int:
        known = np.where(np.isfinite(self.scores), self.scores, np.inf)
        return int(np.argmin(known))


@dataclass(frozen=True)
class RowResult:
    """What was found in one detector row."""

    row: int
    found: float | None = None
    """By the finder of the kernel."""
    confidence: float = 0.0
    refused: str = ""
    """Why the finder has found nothing, in a sentence."""
    overview: Curve | None = None
    near: Curve | None = None

    @property
    def is_at_edge(self) -> bool:
        """Whether the answer lies at the edge of what was searched."""
        return "edge of the searched range" in self.refused or (
            self.near is not None and self.near.is_at_edge
        )

    @property
    def counts(self) -> bool:
        """Whether the row says where the axis is."""
        is_found = self.found is not None and self.confidence >= LEAST_CONFIDENCE
        return self.near is not None and is_found and not self.is_at_edge

    @property
    def column(self) -> float | None:
        """The row's own optimum: the cleanest slice near what the finder has found."""
        return self.near.best if self.near is not None else self.found

    @property
    def remark(self) -> str:
        """What one should know of this row, in words."""
        if "edge of the searched range" in self.refused:
            return "at the edge of the searched range: the true one may lie beyond"
        if self.refused:
            return self.refused
        if self.near is not None and self.near.is_at_edge:
            return "the slice is cleanest at the edge of what was tried: look beyond"
        if self.confidence < LEAST_CONFIDENCE:
            return "not to be believed: little to compare"
        if self.column is not None and abs(self.column - (self.found or 0.0)) > _AGREE:
            return f"the finder says {self.found:.2f}: look at both"
        return ""


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


@dataclass(frozen=True)
class ScanFacts:
    """What matters of a scan."""

    n_angle: int
    n_row: int
    n_col: int
    span_deg: float
    """Of the angles, the last step included."""

    @property
    def is_whole_turn(self) -> bool:
        """Whether every direction is seen from both sides."""
        return self.span_deg >= _WHOLE_TURN_DEG

    def overlap(self, column: float) -> float:
        """Columns that projections from opposite sides share."""
        return 2 * min(column, self.n_col - 1 - column) + 1

    def is_half_acquisition(self, column: float) -> bool:
        """Whether a whole turn was taken with the axis far from the middle."""
        return self.is_whole_turn and self.overlap(column) < _HALF_ACQUISITION * self.n_col

    def told(self, column: float | None) -> str:
        """Kind of scan in a sentence."""
        size = (
            f"{self.n_angle} projections of {self.n_row} × {self.n_col} over {self.span_deg:.0f}°"
        )
        if self.is_whole_turn and column is not None and self.is_half_acquisition(column):
            side = "left" if column < (self.n_col - 1) / 2 else "right"
            return (
                f"{size}: half-acquisition, the axis is on the {side} and opposite projections "
                f"share {self.overlap(column):.0f} columns; they are stitched (workflow "
                "tomography-360)."
            )
        if self.is_whole_turn:
            return f"{size}: a whole turn, with the axis near the middle."
        if self.span_deg < _HALF_TURN_DEG:
            return f"{size}: less than half a turn, so the centre is uncertain."
        return f"{size}: half a turn."


@dataclass
class CentreModel:
    """What was found so far, and which candidate is looked at."""

    facts: ScanFacts
    rows: dict[int, RowResult] = field(default_factory=dict)
    row: int = 0
    """The one that is looked at."""
    column: float = 0.0
    """The candidate, in this row."""

    def add(self, result: RowResult) -> None:
        """What was found in one more row."""
        self.rows[result.row] = result

    @property
    def line(self) -> AxisLine | None:
        """Through the rows that count."""
        counted = [r for r in self.rows.values() if r.counts]
        return axis_line([r.row for r in counted], [r.column or 0.0 for r in counted])

    @property
    def is_stitched(self) -> bool:
        """Whether slices are made from stitched projections."""
        return self.facts.is_half_acquisition(self.column)

    def propose(self) -> bool:
        """Take the optimum of the clearest row nearest to the middle; tells if there is one."""
        counted = [r for r in self.rows.values() if r.counts]
        if not counted:
            return False
        middle = (self.facts.n_row - 1) / 2
        chosen = min(counted, key=lambda r: abs(r.row - middle))
        line = self.line
        self.row = chosen.row
        if line is not None:
            self.move_to(line.column(chosen.row))
        else:
            self.move_to(float(np.mean([r.column for r in counted])))
        return True

    def move_to(self, column: float) -> None:
        """Look at another candidate, which is kept on the detector."""
        self.column = round(min(max(column, 0.0), self.facts.n_col - 1.0), 2)

    def look_at(self, row: int) -> None:
        """Look at another row, at the same place relative to the line."""
        line = self.line
        if line is not None:
            self.move_to(self.column + line.column(row) - line.column(self.row))
        self.row = row

    def accepted(self, *, with_tilt: bool) -> Centre:
        """The candidate as the axis of the whole detector."""
        middle = (self.facts.n_row - 1) / 2
        line = self.line
        if line is None or not with_tilt:
            return Centre(self.column, 0.0, middle)
        moved = self.column + line.slope * (middle - self.row)
        return Centre(round(moved, 3), round(line.tilt_deg, 5), middle)

    def told(self) -> str:
        """The result in a sentence or two."""
        counted = [r for r in self.rows.values() if r.counts]
        edge = [str(r.row) for r in self.rows.values() if r.is_at_edge]
        said = []
        if not counted:
            said.append("No row shows a clear centre.")
        elif self.line is not None:
            line = self.line
            said.append(
                f"Column {line.column((self.facts.n_row - 1) / 2):.2f} in the middle, tilt "
                f"{line.tilt_deg:+.3f}° ± {line.tilt_error_deg:.3f}°, {len(counted)} rows within "
                f"{line.scatter:.2f} columns of the line."
            )
            if line.left_out:
                said.append(f"Far off it: row {', '.join(map(str, line.left_out))}.")
        else:
            columns = [r.column or 0.0 for r in counted]
            apart = f", {np.ptp(columns):.2f} apart" if len(columns) > 1 else ""
            told = f"{len(columns)} row{'s' if len(columns) > 1 else ''}"
            said.append(f"Column {np.mean(columns):.2f} from {told}{apart}.")
        if edge:
            said.append(
                f"At the edge of what was searched in row {', '.join(edge)}, which does not count: "
                "widen the range."
            )
        return " ".join(said)


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


def candidates(middle: float, step: float, count: int, n_col: int) -> list[float]:
    """Columns about one, those on the detector; `count` should be odd."""
    columns = middle + step * (np.arange(count) - count // 2)
    return [round(float(c), 4) for c in columns if 0 <= c <= n_col - 1]
