"""Names to data objects."""

from daisy_kernel.datastore.array_reference import ArrayReference, sliceable
from daisy_kernel.datastore.store import DataObject, DataStore, process_store, require_numbers

__all__ = [
    "ArrayReference",
    "DataObject",
    "DataStore",
    "process_store",
    "require_numbers",
    "sliceable",
]
