"""The ASTRA Toolbox as a back end."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import ExitStack, nullcontext
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from daisy_kernel.algorithms.moved_sinogram import moved_sinogram
from daisy_kernel.algorithms.slice_terms import (
    Center,
    Centers,
    axis_columns,
    require_choices,
    square_slices,
    store_slices,
)
from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec, Unit
from daisy_kernel.errors import MissingLibrary
from daisy_kernel.numba_kernels import ParallelBeam

_METHODS = {"fbp": "FBP", "sirt": "SIRT", "sart": "SART", "cgls": "CGLS"}
_ITERATIONS = {"sirt": 100, "sart": 10, "cgls": 20}
_BOUNDED = ("sirt", "sart")
_FILTERS = {"ramp": "ram-lak", "shepp": "shepp-logan"}
_ONE_ON_THE_GPU = threading.Lock()
"""Slices on the GPU are computed one at a time, so that their memory does not add up."""


class AlgAstraRecon(Algorithm):
    """Slices of the sample, reconstructed by the ASTRA Toolbox (GPLv3), in attenuation per pixel.

    The same conventions as `Reconstruct`; beside the detector there is nothing.
    """

    along = ("row",)
    renames = {"row": "slice"}  # noqa: RUF012 - a declaration, never changed

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """One square slice per detector row, as wide as the detector."""
        require_choices(params, _BOUNDED)
        return square_slices(inputs)

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """What ASTRA holds of one slice and its sinogram, which may be widened to the double."""
        n_angle, _, n_col = inputs["input_dataobj"].shape
        image = 4 * n_col**2
        if params["alg_type"] == "fbp":  # 44 bytes for each sample that is moved
            return max(3 * image, 44 * n_angle * (2 * n_col + 2)) + 3 * image + 2**22
        return 3 * (image + 4 * n_angle * n_col) + 2**22

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        theta: Annotated[str, Input("angle")],
        output_dataobj: Annotated[str, Output("slice", "y", "x")],
        center: Center = None,
        centers_dataobj: Centers = None,
        alg_type: Annotated[
            Literal["fbp", "sirt", "sart", "cgls"],
            Field(
                description="method of reconstruction: fbp for many evenly spread angles, the "
                "others iterate and bear few, limited or noisy ones"
            ),
        ] = "fbp",
        device: Annotated[
            Literal["cpu", "gpu"],
            Field(description="where to compute; gpu needs one of NVIDIA that ASTRA can use"),
        ] = "cpu",
        filter_name: Annotated[
            Literal["ramp", "shepp", "cosine", "hann", "hamming", "parzen"],
            Field(description="damping of high frequencies; ramp is sharpest (fbp only)"),
        ] = "shepp",
        iterations: Annotated[
            int | None,
            Field(
                ge=1,
                description="how often every projection is used; by default sirt 100, sart 10, "
                "cgls 20 (not for fbp)",
            ),
        ] = None,
        relaxation: Annotated[
            float,
            Unit("1"),
            Field(gt=0, lt=2, description="length of a step; less is calmer and slower (sart)"),
        ] = 0.2,
        non_negative: Annotated[
            bool, Field(description="keep negative values out (sirt and sart only)")
        ] = False,
    ) -> None:
        """Geometry as for `fourier_reconstruct`; slice after slice."""
        astra = _library()
        if device == "gpu" and not astra.use_cuda():
            raise MissingLibrary(
                "device is 'gpu', but ASTRA finds no GPU of NVIDIA that it can use: install a "
                "driver and an ASTRA that was built with CUDA, or choose device 'cpu'."
            )
        sinograms = self.data[input_dataobj]
        centers = None if centers_dataobj is None else self.data[centers_dataobj]
        centre = axis_columns(sinograms.shape[2], center, centers)
        beam = ParallelBeam(sinograms, self.data[theta], centre, "zero")
        options: dict[str, Any] = {}
        rounds = 1
        if alg_type == "fbp":
            options["FilterType"] = _FILTERS.get(filter_name, filter_name)
        else:
            rounds = _ITERATIONS[alg_type] if iterations is None else iterations
        if alg_type == "sart":
            rounds *= len(beam.angles)  # ASTRA counts projections
            options |= {
                "Relaxation": relaxation,
                "ProjectionOrder": "custom",
                "ProjectionOrderList": _golden_order(len(beam.angles)),
            }
        if non_negative:
            options["MinConstraint"] = 0.0
        name = _METHODS[alg_type] + ("_CUDA" if device == "gpu" else "")
        volume = np.empty((sinograms.shape[1], sinograms.shape[2], sinograms.shape[2]), np.float32)
        for row, image in enumerate(volume):
            sinogram = np.ascontiguousarray(beam.sinograms[:, row], np.float32)
            if not sinogram.any():
                image[:] = 0  # of which ASTRA's CGLS makes NaN
                continue
            if alg_type == "fbp":  # which alone knows no detector that is off the axis
                rays, sinogram = _centred(astra, beam, row, sinogram)
            else:
                rays = _off_centre(astra, beam, row)
            with _ONE_ON_THE_GPU if device == "gpu" else nullcontext():
                image[:] = _slice(astra, name, rays, sinogram, options, rounds, len(image))
        store_slices(self, output_dataobj, volume)


def _library() -> Any:
    try:
        import astra  # late: optional, because of its licence
    except ImportError as error:
        raise MissingLibrary(
            "The ASTRA Toolbox is not installed (its licence is GPLv3): pip install "
            "'daisy-xray[astra]'. Or use Reconstruct, which needs nothing further."
        ) from error
    return astra


def _golden_order(n_angle: int) -> NDArray[np.float64]:
    """Projections such that each is far from those just before it.

    One after the other, as ASTRA does by default, the last ones count most: the centroid of a
    disk then lay 0.1 pixel aside.
    """
    golden = (np.arange(n_angle) * (np.sqrt(5) - 1) / 2) % 1
    return np.argsort(np.argsort(golden)).astype(np.float64)


def _off_centre(astra: Any, beam: ParallelBeam, row: int) -> dict[str, Any]:
    """Parallel rays on a detector whose given column lies on the axis."""
    n_col = beam.sinograms.shape[2]
    middle = (n_col - 1) / 2 - beam.centres[row]
    cos, sin = beam.cosines, beam.sines
    # Direction of the rays, middle of the detector, step from column to column; ASTRA's y points
    # up while its rows count down, so that its images are ours.
    vectors = np.stack([sin, -cos, middle * cos, middle * sin, cos, sin], axis=1)
    return astra.create_proj_geom("parallel_vec", n_col, vectors)


def _centred(
    astra: Any, beam: ParallelBeam, row: int, sinogram: NDArray[np.float32]
) -> tuple[dict[str, Any], NDArray[np.float32]]:
    """A wider detector with the axis in its middle, and what it sees.

    Zeros on one side bring the axis within a quarter of a pixel of the middle; only that rest, if
    there is one, is interpolated.
    """
    off = 2 * (beam.centres[row] - (sinogram.shape[1] - 1) / 2)
    surplus = round(off)
    wide = np.pad(sinogram, ((0, 0), (max(0, -surplus), max(0, surplus))))
    if off != surplus:
        wide = np.pad(wide, ((0, 0), (1, 1)))  # so that nothing comes round from the other end
        wide = moved_sinogram(wide, (surplus - off) / 2)
    return astra.create_proj_geom("parallel", 1.0, wide.shape[1], beam.angles), wide


def _slice(
    astra: Any,
    name: str,
    rays: dict[str, Any],
    sinogram: NDArray[np.float32],
    options: dict[str, Any],
    rounds: int,
    n: int,
) -> NDArray[np.float32]:
    """One slice, (n, n), by ASTRA's method of this name.

    All objects are of this call alone. ASTRA's table of them changes only while Python's global
    lock is held, which its algorithms let go of while they run; slices of several threads are
    the same, bit by bit, as one after the other.
    """
    pixels = astra.create_vol_geom(n, n)
    settings = astra.astra_dict(name) | {"option": options}
    with ExitStack() as objects:
        if not name.endswith("_CUDA"):
            settings["ProjectorId"] = astra.create_projector("linear", rays, pixels)
            objects.callback(astra.projector.delete, settings["ProjectorId"])
        settings["ProjectionDataId"] = astra.data2d.create("-sino", rays, sinogram)
        objects.callback(astra.data2d.delete, settings["ProjectionDataId"])
        settings["ReconstructionDataId"] = astra.data2d.create("-vol", pixels)
        objects.callback(astra.data2d.delete, settings["ReconstructionDataId"])
        algorithm = astra.algorithm.create(settings)
        objects.callback(astra.algorithm.delete, algorithm)
        astra.algorithm.run(algorithm, rounds)
        return np.array(astra.data2d.get_shared(settings["ReconstructionDataId"]))
