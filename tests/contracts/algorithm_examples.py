"""Inputs for every algorithm that may be cut; a new one needs an entry in `EXAMPLES`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from daisy_kernel import registry

N_ANGLE, N_ROW, N_COL = 30, 21, 24


@dataclass(frozen=True)
class Example:
    """Input for one algorithm; the first object is the one whose slices are tried."""

    objects: Callable[[np.random.Generator], dict[str, np.ndarray]]
    params: dict[str, Any] = field(default_factory=dict)
    reach: dict[str, int] = field(default_factory=dict)
    """Neighbours that a slice depends on, per axis: what `halo` declares."""
    not_along: tuple[str, ...] = ()
    """Axes along which these parameters do not allow to cut, though the class does."""
    needs: str | None = None
    """An optional library, without which the example is skipped."""


def _counts(rng: np.random.Generator, *shape: int, low: int = 500) -> np.ndarray:
    return rng.integers(low, 60_000, shape).astype(np.uint16)


def _stack(rng: np.random.Generator) -> dict[str, np.ndarray]:
    return {"input_dataobj": rng.uniform(0.05, 1, (N_ANGLE, N_ROW, N_COL)).astype(np.float32)}


def _with_theta(rng: np.random.Generator) -> dict[str, np.ndarray]:
    return _stack(rng) | {"theta": np.arange(N_ANGLE) * np.pi / N_ANGLE}


def _with_axis(rng: np.random.Generator) -> dict[str, np.ndarray]:
    return _with_theta(rng) | {"centers_dataobj": np.linspace(9.2, 13.6, N_ROW)}


def _turn(rng: np.random.Generator) -> dict[str, np.ndarray]:
    return _stack(rng) | {"theta": np.arange(N_ANGLE) * 2 * np.pi / N_ANGLE}


def _scan(rng: np.random.Generator) -> dict[str, np.ndarray]:
    projections = rng.uniform(100, 1000, (N_ANGLE, N_ROW, N_COL)).astype(np.float32)
    flats = _counts(rng, 4, N_ROW, N_COL, low=1000)
    flats[:, 3, 5] = flats[:, 11, 7:9] = 0  # dead
    darks = rng.integers(0, 90, (3, N_ROW, N_COL)).astype(np.uint16)
    return {"projs_dataobj": projections, "flats_dataobj": flats, "darks_dataobj": darks}


def _vibrating(rng: np.random.Generator) -> dict[str, np.ndarray]:
    shapes = rng.normal(0, 900, (3, N_ROW, N_COL)).astype(np.float32)
    shapes[2] = 0
    return _scan(rng) | {"eigen_flats_dataobj": shapes}


def _shots(rng: np.random.Generator) -> dict[str, np.ndarray]:
    scan = _scan(rng)
    flats = scan["flats_dataobj"].astype(np.float32)
    return {"flats_dataobj": flats, "darks_dataobj": scan["darks_dataobj"]}


def _masked(rng: np.random.Generator) -> dict[str, np.ndarray]:
    return _stack(rng) | {"mask_dataobj": (rng.random((N_ROW, N_COL)) < 0.1).astype(np.uint8)}


def _before_and_after(rng: np.random.Generator) -> dict[str, np.ndarray]:
    before = _stack(rng)["input_dataobj"]
    after = np.where(rng.random(before.shape) < 0.1, 0, before)
    return {"before_dataobj": before, "after_dataobj": after}


def _frames(rng: np.random.Generator) -> dict[str, np.ndarray]:
    return {
        "input_dataobj": rng.uniform(1, 100, (7, 40, 50)).astype(np.float32),
        "mask_dataobj": (rng.random((40, 50)) < 0.05).astype(np.uint8),
    }


def _counted_frames(rng: np.random.Generator) -> dict[str, np.ndarray]:
    frames = rng.poisson(20, (7, 40, 50)).astype(np.float32)
    return {"input_dataobj": frames}


def _frames_and_background(rng: np.random.Generator) -> dict[str, np.ndarray]:
    return _counted_frames(rng) | {"background_dataobj": rng.random((40, 50), np.float32)}


def _patterns(rng: np.random.Generator) -> dict[str, np.ndarray]:
    axis = np.linspace(0, 20, 200)
    lines = 50 * np.exp(-0.5 * ((axis - 7) / 0.3) ** 2) + 5 + axis
    patterns = rng.poisson(lines, (7, 200)).astype(np.float32)
    patterns[2, 60:80] = np.nan
    return {"input_dataobj": patterns}


def _lines(rng: np.random.Generator) -> dict[str, np.ndarray]:
    axis = np.linspace(0, 20, 200)
    return _patterns(rng) | {"axis_dataobj": axis, "peaks_dataobj": np.array([7.1, 12, np.nan])}


def _volume(rng: np.random.Generator) -> dict[str, np.ndarray]:
    return {"input_dataobj": rng.normal(size=(N_ROW, N_COL, N_COL + 3)).astype(np.float32)}


def _exposures(rng: np.random.Generator) -> dict[str, np.ndarray]:
    counts = rng.poisson(20, (37, 40, 50)).astype(np.uint32)
    counts[rng.random(counts.shape) < 0.01] = 0xFFFFFFFF
    return {
        "input_dataobj": counts,
        "mask_dataobj": (rng.random((40, 50)) < 0.05).astype(np.uint8),
        "dark_dataobj": rng.uniform(0, 2, (40, 50)).astype(np.float32),
        "flat_dataobj": rng.uniform(0.5, 2, (40, 50)).astype(np.float32),
        "monitor_dataobj": rng.uniform(1, 2, 37),
    }


def _slices_and_reference(rng: np.random.Generator) -> dict[str, np.ndarray]:
    slices = rng.normal(1, 0.5, (9, 20, 21)).astype(np.float32)
    slices[3, 10, 10] = np.nan
    return {"input_dataobj": slices, "reference_dataobj": slices + np.float32(0.1)}


def _choices(algorithm: str, parameter: str) -> list[Any]:
    """All values that a parameter may have."""
    schema = registry.schema_of(registry.algorithms.get(algorithm))
    return schema.parameters[parameter].json_schema()["enum"]


PADDLE = {
    "wavelength": 1.0,
    "directDist": 50,
    "centerX": 20.0,
    "centerY": 18.5,
    "pixelX": 200,
    "pixelY": 200,
    "ntth": 30,
}
OPTICS = {"delta_beta": 100.0, "distance": 0.2, "energy": 20.0, "pixel_size": 2e-6}
EXAMPLES: dict[str, list[Example]] = {
    "Normalize": [Example(_scan)],
    "NormalizeDynamic": [Example(_vibrating)],
    "LineIntegrals": [Example(_scan)],
    "MinusLog": [Example(_stack)],
    "RemoveStripes": [
        Example(_stack, {"size": 0}),
        *(
            Example(_stack, {"size": 5, "large_size": 9, "method": method})
            for method in _choices("RemoveStripes", "method")
        ),
    ],
    "MeasureSlices": [Example(_slices_and_reference)],
    "Reconstruct": [
        Example(_with_theta, {"alg_type": kind, "center": 11.3, "padding": padding})
        for kind in ("fourier", "fbp")
        for padding in ("edge", "zero")
    ]
    + [Example(_with_axis, {"alg_type": kind}) for kind in ("fourier", "fbp")]
    + [Example(_with_axis, {"alg_type": "sirt", "iterations": 3})]
    + [
        Example(_with_theta, {"alg_type": kind, "center": 11.3, "iterations": 3})
        for kind in _choices("Reconstruct", "alg_type")
        if kind not in ("fourier", "fbp")
    ],
    "AlgAstraRecon": [
        Example(_with_theta, {"alg_type": kind, "center": 11.3}, needs="astra")
        for kind in _choices("AlgAstraRecon", "alg_type")
    ]
    + [Example(_with_axis, {"alg_type": "sirt", "iterations": 3}, needs="astra")],
    "AlgTomopyRecon": [
        Example(_with_theta, {"alg_type": kind, "center": 11.3}, needs="tomopy")
        for kind in ("gridrec", "sirt")
    ],
    "AlgFAIIntegrate": [
        Example(_frames, PADDLE),
        Example(_exposures, PADDLE | {"splitting": "full", "flip": "ud", "dummy": 0xFFFFFFFF}),
        Example(_frames, PADDLE | {"error_model": "azimuthal", "unit": "q_A^-1"}),
    ],
    "AlgFAIIntegrate2D": [Example(_frames, PADDLE | {"npt_azim": 20})],
    "SigmaClip1D": [
        Example(_frames, PADDLE | {"threshold": 2}),
        Example(_exposures, PADDLE | {"error_model": "azimuthal", "dummy": 0xFFFFFFFF}),
    ],
    "MedianFilter1D": [
        Example(_frames, PADDLE),
        Example(_exposures, PADDLE | {"percentile": 20, "percentile_to": 80, "splitting": "full"}),
    ],
    "SumRegions": [Example(_counted_frames, {"regions": "5:20,0:10; 0:1,0:50"})],
    "SubtractFrame": [Example(_frames_and_background, {"scale": 0.7})],
    "SubtractBaseline": [
        Example(_patterns, {"half_width": 12}),
        Example(_patterns, {"half_width": 0}),
    ],
    "FitPeaks": [Example(_lines, {"half_window": 1.5})],
    "Crop": [
        Example(_stack, {"left": 2, "top": 1}, not_along=("row",)),
        Example(_stack, {"right": 3}),
    ],
    "Bin": [
        Example(_stack, {"rows": 2}, not_along=("row",)),
        Example(_stack, {"rows": 1, "columns": 3}),
    ],
    "CorrectDrift": [
        Example(_stack, {"air": 3}),
        Example(_stack, {"method": "mass", "reference": 0.5}),
    ],
    "RemoveOutliers": [
        Example(_stack, {"threshold": 0.2, "size": 5}, {"row": 2}),
        Example(_stack, {"threshold": 0.2, "window": "angle"}, {"angle": 1}),
    ],
    "CountChanges": [Example(_before_and_after)],
    "RetrievePhase": [Example(_stack, OPTICS)],
    "MaskPixels": [Example(_shots)],
    "RepairPixels": [Example(_masked)],
    "CircularMask": [
        Example(_volume, {"ratio": 0}),
        Example(_volume, {"ratio": 0.9, "value": -1}),
    ],
    "ConvertRange": [
        Example(_volume, {"bits": bits, "low": -0.5, "high": 1.25}) for bits in (8, 16, 32)
    ],
    "CountOutside": [Example(_volume, {"low": -0.5, "high": 1.25})],
    "ReorderAxes": [
        Example(_volume, {"order": order}) for order in _choices("ReorderAxes", "order")
    ],
    "Stitch360": [Example(_turn, {"center": 4.5})],
}
