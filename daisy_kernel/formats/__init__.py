"""Files: scans, references to data in them, and crash-proof outputs."""

from daisy_kernel.formats.angles import read_angles, read_numbers
from daisy_kernel.formats.atomic import atomic_file, publish, require_absent
from daisy_kernel.formats.block_checksum import block_checksum
from daisy_kernel.formats.describe import describe_file
from daisy_kernel.formats.eiger_target import write_eiger
from daisy_kernel.formats.frame_references import FramesInARow, FramesOfAGrid, read_into
from daisy_kernel.formats.frames import open_frames
from daisy_kernel.formats.hdf5_dataset import HDF5Dataset
from daisy_kernel.formats.hdf5_location import dataset_paths, open_hdf5_dataset
from daisy_kernel.formats.hdf5_space import reopen_datasets
from daisy_kernel.formats.hdf5_target import HDF5Target
from daisy_kernel.formats.hyperslab import dear_axes_of_pages
from daisy_kernel.formats.mask_file import (
    is_numpy_file,
    mask_file,
    read_numpy_mask,
    require_mask_name,
)
from daisy_kernel.formats.nexus import Axis, describe_volume, write_entry, write_nxdata
from daisy_kernel.formats.nexus_azint import axis_label, describe_patterns
from daisy_kernel.formats.poni import poni_keys, poni_text
from daisy_kernel.formats.profile_folder import ProfileFolder
from daisy_kernel.formats.provenance import has_provenance, read_provenance, write_provenance
from daisy_kernel.formats.reach import only_within, reachable_folders, require_reach, within_reach
from daisy_kernel.formats.rendered_target import RenderedTarget
from daisy_kernel.formats.result import open_result
from daisy_kernel.formats.scan import open_scan
from daisy_kernel.formats.stated_units import stated_units
from daisy_kernel.formats.tiff_stack import TiffStack
from daisy_kernel.formats.tiff_target import TIFF_TYPES, TiffTarget
from daisy_kernel.formats.unique_keys import unique_keys
from daisy_kernel.formats.zarr_array import ZarrArray, import_zarr
from daisy_kernel.formats.zarr_target import ZarrTarget

__all__ = [
    "TIFF_TYPES",
    "Axis",
    "FramesInARow",
    "FramesOfAGrid",
    "HDF5Dataset",
    "HDF5Target",
    "ProfileFolder",
    "RenderedTarget",
    "TiffStack",
    "TiffTarget",
    "ZarrArray",
    "ZarrTarget",
    "atomic_file",
    "axis_label",
    "block_checksum",
    "dataset_paths",
    "dear_axes_of_pages",
    "describe_file",
    "describe_patterns",
    "describe_volume",
    "has_provenance",
    "import_zarr",
    "is_numpy_file",
    "mask_file",
    "only_within",
    "open_frames",
    "open_hdf5_dataset",
    "open_result",
    "open_scan",
    "poni_keys",
    "poni_text",
    "publish",
    "reachable_folders",
    "read_angles",
    "read_into",
    "read_numbers",
    "read_numpy_mask",
    "read_provenance",
    "reopen_datasets",
    "require_absent",
    "require_mask_name",
    "require_reach",
    "stated_units",
    "unique_keys",
    "within_reach",
    "write_eiger",
    "write_entry",
    "write_nxdata",
    "write_provenance",
]
