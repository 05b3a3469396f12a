"""What the centre assistant knows, without any widget: curves, rows, a line through them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from daisy_widgets.axis_line import AxisLine, axis_line
from daisy_widgets.scan_facts import ScanFacts

LEAST_CONFIDENCE = 0.1
"""Below it a found centre is not to be believed; as the finders of the kernel say it."""
_EDGE = ("edge of the searched range", "widen the search range")
"""What finders say of an optimum that is not inside."""
_AGREE = 1.0
"""Columns by which a finder and the cleanest slice may differ before it is said."""


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
        rows = np.arange(n_row, dtype=np.float64)
        return np.asarray(self.column + slope * (rows - self.middle_row), np.float64)


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
    is_stitched: bool = False
    """Whether the slices are those of a half-acquisition."""

    @property
    def is_at_edge(self) -> bool:
        """Whether the answer lies at the edge of what was searched."""
        is_refused_there = any(words in self.refused for words in _EDGE)
        is_overview_there = self.found is None and (
            self.overview is not None and self.overview.is_at_edge
        )
        return (
            is_refused_there
            or is_overview_there
            or (self.near is not None and self.near.is_at_edge)
        )

    @property
    def counts(self) -> bool:
        """Whether the row says where the axis is."""
        is_found = self.found is not None and self.confidence >= LEAST_CONFIDENCE
        return self.near is not None and is_found and not self.is_at_edge

    @property
    def column(self) -> float | None:
        """The row's own optimum: the cleanest slice near what the finder has found.

        Not of a half-acquisition: the seam of its two halves moves with the candidate, and their
        overlap tells more.
        """
        return self.found if self.near is None or self.is_stitched else self.near.best

    @property
    def remark(self) -> str:
        """What one should know of this row, in words."""
        if self.refused:
            edge = "the true one may lie beyond the searched range: " if self.is_at_edge else ""
            return f"{edge}{self.refused}"
        if self.near is not None and self.near.is_at_edge:
            return "the slice is cleanest at the edge of what was tried: look beyond"
        if self.confidence < LEAST_CONFIDENCE:
            return "not to be believed: little to compare"
        if self.near is None or self.found is None or abs(self.near.best - self.found) <= _AGREE:
            return ""
        return f"found at {self.found:.2f}, cleanest at {self.near.best:.2f}: look at both"


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
