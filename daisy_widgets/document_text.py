"""A workflow document as text that people read: one line per input, algorithm and step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_LISTED = ("inputs", "algorithms", "steps")


def document_text(content: Mapping[str, Any]) -> str:
    """A document as JSON, laid out as the predefined ones.

    Parameters
    ----------
    content
        JSON values.
    """
    parts = [f"  {_json(key)}: {_entry(key, value)}" for key, value in content.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _entry(key: str, value: Any) -> str:
    if key not in _LISTED or not value:
        return _json(value)
    if isinstance(value, dict):
        lines = [f"    {_json(name)}: {_json(entry)}" for name, entry in value.items()]
        return "{\n" + ",\n".join(lines) + "\n  }"
    if isinstance(value, list):
        return "[\n" + ",\n".join(f"    {_json(entry)}" for entry in value) + "\n  ]"
    return _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
