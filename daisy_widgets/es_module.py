"""One ES module out of several files: anywidget hands the browser a single one."""

from __future__ import annotations

import re
from pathlib import Path

_IMPORT = re.compile(r"^import \{[^}]*\} from '\./([^']+)';\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=class |const |function )", re.MULTILINE)


def es_module(path: Path) -> str:
    """A module with all that it imports, directly or not, in front of it.

    The files stay modules that a browser or an editor can take as they are: they import by name
    from files beside them, and export classes, constants and functions. Names must differ across
    the files; only the last one may have a default export.
    """
    return "\n".join(_parts(path, seen=set()))


def _parts(path: Path, seen: set[Path]) -> list[str]:
    if path in seen:
        return []
    seen.add(path)
    text = path.read_text(encoding="utf-8")
    imported = [part for name in _IMPORT.findall(text) for part in _parts(path.parent / name, seen)]
    return [*imported, _EXPORT.sub("", _IMPORT.sub("", text))]
