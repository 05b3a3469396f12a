"""``daisy demo powder``: frames of a powder that is heated, integrated like any others."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daisy_kernel.cli.terminal import console, duration, short_path, show, write_json

if TYPE_CHECKING:
    from daisy_kernel.cli.demo_powder_errors import PowderErrors

FRAMES, GEOMETRY, PATTERNS, PICTURE = (
    "frames_master.h5", "frames.poni", "patterns.h5", "powder.png",
)  # fmt: skip
_HALF_WINDOW = 1.4
"""Part of the pattern in which a line is fitted, on each side [full widths at half maximum]: the
lines move by less than half of that; with 1.7, the closest neighbours pull by 0.0003 degrees."""


def demo_powder(folder: Path, *, as_json: bool) -> None:
    """Simulate, integrate, fit, compare, draw.

    Parameters
    ----------
    folder
        Where the files go.
    as_json
        Whether to say what came out as one line of JSON.
    """
    # Late: numba, h5py and matplotlib take a second.
    from daisy_kernel.cli.demo_frames import is_demo_stack, write_stack
    from daisy_kernel.cli.demo_powder_errors import measure
    from daisy_kernel.cli.demo_powder_figure import draw
    from daisy_kernel.cli.outcome import followed, summary
    from daisy_kernel.cli.start import open_session, start_run
    from daisy_kernel.simulate import CERIA_LINES, demo_stack

    frames, geometry, patterns, picture = (
        folder / name for name in (FRAMES, GEOMETRY, PATTERNS, PICTURE)
    )
    # A second demo replaces the first; frames of the user are never touched.
    overwrite = is_demo_stack(frames)
    began = time.monotonic()
    stack = demo_stack()
    write_stack(stack, frames, geometry, overwrite=overwrite)
    simulated = time.monotonic()
    session = open_session()
    inputs = {
        "scan": str(frames), "geometry": str(geometry), "output": str(patterns), "bins": 800,
        "radial_min": 3.0, "radial_max": 24.0, "polarization": stack.polarization,
        # The truth is that of the middles of the pixels; sharing them would widen the lines.
        "splitting": "no",
    }  # fmt: skip
    run = start_run(session, "powder", inputs=inputs, options={"overwrite": overwrite})
    record = followed(run)
    integrated = time.monotonic()
    names = {"input_dataobj": "patterns", "axis_dataobj": "radial_axis"}
    session.engine["FindPeaks"].execute(**names, output_dataobj="peaks", n_peak=len(CERIA_LINES))
    session.engine["FitPeaks"].execute(
        **names, peaks_dataobj="peaks", half_window=_HALF_WINDOW * float(session["peak_width"][...])
    )
    fitted = time.monotonic()
    axis, intensity, sigma, places = (
        session[name][...] for name in ("radial_axis", "patterns", "sigma", "peak_positions")
    )
    errors = measure(stack, axis, intensity, sigma, places)
    draw(stack, axis, intensity, places, errors, path=picture, overwrite=overwrite)
    seconds = {
        "simulate": simulated - began,
        "integrate": integrated - simulated,
        "fit": fitted - integrated,
        "compare": time.monotonic() - fitted,
    }
    if as_json:
        answer = summary(record, seconds["integrate"])
        answer |= {"errors": errors.as_json(), "picture": str(picture)}
        write_json({**answer, "scan": str(frames), "geometry": str(geometry)})
    else:
        _print(stack, errors, seconds, (frames, geometry, patterns, picture))


def _print(
    stack: Any, errors: PowderErrors, seconds: dict[str, float], files: tuple[Path, ...]
) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    facts = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 0))
    facts.add_column(style="bold")
    size = f"{stack.n_frame} frames of {stack.n_row} × {stack.n_col} pixels"
    for name, file in zip(("frames", "geometry", "patterns", "picture"), files, strict=True):
        facts.add_row(name, Text(short_path(file) + (f"  ({size})" if name == "frames" else "")))
    facts.add_row("", "")
    facts.add_row(
        "lines",
        f"{errors.lines_fitted} of {errors.lines_there} fitted; off by {errors.lines_deg:.5f}° "
        f"RMS, {errors.lines_worst_deg:.5f}° at worst",
    )
    facts.add_row(
        "lattice",
        f"grows by {errors.growth:.4%}, true {stack.expansion:.4%}; off by "
        f"{1e6 * errors.lattice:.0f} ppm RMS",
    )
    facts.add_row(
        "intensity",
        f"off by {errors.in_sigmas:.3f} of its standard errors RMS, {errors.in_sigmas_worst:.1f} "
        f"at worst (all {stack.n_frame} × {errors.n_bin} bins)",
    )
    facts.add_row(
        "time",
        f"{duration(seconds['integrate'])} to integrate, {duration(seconds['fit'])} to fit, "
        f"{duration(seconds['simulate'])} to simulate",
    )
    show(facts)
    out.print(
        "\nErrors are against the pattern that the frames were simulated from; standard errors "
        "that are right give 1.",
        style="dim",
        markup=False,
    )
    out.print("Next: 'daisy lab' opens JupyterLab with the example notebooks.", style="bold green")
