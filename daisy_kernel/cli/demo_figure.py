"""The picture of the demo: from counts to a slice, and how it compares with the truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from daisy_kernel.cli.demo_errors import Errors
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
from daisy_kernel.formats import atomic_file
from daisy_kernel.simulate import TomographyScan


def draw(
    scan: TomographyScan,
    volume: NDArray[np.float32],
    truth: NDArray[np.float32],
    errors: Errors,
    *,
    centre: float,
    path: Path,
    overwrite: bool,
) -> None:
    """Write the picture as PNG.

    Parameters
    ----------
    scan
        The simulated scan.
    volume, truth : (n_slice, n, n) [per pixel]
    errors
        Of the whole volume.
    centre
        The centre found [pixel].
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
        2, 3, figure, left=0.035, right=0.955, top=0.875, bottom=0.03, hspace=0.2, wspace=0.2,
        height_ratios=(0.9, 1),
    )  # fmt: skip
    headline(
        figure,
        "Daisy demo: a porous rock, scanned and reconstructed",
        f"{scan.n_angle} projections of {scan.n_row} × {scan.n_col} pixels at {scan.energy_kev:g} "
        f"keV    centre found at {centre:.2f}, true {scan.centre:.2f}    error in flat parts "
        f"{errors.flat / errors.attenuation:.1%} of the rock's value",
        left=0.035,
    )
    row = scan.n_row // 2
    _projections(figure, grid, scan)
    _sinogram(figure, grid, scan, row)
    _profile(figure, grid, volume[row], truth[row])
    _slices(figure, grid, scan, volume[row], truth[row])
    with atomic_file(path, overwrite=overwrite) as temporary:
        figure.savefig(temporary, format="png")


def _projections(figure: Figure, grid: GridSpec, scan: TomographyScan) -> None:
    """Counts, flat field and transmission under each other."""
    cell = grid[0, 0].subgridspec(3, 1, hspace=0.42)
    counts = scan.projections(slice(0, 1))[0].astype(np.float32)
    flat, dark = scan.flats().mean(axis=0), scan.darks().mean(axis=0)
    span = np.maximum(flat - dark, 1)
    shown = (
        ("One projection [counts]", counts),
        ("Beam without sample [counts]", flat),
        ("Transmission", (counts - dark) / span),
    )
    for place, (title, image) in enumerate(shown):
        axes = figure.add_subplot(cell[place])
        low, high = window(image)
        picture = axes.imshow(image, cmap="gray", aspect="equal", vmin=low, vmax=high)
        panel_title(axes, title)
        bare(axes)
        colourbar(figure, axes, picture)


def _sinogram(figure: Figure, grid: GridSpec, scan: TomographyScan, row: int) -> None:
    axes = figure.add_subplot(grid[0, 1])
    counts = np.concatenate(
        [
            scan.projections(slice(i, min(i + 64, scan.n_angle)))[:, row]
            for i in range(0, scan.n_angle, 64)
        ]
    )
    dark = scan.darks().mean(axis=0)[row]
    span = np.maximum(scan.flats().mean(axis=0)[row] - dark, 1)
    sinogram = -np.log(np.maximum((counts - dark) / span, 1e-3))
    low, high = window(sinogram)
    picture = axes.imshow(
        sinogram,
        cmap="gray",
        aspect="auto",
        extent=(-0.5, scan.n_col - 0.5, 180, 0),
        vmin=low,
        vmax=high,
    )
    axes.axvline(scan.centre, color=ACCENT, lw=1, ls=(0, (4, 3)))
    panel_title(axes, f"Sinogram of row {row}, rotation axis dashed")
    axes.set_xlabel("column [pixel]", fontsize=SMALL, labelpad=2)
    axes.set_ylabel("angle [degrees]", fontsize=SMALL, labelpad=0)
    axes.set_yticks(range(0, 181, 45))
    axes.tick_params(labelsize=SMALL, length=3)
    colourbar(figure, axes, picture)


def _profile(
    figure: Figure, grid: GridSpec, image: NDArray[np.float32], truth: NDArray[np.float32]
) -> None:
    axes = figure.add_subplot(grid[0, 2])
    y = image.shape[0] // 2
    axes.plot(1e3 * truth[y], color="0.15", lw=1.6, drawstyle="steps-mid", label="truth")
    axes.plot(1e3 * image[y], color=ACCENT, lw=1.1, label="reconstruction")
    panel_title(axes, "Profile between the red marks [10⁻³ per pixel]")
    axes.set_xlim(0, image.shape[1] - 1)
    highest = 1e3 * float(truth[y].max())
    axes.set_ylim(-0.15 * highest, 1.35 * highest)
    plotted(axes, "x [pixel]")
    axes.legend(frameon=False, fontsize=9.5, ncols=2, loc="upper right")


def _slices(
    figure: Figure,
    grid: GridSpec,
    scan: TomographyScan,
    image: NDArray[np.float32],
    truth: NDArray[np.float32],
) -> None:
    """Reconstruction, truth and difference, all in one scale of greys per unit."""
    low, high = -0.1 * scan.attenuation, 1.1 * float(np.percentile(truth, 99.8))
    third = (high - low) / 6
    shown = (
        ("Reconstructed slice [per pixel]", image, (low, high)),
        ("Truth [per pixel]", truth, (low, high)),
        ("Reconstruction − truth, three times the contrast", image - truth, (-third, third)),
    )
    for column, (title, picture, (bottom, top)) in enumerate(shown):
        axes = figure.add_subplot(grid[1, column])
        drawn = axes.imshow(picture, cmap="gray", vmin=bottom, vmax=top)
        panel_title(axes, title)
        bare(axes)
        if column == 0:
            y = image.shape[0] // 2
            axes.axhline(y, 0, 0.03, color=ACCENT, lw=2)
            axes.axhline(y, 0.97, 1, color=ACCENT, lw=2)
        _scale_bar(axes, scan.pixel_size_m, image.shape[1])
        colourbar(figure, axes, drawn)


def _scale_bar(axes: Axes, pixel_size_m: float, n_col: int) -> None:
    """The largest of 1, 2, 5, 10, ... micrometres that fills at most a quarter of the width."""
    room_um = 0.25 * n_col * pixel_size_m * 1e6
    length_um = max(m * 10**e for e in range(-3, 7) for m in (1, 2, 5) if m * 10**e <= room_um)
    width = length_um * 1e-6 / pixel_size_m
    left, top = 0.04 * n_col, 0.945 * n_col
    axes.add_patch(Rectangle((left, top), width, 0.012 * n_col, fc="white", ec="0.15", lw=0.6))
    text = f"{length_um / 1000:g} mm" if length_um >= 1000 else f"{length_um:g} µm"
    label = axes.text(
        left + width / 2, top - 0.014 * n_col, text, color="white", ha="center", fontsize=9.5
    )
    label.set_path_effects([withStroke(linewidth=2, foreground="0.15")])
