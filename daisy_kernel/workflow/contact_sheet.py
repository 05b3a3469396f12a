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
_MOST_ACROSS, _MOST = 12, 360
_INCH, _LINE, _HEAD, _DPI = 1.9, 2.3, 0.8, 120
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
    height = down * _LINE + _HEAD
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
    # One pair of axes for everything: two hundred of them take as long as the computing.
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    for line, row in enumerate(rows):
        for column, place in enumerate(row):
            x, y = column * _INCH + 0.06, _HEAD + line * _LINE + 0.36
            size = _INCH - 0.12
            extent = (x, x + size, y + size, y)
            axes.imshow(crops[place], cmap="gray", vmin=low, vmax=high, extent=extent)
            label = _label(parameters, place, merits)
            axes.text(x, y - 0.04, label, fontsize=7, va="bottom", linespacing=1.1)
            for nth, name in enumerate(n for n, found in best.items() if found == place):
                inset = 0.05 * nth
                frame = Rectangle(
                    (x + inset, y + inset), size - 2 * inset, size - 2 * inset,
                    fill=False, ec=_ACCENTS.get(name, "0.1"), lw=2.5,
                )  # fmt: skip
                axes.add_patch(frame)
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    figure.savefig(path, format="png")


def _rows(
    parameters: Mapping[str, Sequence[Any]], keep: Sequence[tuple[int, ...]]
) -> list[list[tuple[int, ...]]]:
    """Which combination stands where.

    The parameter with most values runs across, in several bands if need be; in a band every
    combination of the others has a line.
    """
    lengths = [len(values) for values in parameters.values()]
    longest = int(np.argmax(lengths))
    others = _without(tuple(lengths), longest)
    lines = _thinned(
        prod(others), _MOST_ACROSS, [_flat(_without(place, longest), others) for place in keep]
    )
    columns = _thinned(lengths[longest], _MOST // len(lines), [place[longest] for place in keep])
    across = min(_MOST_ACROSS, max(4, ceil(sqrt(1.6 * len(columns) * len(lines)))))
    rows = []
    for start in range(0, len(columns), across):
        for line in lines:
            rest = tuple(int(i) for i in np.unravel_index(line, others)) if others else ()
            band = columns[start : start + across]
            rows.append([(*rest[:longest], i, *rest[longest:]) for i in band])
    return rows


def _flat(place: tuple[int, ...], lengths: tuple[int, ...]) -> int:
    return int(np.ravel_multi_index(place, lengths)) if lengths else 0


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
    return "\n".join([*lines, "  ".join(f"{n[:3]}. {m[place]:.3g}" for n, m in merits.items())])
