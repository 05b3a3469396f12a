"""The facility's settings: one TOML file, every entry optional."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import platformdirs

from daisy_kernel.errors import FileProblem, InvalidParameter

_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


@dataclass(frozen=True)
class Configuration:
    """What is in force."""

    run_directory: Path
    """Where runs are recorded."""
    data_roots: tuple[Path, ...] = ()
    """Folders that remote callers may use; empty: only the working folder."""
    memory: str | None = None
    """Default budget, such as "8GB"."""
    threads: int | None = None
    workflow_folders: tuple[Path, ...] = ()
    """Further folders with ``*.daisy.json`` documents."""
    profile_directory: Path = Path()
    """Where scan profiles are saved."""
    profiles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Scan profiles of the facility, which nobody changes from elsewhere."""
    spark: Mapping[str, Any] = field(default_factory=dict)
    """Where the Spark engine computes; read by it."""
    source: str = "defaults"
    """Which file said so."""

    @property
    def memory_bytes(self) -> int | None:
        """`memory` as a number."""
        return None if self.memory is None else parse_size(self.memory)


def read_configuration() -> Configuration:
    """The configuration: ``$DAISY_CONFIG``, else the user's ``daisy/config.toml``, else defaults.

    ``$DAISY_RUNS`` overrides the run directory.

    Raises
    ------
    FileProblem
        If the file named by ``$DAISY_CONFIG`` is missing or is no TOML.
    InvalidParameter
        For an entry that does not exist or has the wrong type.
    """
    named = os.environ.get("DAISY_CONFIG")
    path = Path(named) if named else platformdirs.user_config_path("daisy") / "config.toml"
    configuration = Configuration(
        platformdirs.user_state_path("daisy") / "runs",
        profile_directory=path.absolute().parent / "profiles",
    )
    if path.exists():
        configuration = _parse(path, configuration)
    elif named:
        raise FileProblem(f"$DAISY_CONFIG names {path}, which does not exist: mend or unset it.")
    runs = os.environ.get("DAISY_RUNS")
    return replace(configuration, run_directory=Path(runs)) if runs else configuration


def parse_size(text: str | int) -> int:
    """A number of bytes: '4GB', '500 MB', 2000000000.

    Raises
    ------
    InvalidParameter
        If it is not a positive size.
    """
    cleaned = str(text).strip().removesuffix("B").removesuffix("b").strip()
    unit = cleaned[-1:].upper() if cleaned[-1:].isalpha() else ""
    unit = {"K": "k"}.get(unit, unit)
    number = cleaned[: len(cleaned) - len(unit)]
    try:
        size = int(float(number) * _UNITS[unit])
    except (ValueError, KeyError, OverflowError):
        size = 0
    if size <= 0:
        raise InvalidParameter(f"{text!r} is not a size: write it like 500MB or 4GB.")
    return size


def _parse(path: Path, defaults: Configuration) -> Configuration:
    try:
        entries: dict[str, Any] = tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise FileProblem(f"The configuration {path} cannot be read: {error}.") from error
    known = [f.name for f in fields(Configuration) if f.name != "source"]
    values: dict[str, Any] = {"source": str(path)}
    for name, value in entries.items():
        if name not in known:
            raise InvalidParameter(f"{path}: unknown entry {name!r}; known: {', '.join(known)}.")
        if name in ("data_roots", "workflow_folders"):
            values[name] = tuple(Path(p).expanduser() for p in value)
        elif name in ("run_directory", "profile_directory"):
            values[name] = Path(value).expanduser()
        elif name == "spark" and not isinstance(value, dict):
            raise InvalidParameter(f"{path}: write the settings for Spark as a table, [spark].")
        elif name == "profiles" and not _is_table_of_tables(value):
            raise InvalidParameter(f"{path}: write a scan profile as a table, [profiles.NAME].")
        else:
            values[name] = value
    if "memory" in values:
        parse_size(values["memory"])
    return replace(defaults, **values)


def _is_table_of_tables(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(entry, dict) for entry in value.values())
