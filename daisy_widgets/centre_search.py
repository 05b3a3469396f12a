"""What the centre assistant asks of its session; objects that it needs for that are its own."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from daisy_kernel.errors import ConnectionLost, DaisyError, InvalidParameter
from daisy_kernel.session import Session
from daisy_kernel.session.object_handle import ObjectHandle
from daisy_widgets.centre_model import Curve, RowResult
from daisy_widgets.own_objects import forget_objects
from daisy_widgets.scan_facts import ScanFacts

_LOADING = {
    "flats": "flats_file",
    "darks": "darks_file",
    "angles": "angles_file",
    "profile": "profile",
}
"""Inputs of the tomography workflows, and what they are called by the loader."""
READING = ("scan", *_LOADING, "dead_pixels")
"""Inputs of the tomography workflows that matter for a search."""
_OVERVIEW_COLUMNS = 256
"""Of the slices from which the whole range is judged."""
_NEAR_COLUMNS = 640
"""Of the slices that are compared in the neighbourhood."""
_NEAR, _NEAR_STEP = 41, 0.25
_FINE, _FINE_STEP = 9, 0.2
_LIVE_COLUMNS = 2048


class CentreSearch:
    """Loads some rows of a scan into the session, and tries centres there.

    Parameters
    ----------
    session
        Where it is done. The objects are called "centre XXXX ..." and go with `close`.
    """

    def __init__(self, session: Session):
        self._session = session
        self._prefix = f"centre {secrets.token_hex(2)}"
        self._names: set[str] = set()
        self._facts: ScanFacts | None = None
        self._rows: list[int] = []

    def load(self, scan: str | Path, inputs: Mapping[str, Any]) -> ScanFacts:
        """Open a scan.

        Parameters
        ----------
        scan
            Path as the kernel sees it.
        inputs
            flats, darks, angles: as of the workflow tomography; ``counts`` False: the file holds
            line integrals. Other inputs of a workflow do not matter here.

        Raises
        ------
        DaisyError
            If the file cannot be read.
        """
        if not str(scan).strip():
            raise InvalidParameter("Still needed: scan.")
        self.close()
        self._counts = bool(inputs.get("counts", True))
        self._dead_pixels = inputs.get("dead_pixels") or "median"
        given = {_LOADING[n]: v for n, v in inputs.items() if n in _LOADING and v not in (None, "")}
        parts = ["projections", "theta", "pixel_size", "energy"]
        parts += ["flats", "darks"] if self._counts else []
        self._execute(
            "LoadScan",
            inputfile_name=str(scan).strip(),
            counts=self._counts,
            **given,
            **{f"{part}_dataobj": self._own(part) for part in parts},
        )
        n_angle, n_row, n_col = self._session[self._own("projections")].shape
        angles = np.sort(self._session[self._own("theta")][...])
        span = float(angles[-1] - angles[0])
        span += span / max(1, n_angle - 1)
        self._facts = ScanFacts(n_angle, n_row, n_col, float(np.degrees(span)))
        return self._facts

    def pick(self, rows: Sequence[int]) -> None:
        """Read the sinograms of some rows, which can be asked about afterwards."""
        scan = {"projs_dataobj": self._own("projections")}
        if self._counts:
            scan |= {f"{part}_dataobj": self._own(part) for part in ("flats", "darks")}
            scan["dead_pixels"] = self._dead_pixels
        self._rows = list(rows)
        self._execute("PickRows", output_dataobj=self._own("rows"), rows=self._rows, **scan)

    def search(
        self, row: int, *, method: str, search_from: float | None, search_to: float | None
    ) -> RowResult:
        """Where the axis is in one row, by a finder of the kernel and by the cleanest slice.

        Parameters
        ----------
        row
            One of those that were picked.
        method
            As of FindCenter; "" is overlap-360 for a whole turn, else vo.
        search_from, search_to
            First and last column to consider; None: as the finder does.
        """
        facts = self._known()
        method = method or ("overlap-360" if facts.is_whole_turn else "vo")
        found, confidence, refused = self._found(row, method, search_from, search_to)
        quarter = 0.02 * facts.n_col if method == "overlap-360" else facts.n_col / 4
        first = quarter if search_from is None else search_from
        last = facts.n_col - 1 - quarter if search_to is None else search_to
        overview = self._overview(row, first, last, found)
        middle = overview.best if found is None else found
        near = self._near(row, middle)
        stitched = facts.is_half_acquisition(middle)
        return RowResult(row, found, confidence, refused, overview, near, stitched)

    def near(self, row: int, middle: float) -> Curve:
        """How clean slices are about a column."""
        return self._near(row, middle)

    def slices(
        self, row: int, columns: Sequence[float], *, name: str, binning: int, stitched: bool
    ) -> ObjectHandle:
        """Slices of a row for several candidates, as an object of the session.

        Parameters
        ----------
        row
            One of those that were picked.
        columns
            Candidates.
        name
            What they are for; a later one of the same name takes their place.
        binning
            Columns that are averaged before.
        stitched
            Whether opposite projections are stitched.
        """
        self._try(row, columns, name=name, binning=binning, stitched=stitched, filter_name="shepp")
        return self._session[self._own(name)]

    def live(self, row: int, column: float, *, stitched: bool) -> ObjectHandle:
        """The slice of one candidate, as sharp as it is quick."""
        binning = max(1, self._known().n_col // _LIVE_COLUMNS)
        return self.slices(row, [column], name="slice", binning=binning, stitched=stitched)

    def close(self) -> None:
        """Take the objects away again; a kernel that is gone has none."""
        forget_objects(self._session, sorted(self._names))
        self._names.clear()
        self._facts = None

    def _known(self) -> ScanFacts:
        if self._facts is None:
            raise InvalidParameter("No scan is open: find the centre first.")
        return self._facts

    def _own(self, part: str) -> str:
        name = f"{self._prefix} {part}"
        self._names.add(name)
        return name

    def _found(
        self, row: int, method: str, search_from: float | None, search_to: float | None
    ) -> tuple[float | None, float, str]:
        place = self._rows.index(row)
        self._execute(
            "Crop",
            input_dataobj=self._own("rows"),
            output_dataobj=self._own("row"),
            top=place,
            bottom=len(self._rows) - 1 - place,
        )
        try:
            self._execute(
                "FindCenter",
                input_dataobj=self._own("row"),
                theta=self._own("theta"),
                output_dataobj=self._own("found"),
                confidence_dataobj=self._own("confidence"),
                method=method,
                search_from=search_from,
                search_to=search_to,
                rows=1,
            )
        except ConnectionLost:
            raise
        except DaisyError as error:  # nothing to be found in this row
            return None, 0.0, " ".join(str(error).split())
        found = float(self._session[self._own("found")][...])
        return found, float(self._session[self._own("confidence")][...]), ""

    def _overview(self, row: int, first: float, last: float, found: float | None) -> Curve:
        binning = max(1, self._known().n_col // _OVERVIEW_COLUMNS)
        count = max(21, round((last - first) / binning) + 1)
        columns = np.linspace(first, last, min(count, 257))
        return self._curve(row, columns.tolist(), binning, found)

    def _near(self, row: int, middle: float) -> Curve:
        """Coarse first; the neighbourhood of its best again, with all pixels."""
        facts = self._known()
        binning = max(1, facts.n_col // _NEAR_COLUMNS)
        coarse = self._curve(
            row, candidates(middle, _NEAR_STEP, _NEAR, facts.n_col), binning, middle
        )
        if binning == 1 or coarse.is_at_edge:
            return coarse
        fine = self._curve(row, candidates(coarse.best, _FINE_STEP, _FINE, facts.n_col), 1, middle)
        return Curve(coarse.columns, coarse.scores, binning, refined=fine.best)

    def _curve(
        self, row: int, columns: Sequence[float], binning: int, middle: float | None
    ) -> Curve:
        stitched = middle is not None and self._known().is_half_acquisition(middle)
        self._try(row, columns, name="tried", binning=binning, stitched=stitched)
        scores = self._session[self._own("entropy")][...]
        return Curve(np.asarray(columns), np.asarray(scores, np.float64), binning)

    def _try(self, row: int, columns: Sequence[float], *, name: str, **options: Any) -> None:
        self._execute(
            "TryCenters",
            input_dataobj=self._own("rows"),
            theta=self._own("theta"),
            output_dataobj=self._own(name),
            entropy_dataobj=self._own("entropy"),
            centers=[float(c) for c in columns],
            row=self._rows.index(row),
            **options,
        )

    def _execute(self, algorithm: str, **params: Any) -> None:
        given = {name: value for name, value in params.items() if value is not None}
        self._session.engine[algorithm].execute(**given)


def candidates(middle: float, step: float, count: int, n_col: int) -> list[float]:
    """Columns about one, those on the detector; `count` should be odd."""
    columns = middle + step * (np.arange(count) - count // 2)
    return [round(float(c), 4) for c in columns if 0 <= c <= n_col - 1]
