"""Going through a volume that no memory holds, across each of its axes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.records import Row
from benchmarks.viewer.lab import Lab
from benchmarks.viewer.scrubbing import VIEW_SIDE, scrub_ours

AXES = ("slice", "y", "x")
FIRST_ACROSS_X = "volume on disk, first plane across x"
_ZONE = 16
"""Half the side of what is written in the middle of a plane [pixels]."""
_FRAME_S = 150.0
"""A plane across the last axis of a contiguous file lies in every page of it."""

# A file with holes: it has the size of the whole volume, but only what is written takes room. Every
# plane that is looked at has a square of its own value in its middle; most of the rest is zero.
_FILE = """
import os
from pathlib import Path
import h5py
import numpy as np

Path("pid").write_text(str(os.getpid()))
with h5py.File("volume.h5", "w") as file:
    layout = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    layout.set_layout(h5py.h5d.CONTIGUOUS)
    layout.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    layout.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    space = h5py.h5s.create_simple(({side},) * 3)
    made = h5py.h5d.create(file.id, b"data", h5py.h5t.STD_U16LE, space, layout)
    data = h5py.Dataset(made)
    middle = slice({middle} - {zone}, {middle} + {zone})
    noise = np.random.default_rng(0).integers(0, {last}, ({side}, {side}), np.uint16)
    for number in range(1, {n_plane} + 1):
        noise[middle, middle] = number
        data[{first} + number] = noise
        data[middle, {first} + number, middle] = number
        data[middle, middle, {first} + number] = number
"""
_OURS = """
import daisy_kernel
from daisy_widgets import SliceViewer

volume = daisy_kernel.connect().open("volume.h5:/data", name="volume")[0]
SliceViewer(volume, axes=("slice", "y", "x"), index={first}, window=(0, {last}), height={view})
"""
# Through the menu of axes, which goes to the middle plane; gives the seconds until that is seen.
_TURN = """async ([axis, limit]) => {
  const menu = document.querySelector('.daisy-slice-axis');
  const began = performance.now();
  menu.value = axis;
  menu.dispatchEvent(new Event('change', { bubbles: true }));
  while (!document.querySelector(`[data-axis="${axis}"][data-plane]`)) {
    if (performance.now() - began > 1000 * limit) throw new Error('no plane across ' + axis);
    await new Promise(requestAnimationFrame);
  }
  const seconds = (performance.now() - began) / 1000;
  while (!document.querySelector(`[data-axis="${axis}"][data-detail=full]`))
    await new Promise(requestAnimationFrame);
  return seconds;
}"""


def case_across(axis: int) -> str:
    """What the rows of an axis are called."""
    return f"volume on disk, across {AXES[axis]}"


def volume_notebook(n_plane: int, side: int) -> tuple[str, str]:
    """Cells: a file with a cubic volume of such a side, and our viewer of it."""
    given = {
        "side": side,
        "middle": side // 2,
        "first": _first(side),
        "zone": _ZONE,
        "n_plane": n_plane,
        "last": n_plane,
        "view": VIEW_SIDE,
    }
    return _FILE.format(**given), _OURS.format(**given)


def scrub_volume(lab: Lab, frames: tuple[int, int, int], side: int) -> Iterator[Row]:
    """So many planes across each axis, from the one that is seen first on.

    Parameters
    ----------
    lab
        Has run `volume_notebook` with as many planes as the largest of `frames`.
    frames
        Across slice, y and x.
    side
        As it was given to `volume_notebook`.

    Yields
    ------
    row
        As `scrub` gives it. The first plane across x has a row of its own: it reads the whole
        file, which then is in the memory of the operating system.
    """
    last = max(frames)
    size = 2 * side**3
    written = lab.bytes_on_disk("volume.h5")
    stored = (
        f"uint16, contiguous, {size / 2**30:.3g} GiB with holes: {written / 2**20:.0f} MiB of it "
        "take room on the disk"
    )
    for axis, count in enumerate(frames):
        if axis:
            turned = lab.page.evaluate(_TURN, [axis, _FRAME_S])
        row = scrub_ours(
            lab,
            case_across(axis),
            range(1, count + 1),
            last=last,
            first=_first(side),
            limit_s=_FRAME_S,
        )
        row = replace(row, n=side, bytes=2 * side * side, stored=stored)
        if axis == 2:
            yield replace(row, case=FIRST_ACROSS_X, seconds=turned, p95=turned, repeats=1,
                          error=None, bytes=size, received=None)  # fmt: skip
        yield row


def _first(side: int) -> int:
    """Number of the plane before the first one that is looked at, across every axis."""
    return side // 2 + _ZONE
