"""The one face that notebook, widgets, command line and remote client see."""

from daisy_kernel.session.direct import DirectTransport, local_session
from daisy_kernel.session.service import Service
from daisy_kernel.session.session import Session

__all__ = ["DirectTransport", "Service", "Session", "local_session"]
