"""The hot loops: plain functions of arrays, serial, without the global lock."""

from daisy_kernel.numba_kernels.centre import Centre, find_centre_vo
from daisy_kernel.numba_kernels.fbp import fbp_reconstruct, fbp_scratch_bytes
from daisy_kernel.numba_kernels.filters import FilterName, reconstruction_filter
from daisy_kernel.numba_kernels.flat_field import DeadPixels, dead_pixels, flat_field
from daisy_kernel.numba_kernels.fourier import fourier_reconstruct, fourier_scratch_bytes
from daisy_kernel.numba_kernels.minus_log import minus_log
from daisy_kernel.numba_kernels.parallel_beam import ROWS_PER_GROUP
from daisy_kernel.numba_kernels.spectrum import Padding
from daisy_kernel.numba_kernels.stripes import remove_stripes_sorting, stripes_scratch_bytes

__all__ = [
    "ROWS_PER_GROUP",
    "Centre",
    "DeadPixels",
    "FilterName",
    "Padding",
    "dead_pixels",
    "fbp_reconstruct",
    "fbp_scratch_bytes",
    "find_centre_vo",
    "flat_field",
    "fourier_reconstruct",
    "fourier_scratch_bytes",
    "minus_log",
    "reconstruction_filter",
    "remove_stripes_sorting",
    "stripes_scratch_bytes",
]
