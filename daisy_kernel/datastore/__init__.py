"""Names to data objects."""

from daisy_kernel.datastore.store import DataObject, DataStore, process_store

__all__ = ["DataObject", "DataStore", "process_store"]
