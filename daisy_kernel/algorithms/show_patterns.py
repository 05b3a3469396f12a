"""Patterns as people want to see them: a table, a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from daisy_kernel.algorithms.fai_files import integration_file
from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import FilePlace, Input, Output, Spec
from daisy_kernel.formats import axis_label

_PICTURE = (900, 1200, 3)
_DPI = 100
_MOST_LINES = 30


class TabulatePatterns(Algorithm):
    """The radial axis and the patterns as the columns of one table."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """The axis, then each pattern, with its errors behind it if there are any."""
        n_frame, n_bin = inputs["input_dataobj"].shape
        n_column = n_frame * (2 if "errors_dataobj" in inputs else 1)
        return {
            "output_dataobj": Spec((n_bin, 1 + n_column), np.dtype(np.float64), ("row", "column"))
        }

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("frame", "radial_axis")],
        axis_dataobj: Annotated[str, Input("radial_axis")],
        output_dataobj: Annotated[str, Output("row", "column")],
        errors_dataobj: Annotated[str | None, Input("frame", "radial_axis")] = None,
    ) -> None:
        """Axis, I, (sigma), I, (sigma)..."""
        columns = [self.data[axis_dataobj]]
        for frame, pattern in enumerate(self.data[input_dataobj]):
            columns.append(pattern)
            if errors_dataobj is not None:
                columns.append(self.data[errors_dataobj][frame])
        self.data[output_dataobj] = np.stack(columns, axis=1).astype(np.float64)


class DrawPatterns(Algorithm):
    """A picture of a series of patterns: one line for a few, a map of intensities for many."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """Red, green, blue."""
        return {"output_dataobj": Spec(_PICTURE, np.dtype(np.uint8), ("y", "x", "channel"))}

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("frame", "radial_axis")],
        axis_dataobj: Annotated[str, Input("radial_axis")],
        output_dataobj: Annotated[str, Output("y", "x", "channel")],
        unit: Annotated[
            str | None, Field(description="of the radial axis, as it was integrated")
        ] = None,
        geometry: Annotated[
            FilePlace | None,
            Field(description="poni_file of the integration, if it chose the unit"),
        ] = None,
        kind: Annotated[
            Literal["auto", "waterfall", "map"],
            Field(description="auto: lines up to 30 patterns, a map for more"),
        ] = "auto",
        title: str = "",
    ) -> None:
        """Intensities are drawn as their square roots, so that weak lines show beside strong."""
        patterns = self.data[input_dataobj]
        if unit is None and geometry is not None:
            unit = integration_file(geometry).unit
        if kind == "auto":
            kind = "waterfall" if len(patterns) <= _MOST_LINES else "map"
        self.data[output_dataobj] = draw_patterns(
            patterns, self.data[axis_dataobj], unit=unit or "2th_deg", kind=kind, title=title
        )


def draw_patterns(
    patterns: NDArray[np.float32],
    axis: NDArray[np.float64],
    *,
    unit: str,
    kind: Literal["waterfall", "map"],
    title: str,
) -> NDArray[np.uint8]:
    """A picture of patterns.

    Parameters
    ----------
    patterns : (n_frame, n_bin)
    axis : (n_bin,)
    unit
        pyFAI's name of the unit of the axis.
    kind
        Lines above each other, or a map with a frame per row.
    title
        Above the picture.

    Returns
    -------
    picture : (900, 1200, 3)
    """
    # The object interface alone: pyplot keeps figures, and is no friend of threads.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height, width, _ = _PICTURE
    figure = Figure((width / _DPI, height / _DPI), dpi=_DPI, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    roots = np.sqrt(np.maximum(patterns, 0))
    name, of_unit = axis_label(unit)
    axes.set_xlabel(f"{name} ({of_unit})")
    axes.set_title(title)
    if kind == "map":
        low, high = np.nanpercentile(roots, (1, 99.8)) if np.isfinite(roots).any() else (0, 1)
        image = axes.imshow(
            roots, aspect="auto", origin="lower", interpolation="nearest", cmap="viridis",
            vmin=low, vmax=max(high, low + 1e-9),
            extent=(axis[0], axis[-1], -0.5, len(roots) - 0.5),
        )  # fmt: skip
        figure.colorbar(image, label="√ intensity")
        axes.set_ylabel("frame")
    else:
        spread = np.nanmax(roots, initial=0) if np.isfinite(roots).any() else 1
        step = 0 if len(roots) == 1 else 0.25 * spread
        for frame, pattern in enumerate(roots):
            axes.plot(axis, pattern + frame * step, linewidth=0.8, color="#1f4e79")
        axes.set_ylabel("√ intensity" + (", frames above each other" if step else ""))
        axes.margins(x=0)
    canvas.draw()
    return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[:, :, :3])
