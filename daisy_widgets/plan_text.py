"""What a run would do or has found, as HTML in the theme's colours."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from daisy_kernel.session.display import shape_in_words, size_in_words


def html_plan(plan: Mapping[str, Any]) -> str:
    """Steps and files of a plan, as ``workflow.check`` tells them; see `needs_in_words`."""
    items = "".join(f"<li>{escape(item['text'])}</li>" for item in plan["items"])
    lines = []
    for output in plan["outputs"]:
        shape = f"{shape_in_words(output['shape'])} " if output["shape"] else ""
        lines.append(f"Writes {output['path']} {output['dataset']}: {shape}{output['dtype']}.")
    return f"<ol>{items}</ol>" + "".join(f"<p>{escape(line)}</p>" for line in lines)


def needs_in_words(plan: Mapping[str, Any]) -> str:
    """Memory and disk of a plan in one sentence."""
    disk = f", disk {size_in_words(plan['disk'])}" if plan["disk"] else ""
    return f"Memory {size_in_words(plan['memory'])} of {size_in_words(plan['budget'])}{disk}."


def values_in_words(values: Mapping[str, Any]) -> str:
    """Numbers that a run has found: 'center 31.5, n_dead_pixels 0'."""
    told = (
        f"{name} {value:.6g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in values.items()
        if value is not None
    )
    return ", ".join(told)
