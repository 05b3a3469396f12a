"""``daisy demo``: a scan with a known truth, reconstructed like any other."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daisy_kernel.cli.terminal import console, duration, short_path, show, write_json

if TYPE_CHECKING:
    from daisy_kernel.cli.demo_errors import Errors

SCAN, VOLUME, PICTURE = "scan.h5", "reconstruction.h5", "demo.png"


def demo_tomography(folder: Path, *, as_json: bool) -> None:
    """Simulate, reconstruct, compare, draw.

    Parameters
    ----------
    folder
        Where the files go.
    as_json
        Whether to say what came out as one line of JSON.
    """
    # Late: numba, h5py and matplotlib take a second.
    from daisy_kernel.cli.demo_errors import measure
    from daisy_kernel.cli.demo_figure import draw
    from daisy_kernel.cli.demo_scan import is_demo_scan, write_scan
    from daisy_kernel.cli.outcome import followed, summary
    from daisy_kernel.cli.start import open_session, start_run
    from daisy_kernel.simulate import demo_scan

    scan_path, volume_path, picture = folder / SCAN, folder / VOLUME, folder / PICTURE
    # A second demo replaces the first; a scan of the user is never touched.
    overwrite = is_demo_scan(scan_path)
    began = time.monotonic()
    scan = demo_scan()
    write_scan(scan, scan_path, overwrite=overwrite)
    simulated = time.monotonic()
    session = open_session()
    run = start_run(
        session,
        "tomography",
        # The stripes of the simulated detector are one column wide; a wider window costs detail.
        inputs={"scan": str(scan_path), "output": str(volume_path), "stripes": 3},
        options={"overwrite": overwrite},
    )
    record = followed(run)
    reconstructed = time.monotonic()
    volume, truth = session["reco"][...], scan.truth()
    errors = measure(volume, truth, attenuation=scan.attenuation)
    draw(scan, volume, truth, errors, centre=record["values"]["center"], path=picture,
         overwrite=overwrite)  # fmt: skip
    seconds = {
        "simulate": simulated - began,
        "reconstruct": reconstructed - simulated,
        "compare": time.monotonic() - reconstructed,
    }
    if as_json:
        answer = summary(record, seconds["reconstruct"])
        answer |= {"true_center": scan.centre, "errors": errors.as_json(), "picture": str(picture)}
        write_json({**answer, "scan": str(scan_path)})
    else:
        _print(scan, record, errors, seconds, (scan_path, volume_path, picture))


def _print(
    scan: Any,
    record: dict[str, Any],
    errors: Errors,
    seconds: dict[str, float],
    files: tuple[Path, Path, Path],
) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    size = f"{scan.n_angle} angles × {scan.n_row} rows × {scan.n_col} columns"
    found = record["values"]["center"]
    facts = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 0))
    facts.add_column(style="bold")
    facts.add_row("scan", Text(f"{short_path(files[0])}  ({size})"))
    facts.add_row("volume", Text(short_path(files[1])))
    facts.add_row("picture", Text(short_path(files[2])))
    facts.add_row("", "")
    facts.add_row(
        "centre",
        f"{found:.2f}, true {scan.centre:.2f}: off by {abs(found - scan.centre):.2f} pixel",
    )
    for name, value in (("error", errors.raw), ("  in flat parts", errors.flat)):
        facts.add_row(
            name,
            f"{value:.2e} per pixel RMS, {value / errors.attenuation:.1%} of the rock's value",
        )
    facts.add_row(
        "time",
        f"{duration(seconds['reconstruct'])} to reconstruct, "
        f"{duration(seconds['simulate'])} to simulate",
    )
    show(facts)
    out.print(
        f"\nErrors are against the exact sample, within {errors.within:g} of the circle that every "
        "angle sees.",
        style="dim",
        markup=False,
    )
    out.print("Next: 'daisy lab' opens JupyterLab with the example notebooks.", style="bold green")
