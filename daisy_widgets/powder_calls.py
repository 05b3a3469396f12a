"""What the integration panel asks of its session: objects in, objects out, no widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.destination import unfinished_name
from daisy_kernel.contracts.detector_place import DetectorPlace
from daisy_kernel.errors import DaisyError
from daisy_kernel.session import Session
from daisy_kernel.session.object_handle import ObjectHandle
from daisy_widgets.integration_model import Floats, Peak, RadialAxis, peaks_of

FRAMES, IMAGE, MASK = "powder_frames", "powder_image", "powder_mask"
_GAPS, _LIVE, _AXIS, _TABLE = "powder_gaps", "powder_unfinished", "powder_axis", "powder_peaks"
_LIMITED = "powder_limited"
_RADIAL = {
    # input of the workflow "powder" -> parameter of the axis
    "bins": "ntth", "unit": "unit", "radial_min": "radmin", "radial_max": "radmax",
    "azimuth_min": "azimin", "azimuth_max": "azimax", "splitting": "splitting",
    "polarization": "polarization_factor", "solid_angle": "solid_angle",
}  # fmt: skip
_MOST_VALUES = 2_000_000
"""Of a series that is fetched to be drawn; of a longer one every n-th pattern is."""
_HALF_WINDOW = 1.4
"""Part of a pattern in which a line is fitted, on each side [full widths at half maximum]."""


@dataclass(frozen=True)
class Geometry:
    """What a PONI file says about the frames."""

    place: DetectorPlace
    rings: tuple[tuple[int, NDArray[np.float64]], ...] = ()
    """Number of the ring, (n, 2) rows and columns of a line along it."""
    angles_deg: tuple[float, ...] = ()
    """Two theta of each ring."""


@dataclass(frozen=True)
class Series:
    """Patterns as they are drawn: all of them, or every n-th."""

    source: ObjectHandle
    """(n_frame, n_bin)"""
    values: NDArray[np.float32]
    """(n, n_bin); NaN where a frame is not integrated yet."""
    frames: NDArray[np.intp]
    """(n,) numbers of the frames."""
    axis: RadialAxis

    def pattern(self, frame: int) -> NDArray[np.float32]:
        """One pattern, read anew."""
        return _known(self.source[frame : frame + 1])[0]

    @property
    def n_known(self) -> int:
        """How many of the patterns that are drawn are there."""
        return int(np.count_nonzero(np.isfinite(self.values).any(axis=1)))


@dataclass(frozen=True)
class PeakTable:
    """Lines of every frame; see `integration_model.peaks_of`."""

    axis: RadialAxis
    fitted: tuple[Floats, Floats, Floats]
    """(n_frame, n_peak) positions, widths, areas."""
    rings_deg: tuple[float, ...] = field(default=())

    def of(self, frame: int) -> list[Peak]:
        """The lines of one frame."""
        positions, widths, areas = (values[frame] for values in self.fitted)
        return peaks_of(self.axis, positions, widths, areas, self.rings_deg)


class PowderCalls:
    """Algorithms and objects of the kernel by what they are for.

    Parameters
    ----------
    session
        Where everything runs.
    """

    def __init__(self, session: Session):
        self.session = session

    def open_frames(self, scan: str, mask: str = "") -> ObjectHandle:
        """Register frames and their mask; none is read."""
        self.session.engine["LoadFrames"].execute(
            inputfile_name=scan,
            mask_file=mask or None,
            frames_dataobj=FRAMES,
            mask_dataobj=_GAPS,
            **{f"{name}_dataobj": f"powder_stated_{name}" for name in (
                "wavelength", "distance", "center_x", "center_y", "pixel_size", "saturation",
                "monitors",
            )},
        )  # fmt: skip
        found = self.session[FRAMES]
        found.axes = ("frame", "row", "col")  # an algorithm names them once it reads
        return found

    def window(self) -> tuple[float, float]:
        """Counts between which the first frame is drawn; gaps and dead pixels have no say."""
        self._average(0)
        told = self.session[IMAGE].value_range()
        low, high = told["percentile_1"], told["percentile_99"]
        return low, max(high, low + 1.0)

    def geometry(self, poni: str, flip: str, calibrant: str) -> Geometry:
        """The rings of a calibrant and the direct beam; without a calibrant, the beam alone."""
        chosen = {"calibrant": calibrant} if calibrant else {"two_theta": 1.0}
        lines = self._traced({"poni_file": poni}, flip, **chosen)
        angles = tuple(map(float, self.session["powder_ring_angles"][...]))
        place = self._place()
        return Geometry(place, lines, angles) if calibrant else Geometry(place)

    def rough_geometry(self, numbers: Mapping[str, float], flip: str, calibrant: str) -> Geometry:
        """As `geometry`, from the numbers that the workflow "calibrate" begins with."""
        place = {
            "directDist": numbers["distance"],
            "centerX": numbers["center_x"],
            "centerY": numbers["center_y"],
            "pixelX": numbers["pixel_size"],
            "pixelY": numbers["pixel_size"],
            "wavelength": numbers["wavelength"],
        }
        lines = self._traced(place, flip, calibrant=calibrant)
        angles = tuple(map(float, self.session["powder_ring_angles"][...]))
        return Geometry(self._place(), lines, angles)

    def ring(
        self, poni: str, flip: str, two_theta_deg: float
    ) -> tuple[tuple[int, NDArray[np.float64]], ...]:
        """One ring."""
        return self._traced({"poni_file": poni}, flip, two_theta=two_theta_deg)

    def mask_count(self, shapes: str, poni: str, flip: str, frame: int) -> tuple[int, int]:
        """How many pixels what was drawn excludes, of how many; the mask is then an object."""
        self._average(frame)
        self.session.engine["DrawMask"].execute(
            poni_file=poni or None, flip=flip, input_dataobj=IMAGE, gaps_dataobj=_GAPS,
            shapes=shapes, output_dataobj=MASK, count_dataobj="powder_n_excluded",
        )  # fmt: skip
        excluded = int(self.session["powder_n_excluded"][...])
        return excluded, int(np.prod(self.session[MASK].shape))

    def limited(self, limits: str, frame: int) -> NDArray[np.bool_]:
        """Where a threshold finds pixels in a frame."""
        self._average(frame)
        self.session.engine["DrawMask"].execute(
            input_dataobj=IMAGE, gaps=False, shapes=limits, output_dataobj=_LIMITED,
            count_dataobj="powder_n_limited",
        )  # fmt: skip
        return np.asarray(self.session[_LIMITED][...] != 0)

    def axis(self, inputs: Mapping[str, Any], place: DetectorPlace) -> RadialAxis:
        """The bins that the workflow "powder" will have."""
        given = {_RADIAL[name]: value for name, value in inputs.items() if name in _RADIAL}
        self.session.engine["AlgFAIAxes"].execute(
            poni_file=inputs["geometry"], flip=inputs.get("flip", "none"), input_dataobj=FRAMES,
            mask_dataobj=_GAPS, output_dataobj=_AXIS, **given,
        )  # fmt: skip
        return RadialAxis(self.session[_AXIS][...], inputs.get("unit", "2th_deg"), place)

    def unfinished(self, output: str, run_id: str, axis: RadialAxis) -> Series | None:
        """What a run has integrated so far; None while there is nothing to see."""
        path = unfinished_name(Path(output), run_id)
        try:
            (handle,) = self.session.open(f"{path}:/entry/data/I", name=_LIVE)
            series = self.series(handle, axis)
        except DaisyError:  # not begun yet, or complete since
            return None
        return series if series.n_known else None

    def finished(self, axis: RadialAxis) -> Series:
        """What the run has integrated, from its own objects."""
        if _LIVE in self.session.objects:
            del self.session[_LIVE]
        bins = self.session["radial_axis"][...]
        return self.series(self.session["patterns"], RadialAxis(bins, axis.unit, axis.place))

    def series(self, patterns: ObjectHandle, axis: RadialAxis) -> Series:
        """Patterns to be drawn."""
        n_frame, n_bin = patterns.shape
        every = max(1, -(-n_frame * n_bin // _MOST_VALUES))
        values = _known(patterns[::every])
        return Series(patterns, values, np.arange(0, n_frame, every), axis)

    def peaks(self, series: Series, n_peak: int, rings_deg: tuple[float, ...]) -> PeakTable:
        """Find the strongest lines and fit them in every pattern."""
        engine = self.session.engine
        names = {"input_dataobj": series.source.name, "axis_dataobj": "radial_axis"}
        engine["FindPeaks"].execute(
            **names, output_dataobj="powder_lines", width_dataobj="powder_line_width", n_peak=n_peak
        )
        width = float(self.session["powder_line_width"][...])
        results = [f"powder_peak_{what}s" for what in ("position", "width", "area")]
        engine["FitPeaks"].execute(
            **names,
            peaks_dataobj="powder_lines",
            half_window=_HALF_WINDOW * width,
            position_dataobj=results[0],
            width_dataobj=results[1],
            area_dataobj=results[2],
        )
        positions, widths, areas = (self.session[name][...] for name in results)
        return PeakTable(series.axis, (positions, widths, areas), rings_deg)

    def save_peaks(self, table: PeakTable, path: str, *, overwrite: bool) -> int:
        """Write the lines of all frames as columns of text; tells how many rows."""
        n_frame = len(table.fitted[0])
        rows = [(n, *peak.numbers) for n in range(n_frame) for peak in table.of(n)]
        if not rows:
            raise DaisyError("No line was found in any frame: there is no table to save.")
        self.session[_TABLE] = np.array(rows)
        header = "frame  two_theta_deg  q_per_A  d_A  fwhm  area  off_ring_deg"
        params = {"outputfile_name": path, "input_dataobj": _TABLE, "header": header}
        self.session.transport.call(
            "execute",
            {"algorithm": "SaveText", "params": params, "options": {"overwrite": overwrite}},
        )
        return len(rows)

    def _average(self, frame: int) -> None:
        """One frame, NaN where it measured nothing."""
        self.session.engine["AverageFrames"].execute(
            input_dataobj=FRAMES, output_dataobj=IMAGE, first=frame, count=1
        )

    def _traced(
        self, place: Mapping[str, Any], flip: str, **chosen: Any
    ) -> tuple[tuple[int, NDArray[np.float64]], ...]:
        self.session.engine["TraceRings"].execute(
            **place, flip=flip, input_dataobj=FRAMES, output_dataobj="powder_rings",
            angles_dataobj="powder_ring_angles", place_dataobj="powder_place", **chosen,
        )  # fmt: skip
        lines = self.session["powder_rings"][...]
        ends = np.flatnonzero(np.isnan(lines[:, 0]))
        parts = np.split(lines, ends + 1)[:-1]
        return tuple((int(part[0, 0]), part[:-1, 1:]) for part in parts)

    def _place(self) -> DetectorPlace:
        return DetectorPlace(*map(float, self.session["powder_place"][...]))


def _known(patterns: NDArray[Any]) -> NDArray[np.float32]:
    """What an unfinished file holds; a pattern of nothing but zeros is not there yet."""
    is_there = (patterns != 0).any(axis=1, keepdims=True)
    return np.where(is_there, patterns, np.nan).astype(np.float32)
