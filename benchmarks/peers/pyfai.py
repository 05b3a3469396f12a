"""pyFAI: every compiled or Python method that it has for processors, alone and side by side."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
from pyFAI.integrator.azimuthal import AzimuthalIntegrator
from pyFAI.io.ponifile import PoniFile
from pyFAI.method_registry import IntegrationMethod
from threadpoolctl import ThreadpoolController

from benchmarks.peers.integrator import (
    SPLITTINGS,
    UNIT,
    Experiment,
    Frames,
    Integrator,
    Patterns,
    Splitting,
    Worker,
)
from daisy_kernel.engines.memory import usable_cores

WHO = "pyFAI"
SIDE_BY_SIDE = ", a frame per thread"


def _inside(method: tuple[str, str, str]) -> Callable[[Experiment, int], Worker]:
    """Frame after frame, OpenMP within each."""

    def prepare(experiment: Experiment, threads: int) -> Worker:
        integrate = _one_frame(method, experiment)

        def worker(frames: Frames) -> Patterns:
            with _openmp(threads):
                return np.array([integrate(frame) for frame in frames])

        return worker

    return prepare


def _side_by_side(method: tuple[str, str, str]) -> Callable[[Experiment, int], Worker]:
    """A Python thread for each frame; its compiled loops let the others run."""

    def prepare(experiment: Experiment, threads: int) -> Worker:
        # One integrator each: they keep state. Tables are built by one at a time, see below.
        integrators = [_one_frame(method, experiment) for _ in range(threads)]
        built: list[bool] = []

        def share(thread: int, frames: Frames) -> list[Any]:
            # The number of OpenMP's threads is a setting of the thread that asks for them.
            with _openmp(1):
                return [integrators[thread](frame) for frame in frames[thread::threads]]

        def worker(frames: Frames) -> Patterns:
            patterns = [None] * len(frames)
            if not built:  # pyFAI aborts where two threads build at once
                built.extend(integrate(frames[0]) is not None for integrate in integrators)
            with ThreadPoolExecutor(threads) as pool:
                for k, part in enumerate(pool.map(share, range(threads), [frames] * threads)):
                    patterns[k::threads] = part
            return np.array(patterns)

        return worker

    return prepare


def _one_frame(
    method: tuple[str, str, str], experiment: Experiment
) -> Callable[[Frames], Patterns]:
    """As pyFAI's users do it, but for checks that it can be told to leave out."""
    poni = PoniFile()
    poni.read_from_dict(_keys(experiment.poni))
    integrator = AzimuthalIntegrator.sload(poni)
    integrator.detector.shape = integrator.detector.max_shape = experiment.mask.shape
    mask = experiment.mask.astype(np.int8)
    # Histograms alone would begin at the first pixel of all, masked or not: other bins.
    is_histogram = method[:2] == ("no", "histogram")
    radial_range = _range_of_seen(integrator, mask) if is_histogram else None

    def integrate(frame: Frames) -> Patterns:
        result = integrator.integrate1d(
            frame,
            experiment.n_bin,
            unit=UNIT,
            radial_range=radial_range,
            mask=mask,
            dummy=float(experiment.sentinel),
            delta_dummy=0.0,
            correctSolidAngle=True,
            polarization_factor=experiment.polarization,
            method=method,
            safe=False,
        )
        return result.intensity

    return integrate


def _range_of_seen(integrator: AzimuthalIntegrator, mask: Frames) -> tuple[float, float]:
    """Of the centres of the pixels that are not masked, the last one included."""
    seen = integrator.array_from_unit(mask.shape, "center", UNIT)[mask == 0]
    return float(seen.min()), float(np.nextafter(seen.max(), np.inf))


def _keys(poni: str) -> dict[str, Any]:
    lines = (line.partition(":") for line in poni.splitlines() if not line.startswith("#"))
    keys: dict[str, Any] = {key.strip().lower(): value.strip() for key, _, value in lines}
    return {**keys, "detector_config": json.loads(keys["detector_config"])}


def _openmp(threads: int) -> Any:
    return _controller().limit(limits=threads, user_api="openmp")


@cache
def _controller() -> ThreadpoolController:
    """Of the libraries that are loaded by then, pyFAI's OpenMP among them.

    Raises
    ------
    RuntimeError
        If it is not: then nobody could tell pyFAI how many threads to use.
    """
    import pyFAI.ext.splitBBoxCSR  # noqa: F401  # loads OpenMP

    controller = ThreadpoolController()
    if not any(pool["user_api"] == "openmp" for pool in controller.info()):
        raise RuntimeError(
            "pyFAI has loaded no OpenMP, so its threads cannot be counted: install a build with "
            "OpenMP, or leave pyFAI out by --only-ours."
        )
    return controller


def reference_patterns(experiment: Experiment, splitting: Splitting, frames: Frames) -> Patterns:
    """(n_frame, n_bin) by the method that adds in float64, bin by bin."""
    return _inside((splitting, "csr", "cython"))(experiment, usable_cores())(frames)


def _methods() -> list[tuple[Splitting, str, str]]:
    """(splitting, algorithm, implementation), without graphics cards."""
    return [
        (splitting, key.algo, key.impl)
        for splitting in SPLITTINGS
        for key in IntegrationMethod._registry  # the public list is of words
        if key.dim == 1 and key.split == splitting and key.impl in ("cython", "python")
    ]


def _integrators() -> list[Integrator]:
    found = []
    for method in _methods():
        splitting, algorithm, implementation = method
        who = f"{WHO} {algorithm} {implementation}"
        found.append(Integrator(splitting, who, _inside(method)))
        side_by_side = _side_by_side(method)
        found.append(Integrator(splitting, who + SIDE_BY_SIDE, side_by_side, least_threads=2))
    return found


INTEGRATORS = tuple(_integrators())
