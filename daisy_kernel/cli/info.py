"""``daisy info``: what is in a file."""

from __future__ import annotations

import shlex
from typing import Any

from daisy_kernel.cli.parser import Parser
from daisy_kernel.cli.terminal import complain, console, show, write_json

_SHOWN = {
    "pixel_size_m": (1e6, "um"), "pixel_size_x_m": (1e6, "um"), "pixel_size_y_m": (1e6, "um"),
    "distance_m": (1e3, "mm"), "wavelength_m": (1e10, "angstrom"),
}  # fmt: skip
"""By what to multiply to get the unit in which people think."""
_UNITS = {"_kev": "keV", "_px": "pixels", "_s": "s"}


def info(words: list[str]) -> int:
    """Describe a file; 1 if it is a scan that cannot be used."""
    parser = Parser("daisy info", description="What is in a file, as Daisy understands it.")
    parser.add_argument(
        "file", metavar="FILE", help="HDF5 file, images, or a folder or pattern of images"
    )
    parser.add_argument(
        "--profile", metavar="NAME", help="scan profile: its name, or written out as JSON"
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    values = parser.parse_all(words)
    from daisy_kernel.configuration import read_configuration
    from daisy_kernel.formats import ProfileFolder, describe_file, read_provenance

    configuration = read_configuration()
    profiles = ProfileFolder(configuration.profile_directory, configuration.profiles)
    named = values["profile"]
    description = describe_file(
        values["file"],
        profile=None if named is None else profiles.find(named),
        data_roots=configuration.data_roots,
    )
    if description.get("provenance"):
        description["made"] = read_provenance(values["file"])
    if values["json"]:
        write_json(description)
    else:
        _print(description, named)
    for warning in description.get("warnings", ()):
        complain(f"warning: {warning}")
    if "problem" in description:
        complain(description["problem"])
        return 1
    return 0


def _print(description: dict[str, Any], named: str | None) -> None:
    from rich.table import Table
    from rich.text import Text

    rows = [("file", description["file"]), ("format", description["format"])]
    if "projections" in description:
        rows += _scan(description)
    elif "frames" in description:
        rows += _frames(description)
    else:
        rows += _contents(description)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    for name, text in rows:
        table.add_row(name, Text(str(text)))
    out = console()
    show(table)
    if "datasets" in description:
        show(_datasets(description["datasets"]))
    if "projections" in description and "problem" not in description:
        out.print(f"\nNext: {_next(description, named)}", style="dim", markup=False, soft_wrap=True)


def _next(description: dict[str, Any], named: str | None) -> str:
    files = f"--scan {shlex.quote(description['file'])} --output reco.h5"
    if named is not None:
        files += f" --profile {shlex.quote(named)}"
    if description["flats"]:
        return f"daisy run tomography {files}"
    return (
        f"daisy run tomography {files} --flats FILE; or, if these are line integrals already, "
        f"daisy run tomography-attenuation {files}"
    )


def _scan(description: dict[str, Any]) -> list[tuple[str, str]]:
    n_angle, n_row, n_col = description["projections"]["shape"]
    kind = description["projections"]["dtype"]
    rows = [("projections", f"{n_angle} angles × {n_row} rows × {n_col} columns, {kind}")]
    for name in ("flats", "darks"):
        frames = description[name]
        rows.append((name, f"{frames['shape'][0]} frames" if frames else "none"))
    angles = description["angles"]
    rows.append(("angles", f"{angles['first_deg']:.6g} to {angles['last_deg']:.6g} degrees"))
    return rows + _metadata(description["metadata"])


def _frames(description: dict[str, Any]) -> list[tuple[str, str]]:
    n_frame, n_row, n_col = description["frames"]["shape"]
    kind = description["frames"]["dtype"]
    masked = description["mask"]
    rows = [
        ("frames", f"{n_frame} frames × {n_row} rows × {n_col} columns, {kind}"),
        ("mask", "none" if masked is None else f"{masked} pixels left out"),
    ]
    rows += [(name, "in the file") for name in ("dark", "flat") if description[name]]
    return rows + _metadata(description["metadata"])


def _metadata(metadata: dict[str, Any]) -> list[tuple[str, str]]:
    rows = []
    for name, value in metadata.items():
        ending = next((ending for ending in _UNITS if name.endswith(ending)), None)
        if name in _SHOWN:
            scale, unit = _SHOWN[name]
            text = f"{scale * value:.6g} {unit}"
        elif ending is not None:
            text = f"{value:.6g} {_UNITS[ending]}"
        else:
            text = f"{value:.10g}" if isinstance(value, float) else str(value)
        known = name in _SHOWN or ending is not None
        rows.append(((name.rpartition("_")[0] if known else name).replace("_", " "), text))
    return rows


def _contents(description: dict[str, Any]) -> list[tuple[str, str]]:
    rows = []
    if description.get("definition"):
        rows.append(("definition", description["definition"]))
    made = description.get("made")
    if made:
        rows.append(
            ("made by", f"workflow {made.get('workflow', '?')}, run {made.get('run', '?')}")
        )
        rows.append(("made on", made.get("date", "?")))
        given = {n: v for n, v in made.get("inputs", {}).items() if v is not None}
        found = {n: v for n, v in made.get("parameters", {}).items() if n not in given}
        rows += [(f"  {name}", value) for name, value in {**given, **found}.items()]
    return rows


def _datasets(datasets: list[dict[str, Any]]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for heading in ("dataset", "shape", "type", "chunks"):
        table.add_column(heading, style="bold" if heading == "dataset" else "", no_wrap=True)
    for dataset in (d for d in datasets if d["dtype"] != "text"):
        cells = (
            dataset["path"],
            _shape(dataset["shape"]),
            dataset["dtype"],
            _shape(dataset["chunks"]),
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _shape(shape: list[int] | None) -> str:
    return "" if shape is None else " × ".join(map(str, shape)) or "one value"
