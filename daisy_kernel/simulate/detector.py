"""An area detector with the faults of a real one, the same for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d

# What the stream of random numbers of a frame is keyed by, beside the seed and the frame's number.
_PATTERN, _PROJECTION, _FLAT, _DARK = range(4)


@dataclass(frozen=True)
class Detector:
    """A scintillator, its optics and a camera, in the beam of a synchrotron.

    Shapes come with the frames, so one detector serves scans of any size. A share is a fraction
    of all pixels (or columns), rounded to whole ones.
    """

    seed: int = 0
    """Same seed, same faults and same noise."""
    photons: float = 15_000.0
    """Detected per pixel and frame at the brightest part of the beam, without a sample."""
    gain: float = 2.0
    """Counts per detected photon."""
    beam_fall: float = 0.35
    """Share of the intensity that the beam loses from its middle to the corners."""
    beam_bands: float = 0.04
    """Relative standard deviation of the bands that a multilayer monochromator draws along rows."""
    texture: float = 0.02
    """Relative standard deviation from pixel to pixel: grains of the scintillator, pixel gains."""
    dark_offset: float = 100.0
    """Mean of a frame without beam [counts]."""
    read_noise: float = 3.0
    """Standard deviation of a frame without beam [counts]."""
    bit_depth: int = 16
    """Counts end at 2**bit_depth - 1; what is brighter reads that."""
    dead_share: float = 4e-4
    """Pixels that always read 0."""
    hot_share: float = 4e-4
    """Pixels with a large dark current."""
    stripe_share: float = 0.02
    """Columns whose gain changed after the flats were taken, so that rings appear."""
    stripe_depth: float = 0.02
    """Standard deviation of that change, relative."""
    zinger_share: float = 3e-6
    """Pixels hit by a stray gamma ray in one frame, on average."""
    beam_decay: float = 0.01
    """Relative loss of intensity between two injections into the storage ring."""
    beam_jitter: float = 0.001
    """Relative standard deviation of the intensity from frame to frame."""
    injection_period: int = 150
    """Frames between two injections."""

    def __post_init__(self) -> None:
        shares = ("dead_share", "hot_share", "stripe_share", "zinger_share", "beam_decay")
        for name in (*shares, "beam_fall"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(
                    f"{name} is {getattr(self, name)}; a share lies between 0 and 1: correct it."
                )
        spreads = ("beam_bands", "texture", "read_noise", "stripe_depth", "beam_jitter")
        for name in (*spreads, "dark_offset"):
            if not getattr(self, name) >= 0:
                raise ValueError(
                    f"{name} is {getattr(self, name)}; it must not be negative: correct it."
                )
        if not (self.photons > 0 and self.gain > 0 and self.injection_period > 0):
            raise ValueError(
                f"Got photons={self.photons}, gain={self.gain}, injection_period="
                f"{self.injection_period}; all must be positive: correct them."
            )
        if not 1 <= self.bit_depth <= 16:
            raise ValueError(
                f"bit_depth is {self.bit_depth}; frames are uint16: choose 1 to 16 bits."
            )

    @property
    def saturation(self) -> int:
        """The largest value that a pixel can show [counts]."""
        return 2**self.bit_depth - 1

    def expose(
        self, transmission: ArrayLike, frame_numbers: Sequence[int] | range | NDArray[np.integer]
    ) -> NDArray[np.uint16]:
        """Frames of the detector behind a sample.

        Parameters
        ----------
        transmission : (n_frame, n_row, n_col) [1]
            Share of the beam that the sample lets through.
        frame_numbers : (n_frame,)
            Number of each frame in its scan, from 0. The noise of a frame depends on `seed` and
            its number alone, so that frames may be made in any order and any blocks.

        Returns
        -------
        frames : (n_frame, n_row, n_col) [counts]

        Raises
        ------
        ValueError
            If the shapes do not fit or the transmission is negative or not finite.

        Notes
        -----
        counts = gain * Poisson(photons * flat field * transmission) + offset + read noise, so that
        the variance of the signal is gain times its mean.
        """
        transmission = np.asarray(transmission)
        if transmission.ndim != 3 or len(transmission) != len(frame_numbers):
            raise ValueError(
                f"Got transmission of shape {transmission.shape} and {len(frame_numbers)} frame "
                "numbers; expected (n_frame, n_row, n_col) and n_frame: give one number per frame."
            )
        if not (np.isfinite(transmission).all() and (transmission >= 0).all()):
            raise ValueError(
                "The transmission holds negative or non-finite values; a sample lets through 0 or "
                "more: pass exp(-line integrals)."
            )
        _, n_row, n_col = transmission.shape
        pattern = _Pattern(self, n_row, n_col)
        frames = np.empty(transmission.shape, np.uint16)
        for frame, number, through in zip(frames, frame_numbers, transmission, strict=True):
            beam = through * pattern.stripes
            frame[:] = self._frame(pattern, _PROJECTION, int(number), beam)
        return frames

    def flats(self, n: int, *, n_row: int, n_col: int) -> NDArray[np.uint16]:
        """Frames of the beam without the sample: (n, n_row, n_col) [counts]."""
        pattern = _Pattern(self, n_row, n_col)
        return self._stack([self._frame(pattern, _FLAT, k, 1.0) for k in range(n)], n_row, n_col)

    def darks(self, n: int, *, n_row: int, n_col: int) -> NDArray[np.uint16]:
        """Frames without the beam: (n, n_row, n_col) [counts]."""
        pattern = _Pattern(self, n_row, n_col)
        return self._stack([self._frame(pattern, _DARK, k, 0.0) for k in range(n)], n_row, n_col)

    @staticmethod
    def _stack(frames: list[NDArray[np.uint16]], n_row: int, n_col: int) -> NDArray[np.uint16]:
        return np.array(frames, np.uint16).reshape(-1, n_row, n_col)

    def _frame(
        self,
        pattern: _Pattern,
        kind: int,
        number: int,
        beam: NDArray[np.floating] | float,
    ) -> NDArray[np.uint16]:
        rng = frame_stream(self.seed, kind, number)
        shape = pattern.dark.shape
        since_injection = (number % self.injection_period) / self.injection_period
        jitter = 1 + self.beam_jitter * rng.standard_normal()
        intensity = max(0.0, (1 - self.beam_decay * since_injection) * jitter)
        counts = self.gain * rng.poisson(self.photons * intensity * pattern.flat * beam)
        counts += rng.normal(pattern.dark, self.read_noise)
        n_zinger = rng.poisson(self.zinger_share * counts.size)
        hits = tuple(rng.integers(0, length, n_zinger) for length in shape)
        counts[hits] += self.saturation * rng.uniform(0.3, 1.5, n_zinger)
        counts[pattern.dead] = 0
        return np.clip(np.rint(counts), 0, self.saturation).astype(np.uint16)


class _Pattern:
    """What stays the same from frame to frame."""

    def __init__(self, detector: Detector, n_row: int, n_col: int):
        rng = frame_stream(detector.seed, _PATTERN, 0)
        shape = (n_row, n_col)
        y, x = np.linspace(-1, 1, n_row)[:, None], np.linspace(-1, 1, n_col)
        profile = 1 - detector.beam_fall * (0.6 * x**2 + 0.4 * y**2)
        # Bands keep their width in pixels, so that few rows show few of them.
        bands = _unit(gaussian_filter1d(rng.standard_normal(n_row), 2.5, mode="wrap"))
        grains = _unit(gaussian_filter(rng.standard_normal(shape), 1.2, mode="wrap"))
        pixels = rng.standard_normal(shape)
        flat = profile * (1 + detector.beam_bands * bands[:, None])
        flat *= 1 + detector.texture * (0.8 * grains + 0.6 * pixels)
        self.flat: NDArray[np.float64] = np.maximum(flat / flat.max(), 0)

        n_dead = round(detector.dead_share * flat.size)
        n_hot = min(round(detector.hot_share * flat.size), flat.size - n_dead)
        faulty = rng.permutation(flat.size)
        self.dead = np.unravel_index(faulty[:n_dead], shape)
        self.dark = np.full(shape, float(detector.dark_offset))
        self.dark.flat[faulty[n_dead : n_dead + n_hot]] += detector.saturation * rng.uniform(
            0.05, 0.5, n_hot
        )

        striped = rng.permutation(n_col)[: round(detector.stripe_share * n_col)]
        self.stripes: NDArray[np.float64] = np.ones(n_col)
        self.stripes[striped] += detector.stripe_depth * rng.standard_normal(len(striped))
        np.maximum(self.stripes, 0, out=self.stripes)


def _unit(noise: NDArray[np.float64]) -> NDArray[np.float64]:
    """The noise with mean 0 and standard deviation 1 (0 where there is none to scale)."""
    noise = noise - noise.mean()
    return noise / (noise.std() or 1.0)


def frame_stream(seed: int, kind: int, number: int) -> np.random.Generator:
    """Random numbers that belong to one frame, whichever frames were made before.

    Parameters
    ----------
    seed
        Of the whole scan.
    kind
        What the numbers are for; each kind has its own stream.
    number
        Of the frame in its scan, from 0.
    """
    key = np.random.SeedSequence(seed, spawn_key=(kind, number))
    return np.random.Generator(np.random.Philox(key))
