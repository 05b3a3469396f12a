"""What a scan opener knows and asks: folders, a file, its meaning, the profile. No widgets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from daisy_kernel.errors import DaisyError, InvalidParameter
from daisy_kernel.session import Session

ROLES = ("projections", "flats", "darks", "angles", "image_key", "energy", "pixel_size")
"""What a dataset can mean."""
MOST_RECENT = 6
Json = dict[str, Any]


@dataclass(frozen=True)
class ScanChoice:
    """A scan that can be used."""

    path: str
    """As the kernel sees it."""
    profile: str | None
    """Input `profile` of the workflows: a name, or a profile written out; None: not needed."""
    description: Mapping[str, Any] = field(compare=False)
    """As ``daisy info --json`` tells it."""

    @property
    def inputs(self) -> dict[str, str]:
        """What a workflow is given for it."""
        given = {"scan": self.path}
        return given if self.profile is None else {**given, "profile": self.profile}


@dataclass(frozen=True)
class Opened:
    """A file as it is understood."""

    info: Json
    """As ``files.describe`` tells it."""
    profile: Json | None = None
    """Role -> dataset or value, where they were put right; None: as Daisy recognises it."""
    name: str | None = None
    """Of the saved profile that says just this."""
    remark: str = ""
    """Why it is understood so, where nobody has asked for it."""

    @property
    def description(self) -> Json:
        """As ``daisy info --json`` tells it."""
        described: Json = self.info["description"]
        return described

    @property
    def parts(self) -> Json:
        """Role -> dataset or value, as the file is understood now."""
        if self.profile is not None:
            return self.profile
        parts: Json = self.description.get("parts", {})
        return parts

    @property
    def problem(self) -> str:
        """Why it is no scan that can be used, in a sentence."""
        if "projections" in self.description:
            return ""
        if self.description.get("problem"):
            return str(self.description["problem"])
        if self.profile is not None and "projections" not in self.profile:
            return "Say which dataset holds the projections."
        if "frames" in self.description:
            return "These are frames of a detector, not a scan."
        if self.description.get("provenance"):
            return "This is a result of Daisy, not a scan."
        return (
            "Daisy does not know this layout: look for the projections among its datasets and use "
            "them as that."
        )


class OpenerModel:
    """Asks the kernel of a session; what is asked is given back, and nothing is kept before `see`.

    Parameters
    ----------
    session
        Whose files they are.
    """

    def __init__(self, session: Session):
        self._session = session
        self.folder: Json | None = None
        self.profiles: list[Json] = []
        self.opened: Opened | None = None
        self.recent: list[str] = []

    @property
    def choice(self) -> ScanChoice | None:
        """The scan that is open, if it can be used."""
        opened = self.opened
        if opened is None or opened.problem:
            return None
        profile = None
        if opened.profile is not None:
            profile = opened.name or json.dumps(opened.profile, sort_keys=True)
        return ScanChoice(opened.info["path"], profile, opened.description)

    # --- what takes time: asks the kernel, changes nothing here ---

    def list_folder(self, path: str | None, wanted: str = "") -> Json:
        """A folder, as ``files.list`` tells it."""
        return self._call("files.list", path=path, filter=wanted)

    def recent_places(self) -> list[str]:
        """Folders of the scans of the latest runs, the newest first."""
        latest = self._call("runs.list", limit=2 * MOST_RECENT)["runs"]
        places: dict[str, None] = {}
        for run in latest:
            scan = self._call("run.describe", run=run["id"])["inputs"].get("scan")
            if isinstance(scan, str):
                places[str(PurePosixPath(scan.partition(":/")[0]).parent)] = None
        return list(places)[:MOST_RECENT]

    def list_profiles(self) -> list[Json]:
        """Every profile, as ``profiles.list`` tells it."""
        listed: list[Json] = self._call("profiles.list")["profiles"]
        return listed

    def open(self, path: str) -> Opened:
        """A file as Daisy recognises it, else with the one saved profile that fits it."""
        opened = self.recognised(path)
        if "projections" in opened.description or not opened.info["nodes"]:
            return opened
        fitting = self.fitting(opened)
        if len(fitting) != 1:
            return opened
        try:
            return self.with_profile(path, fitting[0], "the only one that fits it")
        except DaisyError:
            return opened

    def recognised(self, path: str) -> Opened:
        """A file as Daisy recognises it, whatever profiles there are."""
        return Opened(self._call("files.describe", path=path))

    def with_profile(self, path: str, name: str, reason: str = "") -> Opened:
        """A file understood with a saved profile."""
        entries = self._profile(name)
        info = self._call("files.describe", path=path, profile=name)
        remark = f"Read with the profile “{name}”, {reason}." if reason else ""
        return Opened(info, entries, name, remark)

    def assigned(self, opened: Opened, role: str, value: str | float | None) -> Opened:
        """A file with another meaning of a dataset, or another value.

        Parameters
        ----------
        opened
            As it is understood now.
        role
            One of `ROLES`, or "angle_unit".
        value
            A dataset, which loses its other meaning; a number; None: there is none.
        """
        kept = {name: old for name, old in opened.parts.items() if name != role and old != value}
        profile = kept if value is None else {**kept, role: value}
        if "angles" not in profile:
            profile.pop("angle_unit", None)
        return self.understood(opened, profile)

    def understood(self, opened: Opened, profile: Json) -> Opened:
        """A file with another profile; it may lack something yet."""
        path = opened.info["path"]
        if "projections" not in profile:
            described = {"file": path, "format": "HDF5", "parts": {}}
            return Opened({**opened.info, "description": described}, profile)
        info = self._call("files.describe", path=path, profile=profile)
        return Opened(info, profile, self._name_of(profile))

    def saved(self, opened: Opened, name: str, *, overwrite: bool) -> Opened:
        """A file whose meaning is kept as a profile for the next ones."""
        profile = opened.parts if opened.profile is None else opened.profile
        if "projections" not in profile:
            raise InvalidParameter("Say which dataset holds the projections, then save.")
        self._call("profiles.save", name=name.strip(), profile=profile, overwrite=overwrite)
        self.profiles = self.list_profiles()
        return Opened(opened.info, profile, name.strip())

    def delete(self, name: str) -> list[Json]:
        """Forget a saved profile; gives those that are left."""
        self._call("profiles.delete", name=name)
        return self.list_profiles()

    def preview(self, path: str, dataset: str | None, index: int | None, size: int) -> Any:
        """One image or curve: what ``files.preview`` tells, and the bytes beside it."""
        asked = {"path": path, "dataset": dataset, "index": index, "max_size": size}
        told, buffers = self._session.transport.call("files.preview", asked)
        return told, bytes(buffers[0])

    # --- what is known ---

    def fitting(self, opened: Opened) -> list[str]:
        """Names of the saved profiles all of whose datasets are in a file."""
        there = {node["path"] for node in opened.info["nodes"] if node["kind"] == "dataset"}
        return [
            told["name"]
            for told in self.profiles
            if told["profile"] is not None
            and all(
                value in there
                for value in told["profile"].values()
                if isinstance(value, str) and value.startswith("/")
            )
        ]

    def remember(self, folder: str) -> None:
        """A folder in which a scan was opened comes first among the recent ones."""
        others = [place for place in self.recent if place != folder]
        self.recent = [folder, *others][:MOST_RECENT]

    def _profile(self, name: str) -> Json:
        told = next((p for p in self.profiles if p["name"] == name), None)
        if told is None or told["profile"] is None:
            self.profiles = self.list_profiles()
            told = next((p for p in self.profiles if p["name"] == name), None)
        if told is None:
            raise InvalidParameter(f"There is no profile {name!r} any more: choose another one.")
        if told["profile"] is None:
            raise InvalidParameter(told["problem"])
        return _entries(told["profile"])

    def _name_of(self, profile: Json) -> str | None:
        same = (p for p in self.profiles if p["profile"] and _entries(p["profile"]) == profile)
        return next((p["name"] for p in same), None)

    def _call(self, operation: str, **arguments: Any) -> Json:
        return self._session.transport.call(operation, arguments)[0]


def _entries(profile: Mapping[str, Any]) -> Json:
    """Those that say something."""
    return {name: value for name, value in profile.items() if value is not None}
