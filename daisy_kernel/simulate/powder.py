"""Powder diffraction on an area detector: rings whose place, width and height are known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import asin, isfinite, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from daisy_kernel.simulate.detector import frame_stream

CERIA_LATTICE_M = 5.41165e-10
"""Of CeO2, the standard SRM 674b."""
CERIA_LINES = (
    (3, 100.0), (4, 27.0), (8, 46.0), (11, 34.0), (12, 6.5), (16, 5.5), (19, 12.0), (20, 7.5),
    (24, 11.0), (27, 9.0),
)  # fmt: skip
"""h² + k² + l² of the first lines of a face-centred lattice, and about their heights."""
REACH = 7.0
"""Standard deviations around a line beyond which it adds less than 1e-10 of its height."""

_POWDER, _DEAD = 100, 101


@dataclass(frozen=True)
class PowderStack:
    """Frames of a powder that slowly changes, made on demand in any blocks of frames.

    The geometry is that of PONI files (pyFAI): metres and radians, pixel (i, j) covers
    [i, i + 1) along axis 1 (rows), rotations about axes 1, 2, 3 in this order.
    """

    n_frame: int
    n_row: int
    n_col: int
    pixel_size_m: float = 75e-6
    distance_m: float = 0.2
    poni1_m: float | None = None
    """Foot of the normal from the sample along axis 1; about the middle by default."""
    poni2_m: float | None = None
    rot1_rad: float = 0.0
    rot2_rad: float = 0.0
    rot3_rad: float = 0.0
    wavelength_m: float = 0.4e-10
    width_rad: float = 4e-4
    """Standard deviation of a line in 2 theta."""
    peak_counts: float = 200.0
    """Height of the strongest line per pixel and frame, at normal incidence."""
    background_counts: float = 5.0
    """At 2 theta = 0; falls to 1/e within `background_fall_rad`."""
    background_fall_rad: float = 0.3
    polarization: float = 0.99
    """Of the beam, horizontal; 0 is unpolarised."""
    expansion: float = 2e-3
    """Relative growth of the lattice from the first frame to the last."""
    fading: float = 0.3
    """Share of the height that all lines lose from the first frame to the last."""
    module_shape: tuple[int, int] = (514, 1030)
    gap: tuple[int, int] = (37, 10)
    """Rows and columns without pixels between modules."""
    dead_share: float = 1e-4
    """Pixels that read the sentinel beside those of the gaps."""
    bits: int = 32
    """16 or 32; a pixel that is not there reads the largest number, an EIGER's sentinel."""
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("n_frame", "n_row", "n_col"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; give at least 1.")
        positive = ("pixel_size_m", "distance_m", "wavelength_m", "width_rad", "peak_counts",
                    "background_fall_rad")  # fmt: skip
        for name in positive:
            if not (isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise ValueError(f"{name} is {getattr(self, name)}; it must be positive.")
        if self.bits not in (16, 32):
            raise ValueError(f"bits is {self.bits}; choose 16 or 32.")
        if self.background_counts < 0 or not 0 <= self.fading <= 1 or min(self.module_shape) < 1:
            raise ValueError(
                f"Got background_counts={self.background_counts}, fading={self.fading}, "
                f"module_shape={self.module_shape}: give counts of 0 or more, a share between 0 "
                "and 1, and modules of at least one pixel."
            )
        # Never a whole number of pixels, so that an error of half a pixel shows.
        for name, n, shift in (("poni1_m", self.n_row, 3.3), ("poni2_m", self.n_col, -2.7)):
            if getattr(self, name) is None:
                object.__setattr__(self, name, (n / 2 + shift) * self.pixel_size_m)

    @property
    def dtype(self) -> np.dtype[np.unsignedinteger]:
        """uint16 or uint32."""
        return np.dtype(f"u{self.bits // 8}")

    @property
    def sentinel(self) -> int:
        """What a pixel that is not there reads."""
        return int(np.iinfo(self.dtype).max)

    @property
    def geometry(self) -> NDArray[np.float64]:
        """(8,) distance, poni1, poni2 [m], rot1, rot2, rot3 [rad], sides of a pixel [m]."""
        return np.array(
            [self.distance_m, self.poni1_m, self.poni2_m, self.rot1_rad, self.rot2_rad,
             self.rot3_rad, self.pixel_size_m, self.pixel_size_m], np.float64,
        )  # fmt: skip

    @cached_property
    def mask(self) -> NDArray[np.uint8]:
        """(n_row, n_col), 1 for pixels in gaps and dead ones."""
        rows, cols = (
            np.arange(n) % (length + gap) >= length
            for n, length, gap in zip(
                (self.n_row, self.n_col), self.module_shape, self.gap, strict=True
            )
        )
        mask = rows[:, None] | cols
        n_dead = round(self.dead_share * mask.size)
        mask.flat[frame_stream(self.seed, _DEAD, 0).permutation(mask.size)[:n_dead]] = True
        return mask.astype(np.uint8)

    @cached_property
    def two_theta(self) -> NDArray[np.float64]:
        """(n_row, n_col) angle between beam and ray to the centre of each pixel [rad]."""
        along1, along2, along3 = self._positions
        return np.arctan2(np.hypot(along1, along2), along3)

    @cached_property
    def corrections(self) -> NDArray[np.float64]:
        """(n_row, n_col) share of the intensity that a pixel sees: solid angle × polarisation [1].

        Notes
        -----
        Solid angle relative to normal incidence: (distance / length of the ray)^3.
        Polarisation (Kahn et al., J. Appl. Cryst. 15, 330, 1982), with the factor f:
        (1 + cos² 2θ − f cos 2χ (1 − cos² 2θ)) / 2.
        """
        along1, along2, along3 = self._positions
        length = np.sqrt(along1**2 + along2**2 + along3**2)
        cos2 = (along3 / length) ** 2
        chi = np.arctan2(along1, along2)
        polarised = (1 + cos2 - self.polarization * np.cos(2 * chi) * (1 - cos2)) / 2
        return (self.distance_m / length) ** 3 * polarised

    def lattice_m(self, frame: int) -> float:
        """Edge of the unit cell in a frame [m]."""
        return CERIA_LATTICE_M * (1 + self.expansion * self._progress(frame))

    def lines(self, frame: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where the lines of a frame lie and how high they are.

        Parameters
        ----------
        frame
            Number of the frame, from 0.

        Returns
        -------
        two_theta : (n_line,) [rad]
        height : (n_line,) [counts]
        """
        lattice_m = self.lattice_m(frame)
        sines = [(self.wavelength_m * sqrt(n) / (2 * lattice_m), h) for n, h in CERIA_LINES]
        reached = [(2 * asin(sine), height) for sine, height in sines if sine < 1]
        places, heights = np.array(reached, np.float64).reshape(-1, 2).T
        scale = self.peak_counts * (1 - self.fading * self._progress(frame)) / CERIA_LINES[0][1]
        return places, heights * scale

    def pattern(self, two_theta: ArrayLike, frame: int) -> NDArray[np.float64]:
        """The truth that an integration should find: intensity against angle.

        Parameters
        ----------
        two_theta
            Any shape [rad].
        frame
            Number of the frame, from 0.

        Returns
        -------
        intensity : as two_theta [counts]
            Per pixel at normal incidence, unpolarised.
        """
        angles = np.asarray(two_theta, np.float64)
        intensity = self.background_counts * np.exp(-angles / self.background_fall_rad)
        for place, height in zip(*self.lines(frame), strict=True):
            from_line = (angles - place) / self.width_rad
            near = np.abs(from_line) < REACH
            intensity[near] += height * np.exp(-0.5 * from_line[near] ** 2)
        return intensity

    def expected(self, frame: int) -> NDArray[np.float64]:
        """(n_row, n_col) mean counts of a frame, without noise and gaps."""
        return self.pattern(self.two_theta, frame) * self.corrections

    def frames(self, chosen: slice | None = None) -> NDArray[np.unsignedinteger]:
        """Frames with Poisson noise, the same bits in whatever blocks they are made.

        Parameters
        ----------
        chosen
            Which of them; all by default.

        Returns
        -------
        frames : (n_frame, n_row, n_col) [counts]
        """
        numbers = range(self.n_frame)[slice(None) if chosen is None else chosen]
        frames = np.empty((len(numbers), self.n_row, self.n_col), self.dtype)
        for frame, number in zip(frames, numbers, strict=True):
            counts = frame_stream(self.seed, _POWDER, number).poisson(self.expected(number))
            np.minimum(counts, self.sentinel - 1, out=counts)
            frame[:] = counts
            frame[self.mask != 0] = self.sentinel
        return frames

    def _progress(self, frame: int) -> float:
        """0 for the first frame, 1 for the last."""
        return frame / max(self.n_frame - 1, 1)

    @cached_property
    def _positions(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Centres of pixels, seen from the sample, along axis 1, axis 2 and the beam [m]."""
        assert self.poni1_m is not None
        assert self.poni2_m is not None
        p1 = ((np.arange(self.n_row) + 0.5) * self.pixel_size_m - self.poni1_m)[:, None]
        p2 = (np.arange(self.n_col) + 0.5) * self.pixel_size_m - self.poni2_m
        (c1, c2, c3), (s1, s2, s3) = (
            [f(angle) for angle in (self.rot1_rad, self.rot2_rad, self.rot3_rad)]
            for f in (np.cos, np.sin)
        )
        d = self.distance_m
        along1 = p1 * c2 * c3 + p2 * (c3 * s1 * s2 - c1 * s3) - d * (c1 * c3 * s2 + s1 * s3)
        along2 = p1 * c2 * s3 + p2 * (c1 * c3 + s1 * s2 * s3) - d * (c1 * s2 * s3 - c3 * s1)
        along3 = p1 * s2 - p2 * c2 * s1 + d * c1 * c2
        return along1, along2, along3


def demo_stack(*, n_frame: int = 60, n: int = 514) -> PowderStack:
    """Ceria that is heated by about 900 degrees, so that its lattice grows by one per cent.

    Parameters
    ----------
    n_frame
        Number of frames.
    n
        Rows and columns of the detector, which has two by two modules.
    """
    return PowderStack(
        n_frame,
        n,
        n,
        # The same rings, all ten, on a detector of any size.
        pixel_size_m=75e-6 * 514 / n,
        distance_m=0.06,
        width_rad=9e-4 * 514 / n,
        peak_counts=400.0,
        background_counts=20.0,
        expansion=0.01,
        module_shape=((n - 12) // 2, (n - 12) // 2),
        gap=(12, 12),
        dead_share=5e-4,
        bits=16,
    )
