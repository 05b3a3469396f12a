"""A widget that lists what can be added to a workflow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from daisy_widgets.es_module import es_module

_STATIC = Path(__file__).parent / "static"


class StepPalette(anywidget.AnyWidget):
    """Algorithms and workflows with a search.

    Parameters
    ----------
    algorithms
        Class -> JSON schema.
    workflows
        Name -> document.
    add
        Called with "algorithm", "workflow" or "file", and the name or path of what was chosen.
    """

    _esm = es_module(_STATIC / "palette.js")
    _css = (_STATIC / "palette.css").read_text(encoding="utf-8")

    items: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(
        self,
        algorithms: Mapping[str, Mapping[str, Any]],
        workflows: Mapping[str, Mapping[str, Any]],
        add: Callable[[str, str], None],
    ):
        listed = [
            {"name": name, "about": schema.get("description", ""), "kind": "algorithm"}
            for name, schema in sorted(algorithms.items(), key=lambda item: item[0].lower())
        ]
        listed += [
            {"name": name, "about": document.get("help", ""), "kind": "workflow"}
            for name, document in sorted(workflows.items())
        ]
        super().__init__(items=listed)
        self._add = add
        self.on_msg(self._take)

    def _take(self, _: Any, message: dict[str, Any], buffers: Any) -> None:
        asked = {"name": message.get("name"), "kind": message.get("kind")}
        if asked["kind"] == "file" or any(asked.items() <= item.items() for item in self.items):
            self._add(str(asked["kind"]), str(asked["name"]))
