"""The hot loops: plain functions of arrays, serial, without the global lock."""

from daisy_kernel.numba_kernels.azimuthal import (
    InvalidPixels,
    azimuthal_scratch_bytes,
    integrate_frames,
)
from daisy_kernel.numba_kernels.azimuthal_quantile import integrate_quantiles
from daisy_kernel.numba_kernels.azimuthal_spread import Matrix, integrate_with_spread
from daisy_kernel.numba_kernels.azimuthal_table import BinTable, bin_table
from daisy_kernel.numba_kernels.bad_pixels import mask_pixels, repair_pixels
from daisy_kernel.numba_kernels.binning import bin_projections, binned_pixels, moved_centre
from daisy_kernel.numba_kernels.centre import LEAST_CONFIDENCE, Centre
from daisy_kernel.numba_kernels.centre_entropy import find_centre_entropy
from daisy_kernel.numba_kernels.centre_overlap import Overlap, find_overlap_360
from daisy_kernel.numba_kernels.centre_pairs import find_centre_phase_correlation
from daisy_kernel.numba_kernels.centre_search import (
    CentreMethod,
    centre_scratch_bytes,
    find_centre,
)
from daisy_kernel.numba_kernels.centre_tilt import Axis, fit_axis
from daisy_kernel.numba_kernels.centre_trial import try_centres
from daisy_kernel.numba_kernels.centre_vo import find_centre_vo
from daisy_kernel.numba_kernels.cgls import cgls_reconstruct, cgls_scratch_bytes
from daisy_kernel.numba_kernels.circular_mask import circular_mask
from daisy_kernel.numba_kernels.drift import (
    AirSide,
    correct_drift_air,
    correct_drift_mass,
    frame_intensities,
)
from daisy_kernel.numba_kernels.dynamic_flat_field import (
    dynamic_flat_field,
    dynamic_flat_field_scratch_bytes,
)
from daisy_kernel.numba_kernels.eigen_flats import (
    Selection,
    eigen_flats,
    eigen_flats_scratch_bytes,
)
from daisy_kernel.numba_kernels.fbp import fbp_reconstruct, fbp_scratch_bytes
from daisy_kernel.numba_kernels.filters import FilterName, reconstruction_filter
from daisy_kernel.numba_kernels.flat_field import (
    DeadPixels,
    dead_pixels,
    flat_field,
    line_integrals,
)
from daisy_kernel.numba_kernels.fourier import fourier_reconstruct, fourier_scratch_bytes
from daisy_kernel.numba_kernels.half_acquisition import (
    stitch_turn,
    stitched_centre,
    stitched_columns,
)
from daisy_kernel.numba_kernels.minus_log import minus_log
from daisy_kernel.numba_kernels.os_sart import os_sart_reconstruct, os_sart_scratch_bytes
from daisy_kernel.numba_kernels.outliers import OutlierSign, OutlierWindow, remove_outliers
from daisy_kernel.numba_kernels.parallel_beam import ROWS_PER_GROUP, ParallelBeam
from daisy_kernel.numba_kernels.phase import phase_reach, phase_scratch_bytes, retrieve_phase
from daisy_kernel.numba_kernels.projector import back_project, forward_project
from daisy_kernel.numba_kernels.sirt import sirt_reconstruct, sirt_scratch_bytes
from daisy_kernel.numba_kernels.slice_merit import slice_entropy, slice_negativity
from daisy_kernel.numba_kernels.spectrum import Padding
from daisy_kernel.numba_kernels.stripes import remove_stripes_sorting, stripes_scratch_bytes
from daisy_kernel.numba_kernels.stripes_all import all_stripes_scratch_bytes, remove_stripes_all
from daisy_kernel.numba_kernels.stripes_mean import (
    remove_stripes_smoothing,
    remove_stripes_titarenko,
)
from daisy_kernel.numba_kernels.stripes_wavelet import remove_stripes_wavelet, wavelet_scratch_bytes
from daisy_kernel.numba_kernels.tv import tv_reconstruct, tv_scratch_bytes
from daisy_kernel.numba_kernels.value_range import (
    Outside,
    convert_range,
    count_outside,
    require_range,
)

__all__ = [
    "LEAST_CONFIDENCE",
    "ROWS_PER_GROUP",
    "AirSide",
    "Axis",
    "BinTable",
    "Centre",
    "CentreMethod",
    "DeadPixels",
    "FilterName",
    "InvalidPixels",
    "Matrix",
    "OutlierSign",
    "OutlierWindow",
    "Outside",
    "Overlap",
    "Padding",
    "ParallelBeam",
    "Selection",
    "all_stripes_scratch_bytes",
    "azimuthal_scratch_bytes",
    "back_project",
    "bin_projections",
    "bin_table",
    "binned_pixels",
    "centre_scratch_bytes",
    "cgls_reconstruct",
    "cgls_scratch_bytes",
    "circular_mask",
    "convert_range",
    "correct_drift_air",
    "correct_drift_mass",
    "count_outside",
    "dead_pixels",
    "dynamic_flat_field",
    "dynamic_flat_field_scratch_bytes",
    "eigen_flats",
    "eigen_flats_scratch_bytes",
    "fbp_reconstruct",
    "fbp_scratch_bytes",
    "find_centre",
    "find_centre_entropy",
    "find_centre_phase_correlation",
    "find_centre_vo",
    "find_overlap_360",
    "fit_axis",
    "flat_field",
    "forward_project",
    "fourier_reconstruct",
    "fourier_scratch_bytes",
    "frame_intensities",
    "integrate_frames",
    "integrate_quantiles",
    "integrate_with_spread",
    "line_integrals",
    "mask_pixels",
    "minus_log",
    "moved_centre",
    "os_sart_reconstruct",
    "os_sart_scratch_bytes",
    "phase_reach",
    "phase_scratch_bytes",
    "reconstruction_filter",
    "remove_outliers",
    "remove_stripes_all",
    "remove_stripes_smoothing",
    "remove_stripes_sorting",
    "remove_stripes_titarenko",
    "remove_stripes_wavelet",
    "repair_pixels",
    "require_range",
    "retrieve_phase",
    "sirt_reconstruct",
    "sirt_scratch_bytes",
    "slice_entropy",
    "slice_negativity",
    "stitch_turn",
    "stitched_centre",
    "stitched_columns",
    "stripes_scratch_bytes",
    "try_centres",
    "tv_reconstruct",
    "tv_scratch_bytes",
    "wavelet_scratch_bytes",
]
