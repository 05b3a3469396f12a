"""Folders and files as the rows of a scan opener's lists, in words."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from daisy_kernel.session.display import shape_in_words, size_in_words
from daisy_widgets.opener_model import ROLES, Opened

Row = dict[str, Any]
_BY_DIMENSIONS: dict[int, tuple[str, ...]] = {
    3: ("projections", "flats", "darks"),
    2: ("flats", "darks"),
    1: ("angles", "image_key"),
}
"""What numbers in so many dimensions can mean."""
_OF_ONE_NUMBER = ("energy", "pixel_size")
_FEWEST_IMAGES = 2
"""Images that make a folder a stack."""


def folder_rows(folder: Mapping[str, Any], now: float) -> list[Row]:
    """The entries of a folder, as ``files.list`` tells them.

    Parameters
    ----------
    folder
        The reply.
    now
        Seconds since 1970-01-01 UTC: what is of today is told by its time.

    Returns
    -------
    rows
        `name`, `path`, `kind`, `size`, `when`; a folder of images begins with itself, of the kind
        "stack".
    """
    entries = folder["entries"]
    place = "" if folder["path"] == "/" else folder["path"]
    rows = [
        {
            "name": entry["name"],
            "path": f"{place}/{entry['name']}",
            "kind": entry["kind"],
            "size": "" if entry["size"] is None else size_in_words(entry["size"]),
            "when": "" if entry["modified"] is None else day_in_words(entry["modified"], now),
        }
        for entry in entries
    ]
    images = sum(entry["kind"] == "image" for entry in entries)
    if images < _FEWEST_IMAGES:
        return rows
    all_of_them = f"{images} images" if folder["total"] == len(entries) else "all images"
    name = f"This folder: {all_of_them}"
    stack = {"name": name, "path": folder["path"], "kind": "stack", "size": "", "when": ""}
    return [stack, *rows]


def folder_note(folder: Mapping[str, Any]) -> str:
    """What is left out of a long folder, or that there is nothing."""
    shown, total = len(folder["entries"]), folder["total"]
    if not folder["complete"]:
        return f"A very large folder: {shown} of its names are shown, give a filter."
    if shown < total:
        return f"The first {shown} of {total}: give a filter."
    return "" if total else "Nothing here."


def node_rows(opened: Opened) -> list[Row]:
    """Groups and datasets of a file.

    Returns
    -------
    rows
        `path`, `name`, `depth`, `kind`, `shape`, `dtype`, `value`, `problem`; `role`: what it
        means; `roles`: what it could mean; `is_seen`: whether there is something to look at.
    """
    role_of = {value: role for role, value in opened.parts.items() if isinstance(value, str)}
    return [_node_row(node, role_of.get(node["path"], "")) for node in opened.info["nodes"]]


def day_in_words(seconds: float, now: float) -> str:
    """Local time of today, day of this year, else the date."""
    then, today = time.localtime(seconds), time.localtime(now)
    if then[:3] == today[:3]:
        return time.strftime("%H:%M", then)
    if then.tm_year == today.tm_year:
        return f"{then.tm_mday} {time.strftime('%b', then)}"
    return time.strftime("%Y-%m-%d", then)


def _node_row(node: Mapping[str, Any], role: str) -> Row:
    path, shape = node["path"], node["shape"]
    is_data = node["kind"] == "dataset" and shape is not None and node["dtype"] != "text"
    return {
        "path": path,
        "name": path.rpartition("/")[2],
        "depth": path.count("/") - 1,
        "kind": node["kind"],
        "shape": shape_in_words(shape) if is_data and not node["value"] else "",
        "dtype": node["dtype"] if is_data else "",
        "value": f"{node['value']} {node['unit']}".strip() if node["value"] else "",
        "problem": node["problem"],
        "role": role,
        "roles": _possible(shape, role) if is_data else [],
        "is_seen": is_data and 0 not in shape,
    }


def _possible(shape: Sequence[int], role: str) -> list[str]:
    found = {role, *_BY_DIMENSIONS.get(len(shape), ())}
    if all(n == 1 for n in shape):
        found.update(_OF_ONE_NUMBER)
    return [name for name in ROLES if name in found]
