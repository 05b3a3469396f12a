"""TomoPy as a back end, as in Fig. 3A of the paper, in Daisy's conventions."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from daisy_kernel.algorithms.moved_sinogram import moved_sinogram
from daisy_kernel.algorithms.slice_terms import square_slices, store_slices
from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec, Unit
from daisy_kernel.errors import MissingLibrary
from daisy_kernel.numba_kernels import ParallelBeam

_ONE_PASS = ("gridrec", "fbp")
"""They take a filter and no number of iterations."""
_THREADS = "TOMOPY_PYTHON_THREADS"


class AlgTomopyRecon(Algorithm):
    """Slices of the sample, reconstructed by TomoPy.

    Geometry as for `Reconstruct`; values as TomoPy scales them, which for gridrec was 1.126 times
    the attenuation per pixel of a real scan.
    """

    along = ("row",)
    renames = {"row": "slice"}  # noqa: RUF012 - a declaration, never changed

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """One square slice per detector row, as wide as the detector."""
        return square_slices(inputs)

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """Of one slice, twice as wide, with TomoPy's transform rounded up to a power of two."""
        n_angle, _, n_col = inputs["input_dataobj"].shape
        width = 1 << max(4, (2 * n_col - 1).bit_length())
        return 60 * n_angle * width + 16 * width**2 + 2**22

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        theta: Annotated[str, Input("angle")],
        output_dataobj: Annotated[str, Output("slice", "y", "x")],
        center: Annotated[float, Unit("pixel"), Field(description="column of the rotation axis")],
        alg_type: Annotated[str, Field(description="TomoPy's name of the method")] = "gridrec",
        filter_name: Annotated[
            str, Field(description="TomoPy's name of the filter (gridrec and fbp only)")
        ] = "shepp",
        num_iter: Annotated[
            int, Field(ge=1, description="number of iterations (not for gridrec and fbp)")
        ] = 20,
    ) -> None:
        """Columns count from 0 with pixel centres on integers; see `_gridrec` for the padding.

        Slice after slice, because gridrec makes two at once and each shows in the other.
        """
        try:
            import tomopy  # late: it is not on PyPI and most installations lack it
        except ImportError as error:
            raise MissingLibrary(
                "TomoPy is not installed; it comes from conda-forge only (conda install -c "
                "conda-forge tomopy). Or use Reconstruct, which needs nothing further."
            ) from error
        beam = ParallelBeam(self.data[input_dataobj], self.data[theta], center, "edge")
        _, n_row, n_col = beam.sinograms.shape
        options: dict[str, Any] = {"algorithm": alg_type, "ncore": 1}
        options |= {"filter_name": filter_name} if alg_type in _ONE_PASS else {"num_iter": num_iter}
        volume = np.empty((n_row, n_col, n_col), np.float32)
        with _one_thread_each():
            for row, image in enumerate(volume):
                sinogram = np.ascontiguousarray(beam.sinograms[:, row], np.float32)
                if alg_type == "gridrec":
                    image[:] = _gridrec(tomopy, sinogram, beam.angles, center, options)
                else:
                    # The others count columns from the edge of the first one.
                    stack = sinogram[:, np.newaxis]
                    image[:] = tomopy.recon(stack, beam.angles, center=center + 0.5, **options)[0]
        store_slices(self, output_dataobj, volume)


def _gridrec(
    tomopy: Any,
    sinogram: NDArray[np.float32],
    angles_rad: NDArray[np.float64],
    centre: float,
    options: Mapping[str, Any],
) -> NDArray[np.float32]:
    """One slice by gridrec, with the axis where `Reconstruct` has it.

    The detector is continued by half of its width on each side with its edge values, without
    which gridrec's values depend on the place. Gridrec puts the axis onto a pixel, x = width / 2
    and y = width / 2 - 1; where ours lies between pixels the sample is moved there beforehand, to
    the left and downwards by half a pixel.
    """
    n_col = sinogram.shape[1]
    left = n_col // 2
    wide = np.pad(sinogram, ((0, 0), (left, n_col - left)), mode="edge")
    first_y = first_x = left
    if n_col % 2:
        first_x += 1
    else:
        wide = moved_sinogram(wide, -0.5 * (np.cos(angles_rad) + np.sin(angles_rad)))
    image = tomopy.recon(wide[:, np.newaxis], angles_rad, center=centre + left, **options)[0]
    return image[first_y : first_y + n_col, first_x : first_x + n_col]


class _Calls:
    lock = threading.Lock()
    running = 0
    before: str | None = None


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Meanwhile TomoPy starts no threads of its own.

    Each call of TomoPy sets this variable and removes it, which fails where another thread has
    removed it first; it is left alone where somebody has set it before.
    """
    with _Calls.lock:
        if _Calls.running == 0:
            _Calls.before = os.environ.get(_THREADS)
            os.environ[_THREADS] = "1"
        _Calls.running += 1
    try:
        yield
    finally:
        with _Calls.lock:
            _Calls.running -= 1
            if _Calls.running == 0:
                if _Calls.before is None:
                    os.environ.pop(_THREADS, None)
                else:
                    os.environ[_THREADS] = _Calls.before
