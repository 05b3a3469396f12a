"""The contact sheet of a sweep: one picture per combination, in one scale of greys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, prod, sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_CROP = 256
"""Pixels of the middle that are shown, one to one: a smear of one pixel is seen there."""
_MOST_ACROSS, _MOST_DOWN = 12, 30
_INCH, _DPI, _HEAD = 1.9, 120, 0.95
_ACCENTS = {"entropy": "#c8102e", "negativity": "#0062a8"}


def draw_sheet(
    pictures: Any,
    path: Path,
    *,
    workflow: str,
    parameters: Mapping[str, Sequence[Any]],
    slices: Sequence[int],
    merits: Mapping[str, NDArray[np.float64]],
    best: Mapping[str, tuple[int, ...]],
) -> None:
    """Write the contact sheet as PNG.

    Parameters
    ----------
    pictures : (values of every parameter..., n_slice, n_y, n_x)
        Sliceable, such as a dataset of an open file; only what is shown is read.
    path
        The file to make.
    workflow
        Its name, for the title.
    parameters
        Name -> values.
    slices
        Their numbers; the middle one is shown.
    merits : name -> (values of every parameter...)
        Written at every picture.
    best
        Figure of merit -> the combination that it finds best, which gets a frame.
    """
    from matplotlib.figure import Figure  # late: takes a second
    from matplotlib.patches import Rectangle

    middle = len(slices) // 2
    rows = _rows(parameters, list(best.values()))
    across, down = max(len(row) for row in rows), len(rows)
    width = max(across * _INCH, 5.0)
    height = down * (_INCH + 0.42) + _HEAD
    figure = Figure(figsize=(width, height), dpi=_DPI, facecolor="white")
    crops = {place: _crop(pictures, (*place, middle)) for row in rows for place in row}
    low, high = _window(list(crops.values()))
    total = prod(len(v) for v in parameters.values())
    shown = "" if total == len(crops) else f", {len(crops)} of {total} combinations shown"
    left = 0.1 / width
    names = ", ".join(parameters)
    figure.text(left, 1 - 0.28 / height, f"{workflow}: sweep of {names}", fontsize=11)
    figure.text(
        left, 1 - 0.48 / height,
        f"middle of slice {slices[middle]}, greys from {low:.3g} to {high:.3g}{shown}",
        fontsize=8, color="0.35",
    )  # fmt: skip
    for i, name in enumerate(best):
        figure.text(
            left + i * 1.6 / width, 1 - 0.68 / height, f"▢ best {name}",
            fontsize=8, color=_ACCENTS.get(name, "0.1"),
        )  # fmt: skip
    for down_index, row in enumerate(rows):
        for across_index, place in enumerate(row):
            bottom = height - _HEAD - (down_index + 1) * (_INCH + 0.42) + 0.04
            axes = figure.add_axes(
                (
                    (across_index * _INCH + 0.06) / width,
                    bottom / height,
                    (_INCH - 0.12) / width,
                    (_INCH - 0.12) / height,
                )
            )
            axes.imshow(crops[place], cmap="gray", vmin=low, vmax=high)
            axes.set_axis_off()
            axes.set_title(_label(parameters, place, merits), fontsize=6.2, loc="left", pad=2)
            for nth, (name, found) in enumerate(best.items()):
                if found == place:
                    inset = 0.02 * nth
                    frame = Rectangle(
                        (inset, inset), 1 - 2 * inset, 1 - 2 * inset, transform=axes.transAxes,
                        fill=False, ec=_ACCENTS.get(name, "0.1"), lw=3, clip_on=False,
                    )  # fmt: skip
                    axes.add_patch(frame)
    figure.savefig(path, format="png")


def _rows(
    parameters: Mapping[str, Sequence[Any]], keep: Sequence[tuple[int, ...]]
) -> list[list[tuple[int, ...]]]:
    """Which combination stands where: one parameter wraps, of several the longest goes down."""
    lengths = [len(values) for values in parameters.values()]
    if len(lengths) == 1:
        most = _MOST_ACROSS * _MOST_DOWN
        chosen = _thinned(lengths[0], most, [place[0] for place in keep])
        across = min(_MOST_ACROSS, ceil(sqrt(1.6 * len(chosen))))
        return [[(i,) for i in chosen[s : s + across]] for s in range(0, len(chosen), across)]
    down = int(np.argmax(lengths))
    others = [length for i, length in enumerate(lengths) if i != down]
    flat = [_without(place, down) for place in keep]
    columns = _thinned(
        prod(others), _MOST_ACROSS, [int(np.ravel_multi_index(place, others)) for place in flat]
    )
    lines = _thinned(lengths[down], _MOST_DOWN, [place[down] for place in keep])
    table = []
    for line in lines:
        rest = [tuple(int(i) for i in np.unravel_index(column, others)) for column in columns]
        table.append([(*place[:down], line, *place[down:]) for place in rest])
    return table


def _without(place: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return place[:axis] + place[axis + 1 :]


def _thinned(length: int, most: int, keep: Sequence[int]) -> list[int]:
    """Evenly spread numbers below `length`, with those to keep among them."""
    if length <= most:
        return list(range(length))
    spread = np.linspace(0, length - 1, most - len(set(keep))).round().astype(int)
    return sorted({*spread.tolist(), *keep})


def _crop(pictures: Any, place: tuple[int, ...]) -> NDArray[np.float32]:
    n_y, n_x = pictures.shape[-2:]
    top, left = max(0, (n_y - _CROP) // 2), max(0, (n_x - _CROP) // 2)
    crop: NDArray[np.float32] = pictures[
        (*place, slice(top, top + _CROP), slice(left, left + _CROP))
    ]
    return crop


def _window(crops: list[NDArray[np.float32]]) -> tuple[float, float]:
    """Grey levels for all pictures, which a few hot pixels do not spoil."""
    sample = np.concatenate([crop.ravel()[::7] for crop in crops])
    sample = sample[np.isfinite(sample)]
    if not sample.size:
        return 0.0, 1.0
    low, high = (float(v) for v in np.percentile(sample, (0.5, 99.5)))
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _label(
    parameters: Mapping[str, Sequence[Any]],
    place: tuple[int, ...],
    merits: Mapping[str, NDArray[np.float64]],
) -> str:
    """The values, and the figures of merit below them."""
    values = [
        f"{name} {values[i]:.6g}" if isinstance(values[i], float) else f"{name} {values[i]}"
        for (name, values), i in zip(parameters.items(), place, strict=True)
    ]
    lines = ["  ".join(part) for part in (values[:2], values[2:4], values[4:]) if part]
    return "\n".join([*lines, "  ".join(f"{n[:3]}. {m[place]:.4g}" for n, m in merits.items())])
