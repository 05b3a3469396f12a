"""What a slice viewer answers its page: planes, values, measures."""

from __future__ import annotations

import math
from typing import Any

from daisy_widgets.measures import measure
from daisy_widgets.plane_sources import Region
from daisy_widgets.slice_model import SliceModel

Message = dict[str, Any]
Answer = tuple[Message, list[bytes]]
"""JSON values, and what goes beside them."""


class SliceAnswers:
    """Answers from what is looked at.

    Parameters
    ----------
    model
        Cuts the data into planes.
    """

    def __init__(self, model: SliceModel):
        self._model = model

    def plane(self, asked: Message) -> Answer:
        """The levels of a plane, or of a region of it."""
        axis, index = asked["axis"], asked["index"]
        low, high = asked["window"]
        region = _region(asked.get("region"))
        where = {"axis": axis, "index": index, "size": asked["size"], "window": (low, high)}
        if asked["detail"] == "preview":
            image = self._model.preview(**where, bits=asked.get("bits", 8))
        else:
            image = self._model.full(**where, region=region)
        levels = image.levels
        bounds = region or [(0, n) for n in image.full_shape]
        answer = {
            "type": "plane",
            "detail": asked["detail"],
            "axis": axis,
            "index": index,
            "window": asked["window"],
            "region": region,
            "shape": list(levels.shape),
            "full_shape": list(image.full_shape),
            # A plane too thin to be binned comes as it is.
            "binning": 1
            if levels.shape == tuple(stop - start for start, stop in bounds)
            else image.binning,
            "bits": 8 * levels.itemsize,
            "low": image.low,
            "high": image.high,
        }
        return answer, [levels.tobytes()]

    def value(self, asked: Message) -> Answer:
        """One value, in words."""
        where = {name: asked[name] for name in ("axis", "index", "y", "x")}
        text = value_in_words(self._model.value(**where), self._model.source.units.value)
        return {"type": "value", "question": asked.get("question"), "text": text}, []

    def measure(self, asked: Message) -> Answer:
        """A measure in words, and the curve of a profile."""
        where = {name: asked[name] for name in ("kind", "points", "axis", "index")}
        self._model.check(asked["axis"], asked["index"])
        text, values = measure(self._model.source, **where)
        curve = [] if values is None else [values.astype("<f4").tobytes()]
        return {"type": "measure", "question": asked.get("question"), "text": text}, curve


def value_in_words(value: complex, unit: str = "") -> str:
    """A value as it is read: integers in full, others with six digits; with its unit."""
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    shown = str(value) if isinstance(value, bool | int) else f"{value:.6g}"
    if isinstance(value, complex):
        shown += f" (magnitude {abs(value):.6g})"
    return f"{shown} {unit}".rstrip()


def _region(asked: Any) -> Region | None:
    if asked is None:
        return None
    (top, bottom), (left, right) = asked
    return (top, bottom), (left, right)
