"""Files: scans, references to data in them, and crash-proof outputs."""

from daisy_kernel.formats.angles import read_angles
from daisy_kernel.formats.atomic import atomic_file, publish, require_absent
from daisy_kernel.formats.describe import describe_file
from daisy_kernel.formats.hdf5_dataset import HDF5Dataset, dataset_paths, open_hdf5_dataset
from daisy_kernel.formats.hdf5_target import HDF5Target
from daisy_kernel.formats.hyperslab import dear_axes_of_pages
from daisy_kernel.formats.nexus import Axis, describe_volume, write_entry, write_nxdata
from daisy_kernel.formats.provenance import has_provenance, read_provenance, write_provenance
from daisy_kernel.formats.scan import open_scan
from daisy_kernel.formats.tiff_stack import TiffStack

__all__ = [
    "Axis",
    "HDF5Dataset",
    "HDF5Target",
    "TiffStack",
    "atomic_file",
    "dataset_paths",
    "dear_axes_of_pages",
    "describe_file",
    "describe_volume",
    "has_provenance",
    "open_hdf5_dataset",
    "open_scan",
    "publish",
    "read_angles",
    "read_provenance",
    "require_absent",
    "write_entry",
    "write_nxdata",
    "write_provenance",
]
