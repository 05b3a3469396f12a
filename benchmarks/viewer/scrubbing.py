"""Going through the planes of a volume as a hand does: the next one as soon as one is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np

from benchmarks.records import OURS, Row
from benchmarks.timing import Peak
from benchmarks.viewer.lab import Lab

IPYMPL = "ipympl imshow"
SEEN_FIRST, SEEN_AGAIN = "planes not seen before", "planes seen before"
VIEW_SIDE = 480
"""Side of the image on the page [CSS pixels], the same for both."""
_TOLERANCE = 2.0
"""In which a grey is that of a plane; neighbouring planes lie 4 or more greys apart."""
_FRAME_S = 20.0

# Every plane is noise, which does not compress to nothing, around a square of its own grey.
_VOLUME = """
import os
from pathlib import Path
import numpy as np

Path("pid").write_text(str(os.getpid()))
random = np.random.default_rng(0)
volume = random.random(({n_plane}, {side}, {side}), np.float32)
volume *= {last}
middle = slice(3 * {side} // 8, 5 * {side} // 8)
volume[:, middle, middle] = np.arange({n_plane}, dtype=np.float32)[:, None, None]
"""
_OURS = """
from daisy_widgets import SliceViewer

SliceViewer(volume, index=0, window=(0, {last}), height={view})
"""
_THEIRS = """
%matplotlib widget
import ipywidgets
import matplotlib.pyplot as plt

plt.ioff()
figure = plt.figure(figsize=({view} / 100, {view} / 100), dpi=100)
axes = figure.add_axes([0, 0, 1, 1])
axes.set_axis_off()
image = axes.imshow(volume[0], cmap="gray", vmin=0, vmax={last})
slider = ipywidgets.IntSlider(0, 0, {last})

def show(change):
    image.set_data(volume[change["new"]])
    figure.canvas.draw_idle()

slider.observe(show, "value")
ipywidgets.VBox([slider, figure.canvas])
"""
# One frame: move, then look in every animation frame whether the square has its grey.
_SCRUB = """async ([isOurs, planes, last, tolerance, limit, first]) => {
  const scratch = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const find = name => document.querySelector(name);
  const grey = () => {
    const seen = find(isOurs ? '.daisy-slice-canvas' : '.jupyter-matplotlib-canvas-div canvas');
    scratch.drawImage(seen, seen.width >> 1, seen.height >> 1, 1, 1, 0, 0, 1, 1);
    return scratch.getImageData(0, 0, 1, 1).data[0];
  };
  const move = plane => {
    if (!isOurs) {
      const key = plane > Number(find('.noUi-handle').getAttribute('aria-valuenow'));
      const pressed = new KeyboardEvent('keydown', { key: key ? 'ArrowRight' : 'ArrowLeft' });
      return find('.noUi-handle').dispatchEvent(pressed);
    }
    const slider = find('.daisy-slice-slider');
    slider.value = first + plane;
    return slider.dispatchEvent(new Event('input', { bubbles: true }));
  };
  const seconds = [];
  let error = 0;
  const before = window.daisyReceived;
  for (const plane of planes) {
    const wanted = (255 * plane) / last;
    const began = performance.now();
    move(plane);
    do {
      if (performance.now() - began > 1000 * limit)
        throw new Error(`plane ${plane} is not seen: grey ${grey()} instead of ${wanted}`);
      await new Promise(requestAnimationFrame); // what is not shown is no frame
    } while (Math.abs(grey() - wanted) > tolerance);
    seconds.push((performance.now() - began) / 1000);
    error = Math.max(error, Math.abs(grey() - wanted));
  }
  await new Promise(resolve => setTimeout(resolve, 500)); // the last one, in full
  return { seconds, error, received: (window.daisyReceived - before) / planes.length };
}"""


def notebook(n_plane: int, side: int) -> tuple[str, str, str]:
    """Cells: a volume of so many square planes, our viewer, and that of ipympl."""
    given = {"n_plane": n_plane, "side": side, "last": n_plane - 1, "view": VIEW_SIDE}
    return _VOLUME.format(**given), _OURS.format(**given), _THEIRS.format(**given)


def scrub(lab: Lab, who: str, case: str, *, n_plane: int, side: int) -> Row:
    """From the first plane to the last in `SEEN_FIRST`, else back.

    Parameters
    ----------
    lab
        Has run `notebook`, and stands at the end where this begins.
    who
        `OURS` or `IPYMPL`.
    case
        `SEEN_FIRST` or `SEEN_AGAIN`.
    n_plane, side
        As they were given to `notebook`.

    Returns
    -------
    row
        Seconds from the move of the slider until its plane is in an animation frame of the browser,
        of which there are at most 60 per second; `error` is the largest deviation of a square from
        its grey, of 255.
    """
    ahead = list(range(1, n_plane))
    planes = ahead if case == SEEN_FIRST else [n_plane - 1 - plane for plane in ahead]
    row = _scrubbed(lab, who, case, planes, last=n_plane - 1, first=0, limit_s=_FRAME_S)
    return replace(row, n=side, bytes=4 * side * side)


def scrub_ours(
    lab: Lab, case: str, planes: Sequence[int], *, last: int, first: int, limit_s: float
) -> Row:
    """Through planes of our viewer, whatever it shows.

    Parameters
    ----------
    lab
        Has one of our viewers on its page.
    case
        What the row is called.
    planes
        Greys of the squares in the middle of these planes, in the unit of `last`.
    last
        Value that is white.
    first
        Number of the plane with the grey 0; the others follow it.
    limit_s
        Longest wait for one plane [s].

    Returns
    -------
    row
        As `scrub` gives it, but for sizes.
    """
    return _scrubbed(lab, OURS, case, planes, last=last, first=first, limit_s=limit_s)


def _scrubbed(
    lab: Lab, who: str, case: str, planes: Sequence[int], *, last: int, first: int, limit_s: float
) -> Row:
    asked = [who == OURS, list(planes), last, _TOLERANCE, limit_s, first]
    with Peak(lab.kernel_pid) as peak:
        found: dict[str, Any] = lab.page.evaluate(_SCRUB, asked)
    taken = found["seconds"]
    return Row(
        case=case,
        who=who,
        seconds=median(taken),
        p95=float(np.percentile(taken, 95)),
        error=found["error"],
        threads=1,
        n=0,
        bytes=0,
        peak_memory=peak.bytes,
        per="frame",
        repeats=len(taken),
        received=round(found["received"]),
    )
