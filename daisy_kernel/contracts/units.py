"""What the numbers of a data object stand for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Units:
    """Unit of the values, and how far apart they lie, as far as somebody has said so."""

    value: str = ""
    """Such as "counts"; empty: not known, or none."""
    steps_m: tuple[float | None, ...] = ()
    """From one element to the next, for every dimension [m]; None: not known, or no length. Empty:
    none is known."""


NOTHING_KNOWN = Units()
