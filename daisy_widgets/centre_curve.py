"""A widget that plots how clean the slice is over the candidates for the centre."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from daisy_widgets.centre_model import Curve, RowResult
from daisy_widgets.es_module import es_module

_STATIC = Path(__file__).parent / "static"


class CentreCurve(anywidget.AnyWidget):
    """Scores of the candidates, over the whole range and close by; lowest is cleanest.

    A click, or the arrow keys (0.1 columns; with Shift 0.5; page keys 5; Home: the cleanest),
    choose `column`.
    """

    _esm = es_module(_STATIC / "centre_curve.js")
    _css = (_STATIC / "centre_curve.css").read_text(encoding="utf-8")

    overview = traitlets.List(traitlets.Dict()).tag(sync=True)
    near = traitlets.List(traitlets.Dict()).tag(sync=True)
    row = traitlets.Int(0).tag(sync=True)
    """The one whose curves are drawn in front."""
    column = traitlets.Float(0.0).tag(sync=True)
    """The candidate that is looked at."""

    def show(self, results: Iterable[RowResult]) -> None:
        """Draw the curves of some rows."""
        results = list(results)
        self.overview = [_drawn(r.row, r.overview) for r in results if r.overview is not None]
        self.near = [_drawn(r.row, r.near) for r in results if r.near is not None]


def _drawn(row: int, curve: Curve) -> dict[str, Any]:
    """Scores of different rows, or at different binning, have no common scale but 0 to 1."""
    known = [None if s != s else round(float(s), 4) for s in curve.relative]
    return {"row": row, "columns": curve.columns.tolist(), "scores": known, "best": curve.best}
