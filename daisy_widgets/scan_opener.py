"""A widget to find a scan among the kernel's files and to say what it means."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import anywidget
import traitlets

from daisy_kernel.errors import DaisyError, InvalidParameter
from daisy_kernel.session import Session, local_session
from daisy_kernel.session.display import size_in_words
from daisy_widgets.es_module import es_module
from daisy_widgets.jobs import Jobs
from daisy_widgets.notice import sentence
from daisy_widgets.opener_estimate import estimate
from daisy_widgets.opener_model import Json, Opened, OpenerModel, ScanChoice
from daisy_widgets.opener_rows import folder_note, folder_rows, node_rows
from daisy_widgets.scan_words import scan_facts

_STATIC = Path(__file__).parent / "static"
_PREVIEW_SIZE = 320
"""Longest side of a thumbnail, and points of a curve."""


class ScanOpener(anywidget.AnyWidget):
    """Browse the kernel's files, look at what a file holds, and choose a scan.

    Everything is asked of the session on a thread of its own, so the page never waits.

    Parameters
    ----------
    session
        Whose files they are; default, those of this notebook's kernel.
    on_chosen
        Called with every new choice, a `ScanChoice` or None; see `on_choice`.
    folder
        Where to begin; default, the kernel's folder.
    workflow, inputs
        For which memory, disk and time are told: its name, and inputs besides those of the scan.

    Attributes
    ----------
    choice : ScanChoice or None
        The scan that is open, if it can be used; `observe(..., "choice")` works.

    Examples
    --------
    >>> opener = ScanOpener(session)  # doctest: +SKIP
    >>> session.run("tomography", **opener.choice.inputs, output="reco.h5")  # doctest: +SKIP
    """

    _esm = es_module(_STATIC / "scan_opener.js")
    _css = "\n".join(
        (_STATIC / name).read_text(encoding="utf-8")
        for name in ("scan_opener.css", "opener_lists.css")
    )

    choice = traitlets.Any(None)
    folder = traitlets.Dict().tag(sync=True)
    recent: traitlets.List[Any] = traitlets.List().tag(sync=True)
    nodes: traitlets.List[Any] = traitlets.List().tag(sync=True)
    file = traitlets.Dict().tag(sync=True)
    profiles: traitlets.List[Any] = traitlets.List().tag(sync=True)
    needs: traitlets.List[Any] = traitlets.List().tag(sync=True)
    notice = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        session: Session | None = None,
        *,
        on_chosen: Callable[[ScanChoice | None], None] | None = None,
        folder: str | None = None,
        workflow: str = "tomography",
        inputs: Mapping[str, Any] | None = None,
    ):
        self._session = local_session() if session is None else session
        self._workflow, self._inputs = workflow, dict(inputs or {})
        self.model = OpenerModel(self._session)
        self.jobs = Jobs()
        super().__init__()
        if on_chosen is not None:
            self.on_choice(on_chosen)
        self.on_msg(self._hear)
        self._ask("start", self._look_around, self._see_places)
        self.go(folder)

    def on_choice(self, callback: Callable[[ScanChoice | None], None]) -> None:
        """Call `callback(choice)` whenever there is another choice, or none any more."""
        self.observe(lambda change: callback(change["new"]), "choice")

    def close(self) -> None:
        """End the widget."""
        self.jobs.close()
        super().close()

    def go(self, folder: str | None, wanted: str = "") -> None:
        """Show a folder, or those names in it that hold a text."""
        self._ask("folder", lambda: self.model.list_folder(folder, wanted), self._see_folder)

    def open_file(self, path: str) -> None:
        """Open a file, or a folder of images."""
        self.notice = {"kind": "busy", "text": f"Opening {PurePosixPath(path).name} …"}
        self._ask("file", lambda: self.model.open(path), self._see_file)

    def assign(self, role: str, value: str | float | None) -> None:
        """Say what a dataset of the open file means."""
        now = self._still_open()
        # A key for each role: of two clicks one after the other both count.
        self._ask(f"assign {role}", lambda: self.model.assigned(now(), role, value), self._see_file)

    def use_profile(self, name: str | None) -> None:
        """Understand the open file with a saved profile; None: as Daisy recognises it."""
        path = self._still_open()().info["path"]
        if name is None:
            self.open_as_recognised(path)
        else:
            self._ask("file", lambda: self.model.with_profile(path, name), self._see_file)

    def open_as_recognised(self, path: str) -> None:
        """Open a file without looking for a saved profile that fits it."""
        self._ask("file", lambda: self.model.recognised(path), self._see_file)

    def save_profile(self, name: str, *, overwrite: bool = False) -> None:
        """Keep the meaning of the open file as a profile."""
        now = self._still_open()
        self._ask(
            "save",
            lambda: self.model.saved(now(), name, overwrite=overwrite),
            lambda saved: self._see_saved(saved, name),
        )

    def delete_profile(self, name: str) -> None:
        """Forget a saved profile."""
        self._ask("save", lambda: self.model.delete(name), self._see_profiles)

    def _still_open(self) -> Callable[[], Opened]:
        """Gives, when it is asked, the file that is open now, as it is understood then.

        Raises
        ------
        InvalidParameter
            If none is open, or when it is asked, another one.
        """
        path = None if self.model.opened is None else self.model.opened.info["path"]

        def now() -> Opened:
            opened = self.model.opened
            if opened is None:
                raise InvalidParameter("No file is open: choose one first.")
            if opened.info["path"] != path:
                raise InvalidParameter(f"{path} is not open any more: choose it again.")
            return opened

        now()
        return now

    def _look_around(self) -> tuple[list[Json], list[str]]:
        return self.model.list_profiles(), self.model.recent_places()

    def _see_places(self, found: tuple[list[Json], list[str]]) -> None:
        profiles, self.model.recent = found
        self.recent = self.model.recent
        self._see_profiles(profiles)

    def _see_profiles(self, profiles: list[Json]) -> None:
        self.model.profiles = self.profiles = profiles

    def _see_folder(self, folder: Json) -> None:
        self.model.folder = folder
        self.folder = {
            "path": folder["path"],
            "above": folder["above"],
            "roots": folder["roots"],
            "rows": folder_rows(folder, time.time()),
            "note": folder_note(folder),
        }

    def _see_file(self, opened: Opened) -> None:
        self.model.opened = opened
        self.model.remember(str(PurePosixPath(opened.info["path"]).parent))
        self.recent = self.model.recent
        self.nodes = node_rows(opened)
        self.needs = []
        self.file = self._told(opened)
        self.notice = {}
        choice = self.choice = self.model.choice
        self.jobs.forget("needs")
        if choice is not None:
            self._ask(
                "needs",
                lambda: estimate(self._session, choice, self._workflow, self._inputs),
                lambda facts: setattr(self, "needs", facts),
            )

    def _see_saved(self, opened: Opened, name: str) -> None:
        self.profiles = self.model.profiles
        self._see_file(opened)
        self.notice = {"kind": "done", "text": f"Saved as profile “{name.strip()}”."}

    def _told(self, opened: Opened) -> Json:
        """The open file, as the page shows it."""
        description, size = opened.description, opened.info["size"]
        shown = len(opened.info["nodes"])
        unseen = [] if opened.info["complete"] else [f"Only the first {shown} datasets are listed."]
        return {
            "path": opened.info["path"],
            "size_in_words": size_in_words(size) if size else "",
            "format": description["format"],
            "facts": scan_facts(description),
            "has_tree": bool(opened.info["nodes"]),
            "warnings": [*description.get("warnings", []), *unseen],
            "parts": opened.parts,
            "is_corrected": opened.profile is not None,
            "profile": opened.name,
            "fitting": self.model.fitting(opened),
            "remark": opened.remark,
            "problem": opened.problem,
        }

    def _hear(self, _: Any, content: Json, buffers: Any) -> None:
        """Do what was done on the page."""
        kind = content.get("type")
        try:
            if kind == "go":
                self.go(content["path"], content.get("filter", ""))
            elif kind == "open":
                self.open_file(content["path"])
            elif kind == "assign":
                self._assign(content["role"], content["value"], content.get("scale"))
            elif kind == "profile":
                self.use_profile(content["name"])
            elif kind == "save":
                self.save_profile(content["name"], overwrite=content["overwrite"])
            elif kind == "delete":
                self.delete_profile(content["name"])
            elif kind == "preview":
                self._preview(content)
        except DaisyError as error:
            self._fail(error)

    def _assign(self, role: str, value: str | None, scale: float | None) -> None:
        """As `assign`; a number comes as it was typed, `scale` times what the profile has."""
        typed = (value or "").strip()
        if scale is None or typed.startswith("/"):
            self.assign(role, typed or None)
            return
        try:
            number = float(typed) / scale if typed else None
        except ValueError:
            number = math.nan
        if number is not None and not (math.isfinite(number) and number > 0):
            raise InvalidParameter(f"{typed!r} is no {role.replace('_', ' ')}: give a number.")
        self.assign(role, number)

    def _preview(self, asked: Json) -> None:
        path, dataset, index = asked["path"], asked["dataset"], asked.get("index")
        view = {"type": "preview", "path": path, "dataset": dataset}
        self.jobs.ask(
            "preview",
            lambda: self.model.preview(path, dataset, index, _PREVIEW_SIZE),
            lambda found: self.send({**view, **found[0]}, [found[1]]),
            lambda error: self.send({**view, "problem": sentence(error)}),
        )

    def _ask(self, key: str, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        self.jobs.ask(key, work, done, self._fail)

    def _fail(self, error: Exception) -> None:
        self.notice = {"kind": "error", "text": sentence(error)}
