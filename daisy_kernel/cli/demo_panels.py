"""What the pictures of the demos have in common: titles, frames, colour bars."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

ACCENT = "#c8102e"
SMALL = 8.5
"""Size of the letters at axes [point]."""


def headline(figure: Figure, title: str, facts: str, *, left: float) -> None:
    """Title and one line of facts above all panels, of which the first begins at `left`."""
    figure.text(left, 0.952, title, fontsize=17)
    figure.text(left, 0.924, facts, fontsize=10.5, color="0.35")


def panel_title(axes: Axes, text: str) -> None:
    """What a panel shows, above its left end."""
    axes.set_title(text, fontsize=10.5, loc="left", pad=7)


def bare(axes: Axes) -> None:
    """An image without ticks."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_anchor("W")
    for spine in axes.spines.values():
        spine.set_edgecolor("0.8")


def plotted(axes: Axes, xlabel: str) -> None:
    """Lines on a light grid, with axes to the left and below."""
    axes.set_xlabel(xlabel, fontsize=SMALL, labelpad=2)
    axes.tick_params(labelsize=SMALL, length=3)
    axes.grid(color="0.92", lw=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def window(image: NDArray[Any]) -> tuple[float, float]:
    """Grey levels that a few hot pixels do not spoil."""
    low, high = np.percentile(image, (0.3, 99.7))
    return float(low), float(high)


def colourbar(figure: Figure, axes: Axes, picture: Any) -> None:
    """A narrow bar beside an image."""
    beside = axes.inset_axes((1.015, 0.0, 0.022, 1.0))
    bar = figure.colorbar(picture, cax=beside)
    bar.outline.set_edgecolor("0.8")
    bar.ax.tick_params(labelsize=7.5, length=2, pad=2)
    bar.ax.locator_params(nbins=4)
