"""What a session's mappings give: a data object and a run, wherever they live."""

from daisy_kernel.session.object_handle import Image, ObjectHandle
from daisy_kernel.session.run_handle import RunHandle

__all__ = ["Image", "ObjectHandle", "RunHandle"]
