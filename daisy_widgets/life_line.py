"""A line in a panel that says when its kernel is gone: nothing in the kernel can say that."""

from __future__ import annotations

from pathlib import Path

import anywidget

from daisy_widgets.es_module import es_module


class LifeLine(anywidget.AnyWidget):
    """Shows nothing until the kernel is restarted, has died or cannot be reached.

    Then it says so in a sentence; what is beside it in the same panel is dimmed, and cannot be used
    any more if the kernel does not come back.
    """

    _esm = es_module(Path(__file__).parent / "static" / "life_line.js")
