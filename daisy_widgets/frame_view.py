"""Frames with what lies over them: rings, beam, what is drawn."""

from __future__ import annotations
from dataclasses import dataclass
from typing import Any
from ipywidgets import VBox
from daisy_widgets.mask_model import Kind, Point


@dataclass(frozen=True)
class Drawn:
    """What somebody has drawn on a frame."""

    kind: Kind
    points: tuple[Point, ...]
    radius: float = 0.0
