"""Scan profiles by name: those of the facility's configuration, and those saved in a folder."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from daisy_kernel.contracts.protocol_files import ProfileInfo
from daisy_kernel.contracts.scan_profile import ScanProfile
from daisy_kernel.errors import FileProblem, InvalidParameter, OutputExists, UnknownName
from daisy_kernel.formats.atomic import atomic_file

MOST_PROFILES = 500
"""In one folder."""
MOST_BYTES = 100_000
"""Of one file."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+-]{0,59}(?<![ .])")
_PROFILE = TypeAdapter(ScanProfile)
_ENDING = ".json"


class ProfileFolder:
    """Profiles by name.

    Parameters
    ----------
    folder
        Where they are saved, one small JSON file each; need not exist.
    fixed
        Those of the facility, which cannot be changed here.
    """

    def __init__(self, folder: Path, fixed: Mapping[str, Mapping[str, Any]]):
        self._folder, self._fixed = folder, fixed

    def all(self) -> list[ProfileInfo]:
        """Every profile, the facility's first; one that cannot be used says why."""
        return [self._told(name) for name in self._names()]

    def find(self, named: str) -> ScanProfile:
        """A profile by its name, or written out as a JSON object.

        Raises
        ------
        UnknownName
            If there is none of this name; lists the nearest.
        InvalidParameter
            If what is written is no profile.
        FileProblem
            If its file cannot be read.
        """
        if named.lstrip().startswith("{"):
            return parse_profile(_parsed(named, "The profile"), "The profile")
        if named in self._fixed:
            return parse_profile(self._fixed[named], f"The profile {named!r} of the configuration")
        if named not in self._names():
            raise UnknownName("scan profile", named, self._names())
        return self._read(self._folder / f"{named}{_ENDING}")

    def save(self, name: str, profile: ScanProfile, *, overwrite: bool) -> ProfileInfo:
        """Keep a profile.

        Raises
        ------
        InvalidParameter
            If the name cannot be that of a profile, or is one of the facility's.
        OutputExists
            If there is another one of this name and it may not be replaced.
        FileProblem
            If the folder cannot be written.
        """
        self._require_own(name)
        file = self._folder / f"{name}{_ENDING}"
        if file.exists() and not overwrite and self._read_or_none(file) != profile:
            raise OutputExists(
                f"There is a scan profile {name!r} already: choose another name, or replace it."
            )
        if len(self._saved()) >= MOST_PROFILES and not file.exists():
            raise FileProblem(
                f"{self._folder} holds {MOST_PROFILES} scan profiles already: delete some."
            )
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileProblem(
                f"The scan profile {name!r} cannot be saved in {self._folder} "
                f"({error.strerror or error}): make the folder writable, or have the facility set "
                "profile_directory in its configuration."
            ) from error
        with atomic_file(file, overwrite=True) as part:
            text = json.dumps(profile_as_json(profile), indent=2) + "\n"
            part.write_text(text, encoding="utf-8")
        return ProfileInfo(name, profile, fixed=False, problem="")

    def delete(self, name: str) -> None:
        """Forget a saved profile.

        Raises
        ------
        UnknownName
            If there is none of this name.
        InvalidParameter
            If it is one of the facility's.
        """
        self._require_own(name)
        if name not in self._saved():
            raise UnknownName("scan profile", name, self._names())
        (self._folder / f"{name}{_ENDING}").unlink(missing_ok=True)

    def _names(self) -> list[str]:
        return [*self._fixed, *(name for name in self._saved() if name not in self._fixed)]

    def _saved(self) -> list[str]:
        files = sorted(self._folder.glob(f"*{_ENDING}")) if self._folder.is_dir() else []
        return [file.stem for file in files[:MOST_PROFILES] if _NAME.fullmatch(file.stem)]

    def _told(self, name: str) -> ProfileInfo:
        is_fixed = name in self._fixed
        try:
            return ProfileInfo(name, self.find(name), is_fixed, problem="")
        except (InvalidParameter, FileProblem) as problem:
            return ProfileInfo(name, None, is_fixed, str(problem))

    def _require_own(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise InvalidParameter(
                f"A scan profile cannot be called {name!r}: use up to 60 letters, digits, spaces, "
                "'.', '-', '+' and '_', a letter or digit first."
            )
        if name in self._fixed:
            raise InvalidParameter(
                f"The scan profile {name!r} is of the facility's configuration: choose another "
                "name, or have the facility change it."
            )

    def _read(self, file: Path) -> ScanProfile:
        place = f"The scan profile {file}"
        try:
            if file.stat().st_size > MOST_BYTES:
                raise InvalidParameter(f"{place} has more than {MOST_BYTES} bytes: save it again.")
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise FileProblem(f"{place} cannot be read ({error}): save it again.") from error
        return parse_profile(_parsed(text, place), place)

    def _read_or_none(self, file: Path) -> ScanProfile | None:
        try:
            return self._read(file)
        except (InvalidParameter, FileProblem):
            return None


def parse_profile(values: Any, place: str) -> ScanProfile:
    """A profile from JSON or TOML values.

    Parameters
    ----------
    values
        Field of `ScanProfile` -> value.
    place
        Where they stand, for the error.

    Raises
    ------
    InvalidParameter
        If they are no profile; names the first wrong entry.
    """
    try:
        return _PROFILE.validate_python(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        entry = ".".join(map(str, first["loc"][:1])) or "everything"
        known = ", ".join(ScanProfile.__dataclass_fields__)
        raise InvalidParameter(
            f"{place} cannot be used: {entry}: {first['msg']}. It has {known}; datasets are "
            'written like "/entry/data".'
        ) from error


def profile_as_json(profile: ScanProfile) -> dict[str, Any]:
    """The entries of a profile that say something, as JSON values."""
    values: dict[str, Any] = _PROFILE.dump_python(profile, mode="json")
    return {name: value for name, value in values.items() if value is not None}


def _parsed(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InvalidParameter(f"{place} is no JSON ({error}): save it again.") from error
