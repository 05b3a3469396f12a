"""What the integration panel asks of its session; objects that it needs for that are its own."""

from __future__ import annotations

import secrets
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
from daisy_widgets.own_objects import forget_objects

_STATED = ("wavelength", "distance", "center_x", "center_y", "pixel_size", "saturation", "monitors")
"""What is loaded with the frames, and not looked at here."""
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
        Where everything runs. The objects are called "powder XXXX ...", so that two panels do not
        get in each other's way, and go with `close`.
    """

    def __init__(self, session: Session):
        self.session = session
        self._prefix = f"powder {secrets.token_hex(2)}"
        self._names: set[str] = set()

    def own(self, part: str) -> str:
        """What an object of these calls is called in the session."""
        name = f"{self._prefix} {part}"
        self._names.add(name)
        return name

    def close(self) -> None:
        """Take the objects away again; a kernel that is gone has none."""
        forget_objects(self.session, sorted(self._names))
        self._names.clear()

    def open_frames(self, scan: str, mask: str = "") -> ObjectHandle:
        """Register frames and their mask; none is read."""
        self._load(scan, mask, "frames", "gaps")
        found = self.session[self.own("frames")]
        found.axes = ("frame", "row", "col")  # an algorithm names them once it reads
        return found

    def window(self) -> tuple[float, float]:
        """Counts between which the first frame is drawn; gaps and dead pixels have no say."""
        self._average(0)
        told = self.session[self.own("image")].value_range()
        low, high = told["percentile_1"], told["percentile_99"]
        return low, max(high, low + 1.0)

    def geometry(self, poni: str, flip: str, calibrant: str, *, of: str = "frames") -> Geometry:
        """The rings of a calibrant and the direct beam; without a calibrant, the beam alone."""
        chosen = {"calibrant": calibrant} if calibrant else {"two_theta": 1.0}
        lines = self._traced({"poni_file": poni}, flip, of=of, **chosen)
        angles = tuple(map(float, self.session[self.own("ring angles")][...]))
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
        angles = tuple(map(float, self.session[self.own("ring angles")][...]))
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
            poni_file=poni or None, flip=flip, input_dataobj=self.own("image"),
            gaps_dataobj=self.own("gaps"), shapes=shapes, output_dataobj=self.own("mask"),
            count_dataobj=self.own("n_excluded"),
        )  # fmt: skip
        excluded = int(self.session[self.own("n_excluded")][...])
        return excluded, int(np.prod(self.session[self.own("mask")].shape))

    def limited(self, limits: str, frame: int) -> NDArray[np.bool_]:
        """Where a threshold finds pixels in a frame."""
        self._average(frame)
        self.session.engine["DrawMask"].execute(
            input_dataobj=self.own("image"), gaps=False, shapes=limits,
            output_dataobj=self.own("limited"), count_dataobj=self.own("n_limited"),
        )  # fmt: skip
        return np.asarray(self.session[self.own("limited")][...] != 0)

    def axis(self, inputs: Mapping[str, Any]) -> RadialAxis:
        """The bins that the workflow "powder" will have, with its own mask."""
        poni, flip = inputs["geometry"], inputs.get("flip", "none")
        given = {_RADIAL[name]: value for name, value in inputs.items() if name in _RADIAL}
        # Not the frames that are drawn on: below what is drawn lies the mask they were opened with.
        self._load(inputs["scan"], inputs.get("mask", ""), "run frames", "run gaps")
        self.session.engine["AlgFAIAxes"].execute(
            poni_file=poni, flip=flip, input_dataobj=self.own("run frames"),
            mask_dataobj=self.own("run gaps"), output_dataobj=self.own("axis"), **given,
        )  # fmt: skip
        bins = self.session[self.own("axis")][...]
        place = self.geometry(poni, flip, "", of="run frames").place
        return RadialAxis(bins, inputs.get("unit", "2th_deg"), place)

    def unfinished(self, output: str, run_id: str, axis: RadialAxis) -> Series | None:
        """What a run has integrated so far; None while there is nothing to see."""
        path = unfinished_name(Path(output), run_id)
        try:
            (handle,) = self.session.open(f"{path}:/entry/data/I", name=self.own("unfinished"))
            series = self.series(handle, axis)
        except DaisyError:  # not begun yet, or complete since
            return None
        return series if series.n_known else None

    def finished(self, output: str, axis: RadialAxis) -> Series:
        """What a run has integrated, from its file: its objects are those of the next run, too."""
        forget_objects(self.session, [self.own("unfinished")])
        patterns, bins = (
            self.session.open(f"{output}:/entry/data/{dataset}", name=self.own(part))[0]
            for dataset, part in (("I", "patterns"), ("radial_axis", "bins"))
        )
        return self.series(patterns, RadialAxis(bins[...], axis.unit, axis.place))

    def rings_of(self, record: Mapping[str, Any]) -> Floats | None:
        """The rings that a calibration has found, as `CalibrateGeometry` tells of them.

        None if another calibration has ended since: no file keeps them, and the object is of the
        last one.
        """
        rings = self.session["calibration_rings"][...]
        is_over = any(
            run["state"] == "done" and run["finished"] > record["finished"]
            for run in self.session.runs.summaries("calibrate")
        )
        return None if is_over else rings[rings[:, 3] > 0]

    def series(self, patterns: ObjectHandle, axis: RadialAxis) -> Series:
        """Patterns to be drawn."""
        n_frame, n_bin = patterns.shape
        every = max(1, -(-n_frame * n_bin // _MOST_VALUES))
        values = _known(patterns[::every])
        return Series(patterns, values, np.arange(0, n_frame, every), axis)

    def peaks(self, series: Series, n_peak: int, rings_deg: tuple[float, ...]) -> PeakTable:
        """Find the strongest lines and fit them in every pattern."""
        engine = self.session.engine
        names = {"input_dataobj": series.source.name, "axis_dataobj": self.own("bins")}
        lines, line_width = self.own("lines"), self.own("line width")
        engine["FindPeaks"].execute(
            **names, output_dataobj=lines, width_dataobj=line_width, n_peak=n_peak
        )
        width = float(self.session[line_width][...])
        results = [self.own(f"peak {what}s") for what in ("position", "width", "area")]
        engine["FitPeaks"].execute(
            **names,
            peaks_dataobj=lines,
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
        table_name = self.own("peaks")
        self.session[table_name] = np.array(rows)
        header = "frame  two_theta_deg  q_per_A  d_A  fwhm  area  off_ring_deg"
        params = {"outputfile_name": path, "input_dataobj": table_name, "header": header}
        self.session.transport.call(
            "execute",
            {"algorithm": "SaveText", "params": params, "options": {"overwrite": overwrite}},
        )
        return len(rows)

    def _load(self, scan: str, mask: str, frames: str, gaps: str) -> None:
        self.session.engine["LoadFrames"].execute(
            inputfile_name=scan, mask_file=mask or None, frames_dataobj=self.own(frames),
            mask_dataobj=self.own(gaps),
            **{f"{name}_dataobj": self.own(f"stated {name}") for name in _STATED},
        )  # fmt: skip

    def _average(self, frame: int) -> None:
        """One frame, NaN where it measured nothing."""
        self.session.engine["AverageFrames"].execute(
            input_dataobj=self.own("frames"), output_dataobj=self.own("image"), first=frame, count=1
        )

    def _traced(
        self, place: Mapping[str, Any], flip: str, *, of: str = "frames", **chosen: Any
    ) -> tuple[tuple[int, NDArray[np.float64]], ...]:
        self.session.engine["TraceRings"].execute(
            **place, flip=flip, input_dataobj=self.own(of), output_dataobj=self.own("rings"),
            angles_dataobj=self.own("ring angles"), place_dataobj=self.own("place"), **chosen,
        )  # fmt: skip
        lines = self.session[self.own("rings")][...]
        ends = np.flatnonzero(np.isnan(lines[:, 0]))
        parts = np.split(lines, ends + 1)[:-1]
        return tuple((int(part[0, 0]), part[:-1, 1:]) for part in parts)

    def _place(self) -> DetectorPlace:
        return DetectorPlace(*map(float, self.session[self.own("place")][...]))


def _known(patterns: NDArray[Any]) -> NDArray[np.float32]:
    """What an unfinished file holds; a pattern of nothing but zeros is not there yet."""
    is_there = (patterns != 0).any(axis=1, keepdims=True)
    return np.where(is_there, patterns, np.nan).astype(np.float32)
