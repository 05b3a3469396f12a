"""A whole tomography scan of a phantom: projections, flats, darks and the truth."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from math import floor, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.simulate.detector import Detector
from daisy_kernel.simulate.phantom import Phantom
from daisy_kernel.simulate.samples import foam


@dataclass(frozen=True)
class TomographyScan:
    """A parallel-beam scan over half a turn, made on demand in any blocks of frames."""

    phantom: Phantom
    n_angle: int
    n_row: int
    n_col: int
    centre: float = None  # type: ignore[assignment]  # replaced in __post_init__
    """Column on which the rotation axis projects; a few pixels off the middle by default."""
    detector: Detector | None = field(default_factory=Detector)
    """None gives exact transmissions instead of counts."""
    peak_line_integral: float = 1.8
    """About the largest line integral; the sample's attenuation is scaled to that."""
    n_flat: int = 20
    n_dark: int = 10
    pixel_size_m: float = 10e-6
    """Of the detector, as seen at the sample."""
    energy_kev: float = 18.0

    def __post_init__(self) -> None:
        for name in ("n_angle", "n_row", "n_col", "n_flat", "n_dark"):
            least = 0 if name in ("n_flat", "n_dark") else 1
            if getattr(self, name) < least:
                raise ValueError(
                    f"{name} is {getattr(self, name)}; it must be at least {least}: give a larger "
                    "number."
                )
        if self.centre is None:
            # Never an integer nor a half, and small enough that a sample of 0.95 stays in view.
            middle = (self.n_col - 1) / 2
            object.__setattr__(self, "centre", middle + floor(0.017 * self.n_col) + 0.3)
        if not isfinite(self.centre) or not self.peak_line_integral > 0:
            raise ValueError(
                f"Got centre={self.centre} and peak_line_integral={self.peak_line_integral}; "
                "the centre must be finite and the line integral positive: correct them."
            )

    def ideal(self) -> TomographyScan:
        """The same scan with a perfect detector: exact transmissions, flats 1, darks 0."""
        return replace(self, detector=None)

    @property
    def angles_deg(self) -> NDArray[np.float64]:
        """(n_angle,) from 0 to 180 [degrees], 180 excluded."""
        return np.arange(self.n_angle, dtype=np.float64) * (180.0 / self.n_angle)

    @property
    def angles_rad(self) -> NDArray[np.float64]:
        """(n_angle,) from 0 to pi [rad], pi excluded."""
        return self.angles_deg * (np.pi / 180)

    @cached_property
    def attenuation(self) -> float:
        """What the phantom's values are multiplied by."""
        peak = self.phantom.line_integrals(
            np.linspace(0, np.pi, 60, endpoint=False),
            self.n_row,
            self.n_col,
            self.centre,
            rows=slice(None, None, max(1, self.n_row // 64)),
        ).max()
        return self.peak_line_integral / float(peak) if peak > 0 else 1.0

    def truth(self, rows: slice | None = None) -> NDArray[np.float32]:
        """What a perfect reconstruction shows.

        Returns
        -------
        volume : (n_slice, n_col, n_col) [per pixel]
            volume[slice, y, x]; divide by `pixel_size_m` for attenuation per metre.
        """
        volume = self.phantom.volume(self.n_row, self.n_col, rows=rows)
        volume *= np.float32(self.attenuation)
        return volume

    def line_integrals(
        self, frames: slice | None = None, *, rows: slice | None = None
    ) -> NDArray[np.float32]:
        """What minus the logarithm of the transmission would be without noise.

        Parameters
        ----------
        frames, rows
            Which of them; all by default.

        Returns
        -------
        line_integrals : (n_angle, n_row, n_col) [1]
        """
        chosen = slice(None) if frames is None else frames
        integrals = self.phantom.line_integrals(
            self.angles_rad[chosen], self.n_row, self.n_col, self.centre, rows=rows
        )
        integrals *= np.float32(self.attenuation)
        return integrals

    def projections(self, frames: slice | None = None) -> NDArray[Any]:
        """Frames of the scan, with the same bits in whatever blocks they are made.

        Parameters
        ----------
        frames
            Which of them; all by default.

        Returns
        -------
        projections : (n_angle, n_row, n_col) [counts]
            uint16; float32 transmissions [1] where there is no detector.
        """
        transmission = np.exp(-self.line_integrals(frames))
        if self.detector is None:
            return transmission
        chosen = slice(None) if frames is None else frames
        return self.detector.expose(transmission, range(self.n_angle)[chosen])

    def flats(self) -> NDArray[Any]:
        """(n_flat, n_row, n_col) frames without the sample, as `projections`."""
        if self.detector is None:
            return np.ones((self.n_flat, self.n_row, self.n_col), np.float32)
        return self.detector.flats(self.n_flat, n_row=self.n_row, n_col=self.n_col)

    def darks(self) -> NDArray[Any]:
        """(n_dark, n_row, n_col) frames without the beam, as `projections`."""
        if self.detector is None:
            return np.zeros((self.n_dark, self.n_row, self.n_col), np.float32)
        return self.detector.darks(self.n_dark, n_row=self.n_row, n_col=self.n_col)


def demo_scan(
    *, n_angle: int = 361, n_row: int = 64, n_col: int = 256, seed: int = 7
) -> TomographyScan:
    """A porous sample that reconstructs in seconds.

    Parameters
    ----------
    n_angle, n_row, n_col
        Size of the scan.
    seed
        Of the sample and of the detector.
    """
    # The pores fill just the height in view, and a little more so that some are cut by its ends.
    half_height = n_row / n_col + 0.1
    return TomographyScan(
        phantom=foam(seed, round(2000 * half_height), half_height=half_height),
        n_angle=n_angle,
        n_row=n_row,
        n_col=n_col,
        detector=Detector(seed=seed),
    )
