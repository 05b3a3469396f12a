"""Lines of a series of patterns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from daisy_kernel.algorithms.diffraction.peak_fits import fit_line, strongest_peaks, usual_width
from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec

_PATTERNS_AT_ONCE = 256


class FindPeaks(Algorithm):
    """Where the strongest lines of a series are, from the mean of all its patterns."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """One position per line, and one width for all."""
        positions = Spec((params["n_peak"],), np.dtype(np.float64), ("peak",))
        return {
            "output_dataobj": positions,
            "width_dataobj": Spec((), np.dtype(np.float64), ()),
        }

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("frame", "radial_axis", lazy="frame")],
        axis_dataobj: Annotated[str, Input("radial_axis")],
        output_dataobj: Annotated[
            str, Output("peak"), Field(description="in units of the axis; NaN if there are fewer")
        ],
        width_dataobj: Annotated[
            str, Output(), Field(description="usual full width at half maximum")
        ] = "peak_width",
        n_peak: Annotated[int, Field(ge=1, le=200, description="how many at most")] = 10,
    ) -> None:
        """See `strongest_peaks`."""
        patterns, axis = self.data[input_dataobj], self.data[axis_dataobj].astype(np.float64)
        n_frame, n_bin = patterns.shape
        total, count = np.zeros(n_bin), np.zeros(n_bin)
        for start in range(0, n_frame, _PATTERNS_AT_ONCE):
            stop = min(start + _PATTERNS_AT_ONCE, n_frame)
            part = patterns.read((slice(start, stop), slice(0, n_bin)))
            for pattern in part:  # one after the other: sums do not depend on how many are read
                known = np.isfinite(pattern)
                np.add(total, pattern, out=total, where=known)
                count += known
        if not count.any():
            raise ValueError("no pattern has a value: check mask and geometry")
        mean = np.divide(total, count, out=np.full(n_bin, np.nan), where=count > 0)
        positions = strongest_peaks(mean, axis, n_peak)
        if not np.isfinite(positions).any():
            self.LogWarn("no line stands out of the noise")
        self.data[output_dataobj] = positions
        self.data[width_dataobj] = usual_width(mean, axis, positions)


class FitPeaks(Algorithm):
    """Position, width and area of some lines in every pattern of a series."""

    along = ("frame",)

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """One number each per frame and line."""
        n_frame = inputs["input_dataobj"].shape[0]
        n_peak = inputs["peaks_dataobj"].shape[0]
        each = Spec((n_frame, n_peak), np.dtype(np.float64), ("frame", "peak"))
        return {"position_dataobj": each, "width_dataobj": each, "area_dataobj": each}

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("frame", "radial_axis")],
        axis_dataobj: Annotated[str, Input("radial_axis")],
        peaks_dataobj: Annotated[str, Input("peak"), Field(description="where to look")],
        half_window: Annotated[
            float,
            Field(gt=0, description="how far on both sides of it to look, in units of the axis"),
        ],
        position_dataobj: Annotated[str, Output("frame", "peak")] = "peak_positions",
        width_dataobj: Annotated[
            str, Output("frame", "peak"), Field(description="full width at half maximum")
        ] = "peak_widths",
        area_dataobj: Annotated[str, Output("frame", "peak")] = "peak_areas",
    ) -> None:
        """A Gaussian on a sloping background; NaN where there is no line. See `fit_line`."""
        patterns, axis = self.data[input_dataobj], self.data[axis_dataobj].astype(np.float64)
        peaks = self.data[peaks_dataobj]
        position, width, area = (np.full((len(patterns), len(peaks)), np.nan) for _ in range(3))
        for number, peak in enumerate(peaks):
            if np.isfinite(peak):
                found = fit_line(patterns, axis, float(peak), half_window)
                position[:, number], width[:, number], area[:, number] = found
        self.data[position_dataobj] = position
        self.data[width_dataobj] = width
        self.data[area_dataobj] = area
