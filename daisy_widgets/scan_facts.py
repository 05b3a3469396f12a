"""What kind of scan it is, as far as it matters for the rotation centre."""

from __future__ import annotations

from dataclasses import dataclass

_WHOLE_TURN_DEG, _HALF_TURN_DEG = 330.0, 150.0
_HALF_ACQUISITION = 0.75
"""Share of the columns below which opposite projections are said to overlap in part only."""


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
