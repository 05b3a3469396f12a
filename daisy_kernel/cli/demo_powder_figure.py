"""The picture of the powder demo: from rings to the growth of a crystal, beside the truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from numpy.typing import NDArray

from daisy_kernel.cli.demo_panels import (
    ACCENT,
    SMALL,
    bare,
    colourbar,
    headline,
    panel_title,
    plotted,
    window,
)
from daisy_kernel.cli.demo_powder_errors import PowderErrors, lattice_m, true_pattern
from daisy_kernel.formats import atomic_file
from daisy_kernel.simulate import PowderStack

_TWO_THETA = "2θ [degrees]"


def draw(
    stack: PowderStack,
    axis: NDArray[np.float64],
    intensity: NDArray[np.float32],
    places: NDArray[np.float64],
    errors: PowderErrors,
    *,
    path: Path,
    overwrite: bool,
) -> None:
    """Write the picture as PNG.

    Parameters
    ----------
    stack
        What was simulated.
    axis : (n_bin,) [degree]
    intensity : (n_frame, n_bin) [counts]
    places : (n_frame, n_line) [degree]
        Fitted positions of the lines.
    errors
        Of patterns and lines.
    path
        The file to make.
    overwrite
        Whether it may replace a file.

    Raises
    ------
    OutputExists, DiskFull, FileProblem
        If the file cannot be had.
    """
    figure = Figure(figsize=(14.4, 9.2), dpi=120, facecolor="white")
    grid = GridSpec(
        2, 2, figure, left=0.05, right=0.955, top=0.875, bottom=0.06, hspace=0.24, wspace=0.16,
        width_ratios=(1, 1.75), height_ratios=(1, 0.9),
    )  # fmt: skip
    headline(
        figure,
        "Daisy demo: ceria, heated and integrated",
        f"{stack.n_frame} frames of {stack.n_row} × {stack.n_col} pixels    lines off by "
        f"{errors.lines_deg:.5f}° RMS    lattice off by {1e6 * errors.lattice:.0f} ppm RMS    "
        f"intensities off by {errors.in_sigmas:.2f} of their standard errors RMS",
        left=0.05,
    )
    _frame(figure, grid, stack)
    _map(figure, grid, axis, intensity, places)
    _lattice(figure, grid, stack, places, errors)
    _patterns(figure, grid, stack, axis, intensity)
    with atomic_file(path, overwrite=overwrite) as temporary:
        figure.savefig(temporary, format="png")


def _frame(figure: Figure, grid: GridSpec, stack: PowderStack) -> None:
    axes = figure.add_subplot(grid[0, 0])
    counts = np.ma.masked_array(stack.frames(slice(0, 1))[0], stack.mask != 0)
    roots = np.ma.sqrt(counts)
    low, high = window(roots.compressed())
    drawn = axes.imshow(roots, cmap="magma", vmin=low, vmax=high)
    axes.set_facecolor("0.85")
    panel_title(axes, "First frame [√counts], pixels left out in grey")
    bare(axes)
    colourbar(figure, axes, drawn)


def _map(
    figure: Figure,
    grid: GridSpec,
    axis: NDArray[np.float64],
    intensity: NDArray[np.float32],
    places: NDArray[np.float64],
) -> None:
    axes = figure.add_subplot(grid[0, 1])
    roots = np.sqrt(np.maximum(intensity, 0))
    low, high = window(roots)
    half = (axis[1] - axis[0]) / 2
    drawn = axes.imshow(
        roots, cmap="viridis", aspect="auto", origin="lower", interpolation="nearest",
        extent=(axis[0] - half, axis[-1] + half, -0.5, len(roots) - 0.5), vmin=low, vmax=high,
    )  # fmt: skip
    axes.plot(places, np.arange(len(places)), color="white", lw=0.9, ls=(0, (2, 5)))
    panel_title(axes, "Patterns of all frames [√intensity], fitted positions dashed")
    axes.set_xlabel(_TWO_THETA, fontsize=SMALL, labelpad=2)
    axes.set_ylabel("frame", fontsize=SMALL, labelpad=2)
    axes.tick_params(labelsize=SMALL, length=3)
    colourbar(figure, axes, drawn)


def _lattice(
    figure: Figure,
    grid: GridSpec,
    stack: PowderStack,
    places: NDArray[np.float64],
    errors: PowderErrors,
) -> None:
    """Edges of the unit cell, and below how far they are from the truth."""
    cell = grid[1, 0].subgridspec(2, 1, hspace=0.12, height_ratios=(2.2, 1))
    above = figure.add_subplot(cell[0])
    below = figure.add_subplot(cell[1], sharex=above)
    truth = 1e10 * np.array([stack.lattice_m(frame) for frame in range(stack.n_frame)])
    edges = 1e10 * lattice_m(places, stack.wavelength_m)
    above.plot(truth, color="0.15", lw=1.6, label="truth")
    above.plot(edges, "o", color=ACCENT, ms=3.5, label="from the lines")
    panel_title(
        above,
        f"Edge of the unit cell [Å]: grows by {errors.growth:.3%}, true {stack.expansion:.3%}",
    )
    plotted(above, "")
    above.tick_params(labelbottom=False)
    above.legend(frameon=False, fontsize=9.5, loc="upper left")
    below.axhline(0, color="0.15", lw=1)
    below.plot(1e6 * (edges / truth - 1), "o", color=ACCENT, ms=3)
    below.set_ylabel("off by [ppm]", fontsize=SMALL, labelpad=2)
    plotted(below, "frame")


def _patterns(
    figure: Figure,
    grid: GridSpec,
    stack: PowderStack,
    axis: NDArray[np.float64],
    intensity: NDArray[np.float32],
) -> None:
    """First and last pattern, each over the truth."""
    axes = figure.add_subplot(grid[1, 1])
    last = stack.n_frame - 1
    for frame, colour, label in ((0, "#1f4e79", "first frame"), (last, ACCENT, "last frame")):
        truth = true_pattern(stack, axis, frame)
        name = "truth" if frame == 0 else None
        axes.plot(axis, truth, color="0.75", lw=3.5, label=name)
        axes.plot(axis, intensity[frame], color=colour, lw=1, label=label)
    panel_title(axes, "First and last pattern [counts per pixel], over the truth")
    axes.margins(x=0)
    plotted(axes, _TWO_THETA)
    axes.legend(frameon=False, fontsize=9.5, ncols=3, loc="upper right")
