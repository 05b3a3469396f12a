"""The settings of an integration as pyFAI keeps them: the JSON of pyFAI-integrate."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

from daisy_kernel.algorithms.diffraction.choices import ErrorModel, RadialUnit, Splitting
from daisy_kernel.errors import FileProblem, MissingLibrary
from daisy_kernel.formats import unique_keys

Range = tuple[float, float]

_PLAIN_METHODS = ("integrate1d", "integrate1d_ng", "integrate2d", "integrate2d_ng")
_FILE_KEYS = ("splinefile", "filename")


@dataclass(frozen=True)
class IntegrationFile:
    """What a file says about an integration; None where it leaves the choice."""

    poni: str
    """Where the detector is, as the text of a PONI file."""
    ntth: int | None = None
    npt_azim: int | None = None
    """None for patterns."""
    unit: RadialUnit | None = None
    radial_range: Range | None = None
    azimuth_range_deg: Range | None = None
    splitting: Splitting | None = None
    solid_angle: bool | None = None
    polarization_factor: float | None = None
    error_model: ErrorModel | None = None
    dummy: float | None = None
    delta_dummy: float | None = None
    normalization_factor: float = 1.0
    monitor_name: str | None = None
    """Of a number in the headers of the frames."""
    mask: Path | None = None
    darks: tuple[Path, ...] = ()
    """Whose mean is the dark."""
    flats: tuple[Path, ...] = ()
    is_integration: bool = False
    """Whether it says how to integrate, not only where the detector is."""
    remark: str | None = None
    """What users should know about it."""


def read_integration_json(text: str, path: Path, data_roots: Iterable[Path]) -> IntegrationFile:
    """What pyFAI's JSON of any version says.

    Parameters
    ----------
    text
        Its content.
    path
        Where it lies; the files that it names are looked for from there.
    data_roots
        Folders in which these may lie, beside that of the JSON.

    Raises
    ------
    FileProblem
        If pyFAI cannot read it, or it asks for what Daisy does not do: nothing of it is left out.
    """
    content = _loaded(text, path)
    if not isinstance(content, dict):
        raise FileProblem(f"{path} is no object in JSON: give what pyFAI-integrate has saved.")
    files = _Files(path, [path.parent, *data_roots])
    config = _of_this_version(content, path, files)
    refuse = _Refusal(path)
    refuse.unless(config.integrator_class == "AzimuthalIntegrator", config.integrator_class)
    method = config.integrator_method
    refuse.unless(
        method is None or method in _PLAIN_METHODS,
        f"the method {method}",
        "SigmaClip1D and MedianFilter1D do it, with a PONI file",
    )
    refuse.unless(not config.extra_options, f"extra options {config.extra_options}")
    refuse.unless(not config.chi_discontinuity_at_0, "azimuths from 0 to 360 degrees")
    refuse.unless(not config.polarization_offset, "a turned axis of polarisation")
    errors = _error_model(content, config, refuse)
    splitting = None if config.method is None else config.method.split
    refuse.unless(splitting in (None, *get_args(Splitting)), f"the splitting {splitting}")
    unit = None if config.unit is None else str(config.unit)
    # pyFAI takes a unit that it does not know for none.
    asked = unit or content.get("unit")
    refuse.unless(asked is None or unit in get_args(RadialUnit), f"the unit {asked}")
    factor = float(config.normalization_factor or 1)  # 0 and nothing are 1 there
    refuse.unless(0 < factor < math.inf, f"a division by {factor:g}")
    n_azimuthal = int(config.nbpt_azim or 1)
    return IntegrationFile(
        poni=_poni(config.poni.as_dict(), path),
        ntth=None if config.nbpt_rad is None else int(config.nbpt_rad),
        npt_azim=n_azimuthal if n_azimuthal > 1 else None,
        unit=cast("RadialUnit | None", unit),
        radial_range=_range(config.radial_range, "radial", refuse),
        azimuth_range_deg=_range(config.azimuth_range, "azimuth", refuse),
        splitting=cast("Splitting | None", splitting),
        # pyFAI 2026.9 forgets this word of version 4 and before.
        solid_angle=content.get("do_solid_angle", config.correct_solid_angle) is not False,
        polarization_factor=config.polarization_factor,
        error_model=errors,
        dummy=config.val_dummy,
        delta_dummy=config.delta_dummy,
        normalization_factor=factor,
        monitor_name=config.monitor_name or None,
        mask=files.one(config.mask_file),
        darks=files.all(config.dark_current),
        flats=files.all(config.flat_field),
        is_integration=True,
    )


def _loaded(text: str, path: Path) -> Any:
    try:
        return json.loads(text, object_pairs_hook=unique_keys(str(path), FileProblem))
    except RecursionError as error:
        raise FileProblem(f"{path} is nested too deeply: save it with pyFAI-integrate.") from error
    except ValueError as error:
        raise FileProblem(f"{path} is no JSON: {error}; save it with pyFAI-integrate.") from error


class _Refusal:
    """One line for what Daisy does not do."""

    def __init__(self, path: Path):
        self._path = path

    def unless(
        self, is_done: bool, what: str, instead: str = "change it in pyFAI-integrate"
    ) -> None:
        if not is_done:
            raise FileProblem(
                f"{self._path} asks for {what}, which Daisy does not do from a file: {instead}."
            )


class _Files:
    """The files that a JSON names, if they lie where files may be read."""

    def __init__(self, path: Path, folders: Iterable[Path]):
        self._path = path
        self._folders = [folder.resolve() for folder in folders]

    def one(self, name: Any) -> Path | None:
        if not name:
            return None
        if not isinstance(name, str):
            raise FileProblem(f"{self._path} names {name!r} where a file should be: mend it.")
        file = (self._path.parent / name).resolve()
        if not any(file.is_relative_to(folder) for folder in self._folders):
            raise FileProblem(
                f"{self._path} leads to {file}, outside of its folder and of data_roots: copy "
                "that file beside it, or name its folder in data_roots of Daisy's configuration."
            )
        if not file.is_file():
            raise FileProblem(f"{self._path} leads to {file}, which is not there: copy it too.")
        return file

    def all(self, names: Any) -> tuple[Path, ...]:
        listed = names if isinstance(names, list | tuple) else [names]
        found = (self.one(name) for name in listed)
        return tuple(file for file in found if file is not None)


def _of_this_version(content: dict[str, Any], path: Path, files: _Files) -> Any:
    """The WorkerConfig of pyFAI; it upgrades what older versions have written."""
    try:
        from pyFAI.io import integration_config  # late: it takes a second to import
    except ImportError as error:
        raise MissingLibrary("pyFAI is not installed: pip install pyFAI.") from error
    version = content.get("version", 1)
    newest = integration_config.CURRENT_VERSION
    if version not in range(1, newest + 1):
        raise FileProblem(
            f"{path} is of version {version!r}, but this pyFAI knows 1 to {newest}: update pyFAI."
        )
    _check_detector(content, path)
    if isinstance(content.get("poni"), str):  # version 1 and 2 name a file
        content = {**content, "poni": str(files.one(content["poni"]))}
    if not isinstance(content.get("unit"), str | None):
        raise FileProblem(f"{path} describes a unit of its own: choose one that pyFAI names.")
    known = integration_config.WorkerConfig
    try:
        upgraded = integration_config.normalize(content, do_raise=True)
        names = {field.name for field in integration_config.fields(known)}
        unknown = set(upgraded) - names - {*known.OPTIONAL, *known.GUESSED}
        config = known.from_dict(upgraded)
    except Exception as error:  # whatever is wrong in it, in whatever way
        raise FileProblem(
            f"pyFAI cannot read {path}: {type(error).__name__}: {error}; save it anew with "
            "pyFAI-integrate."
        ) from error
    unknown = {name for name in unknown if upgraded[name] not in (None, "", False)}
    if unknown:
        raise FileProblem(
            f"{path} says {', '.join(sorted(unknown))}, which pyFAI's azimuthal integration does "
            "not know: save it anew with pyFAI-integrate."
        )
    if config.poni is None or config.poni.dist is None:
        raise FileProblem(f"{path} does not say where the detector is: save it with a geometry.")
    return config


def _check_detector(content: Mapping[str, Any], path: Path) -> None:
    """No file is opened because a JSON says that it describes the detector."""
    poni = content.get("poni")
    for place in (content, poni if isinstance(poni, dict) else {}):
        described = place.get("detector_config") or {}
        if isinstance(described, str):
            described = json.loads(described)
        named = [v for part in (place, described) for k, v in part.items()
                 if k.lower() in _FILE_KEYS and v]  # fmt: skip
        detector = place.get("detector")
        if isinstance(detector, str) and Path(detector).exists():
            named.append(detector)
        if named:
            raise FileProblem(
                f"{path} describes the detector by the file {named[0]}, which is not opened: "
                "give a PONI file instead."
            )


def _error_model(content: Mapping[str, Any], config: Any, refuse: _Refusal) -> ErrorModel | None:
    from pyFAI.containers import ErrorModel as PyFAIErrors

    name = PyFAIErrors.parse(config.error_model).as_str()
    # pyFAI takes a model that it does not know for none.
    asked = content.get("error_model") if name == "no" else name
    if asked in (None, "", "no", 0):
        return None
    refuse.unless(name in get_args(ErrorModel), f"the error model {asked}")
    return cast("ErrorModel", name)


def _range(limits: Any, name: str, refuse: _Refusal) -> Range | None:
    ends = [math.inf if end is None else float(end) for end in limits or ()]
    finite = [end for end in ends if math.isfinite(end)]
    refuse.unless(len(finite) in (0, 2), f"a {name} range with one end, {limits}")
    return (min(finite), max(finite)) if finite else None


def _poni(keys: Mapping[str, Any], path: Path) -> str:
    """The text of a PONI file; the same for the same geometry."""
    if keys.get("parallax"):
        raise FileProblem(f"{path} asks for a correction of parallax, which Daisy does not do.")
    words = {"dist": "Distance"}
    lines = [
        f"{words.get(key, key.capitalize())}: "
        f"{json.dumps(value) if isinstance(value, dict) else value}"
        for key, value in keys.items()
    ]
    return "\n".join(lines) + "\n"
