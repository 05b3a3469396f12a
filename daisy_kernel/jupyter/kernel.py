"""The Daisy kernel."""

from __future__ import annotations

import platform
from typing import Any

from ipykernel.ipkernel import IPythonKernel

from daisy_kernel.contracts.protocol import PROTOCOL, REQUEST
from daisy_kernel.errors import DaisyError
from daisy_kernel.jupyter.comm_routing import CommRouting
from daisy_kernel.jupyter.control_door import ControlDoor
from daisy_kernel.jupyter.extension import open_doors
from daisy_kernel.jupyter.magics import DaisyMagics
from daisy_kernel.version import __version__


class DaisyKernel(CommRouting):
    """A Python kernel that also answers ``daisy_request`` and tells of runs by ``daisy_event``.

    The same messages come and go on comms of the target ``daisy``; see `ControlDoor`, `CommDoor`.
    """

    implementation = "daisy"
    implementation_version = __version__
    banner = (
        f"Daisy {__version__} on Python {platform.python_version()}\n"
        "session = daisy_kernel.connect() gives objects, algorithms, workflows and runs."
    )
    # The language stays Python for highlighting, nbconvert, papermill and debugger.
    language_info = {  # noqa: RUF012 - as the base class has it
        **IPythonKernel.language_info,
        "daisy": {"version": __version__, "protocol": PROTOCOL},
    }
    msg_types = [*IPythonKernel.msg_types, REQUEST]  # noqa: RUF012
    control_msg_types = [*IPythonKernel.control_msg_types, REQUEST]  # noqa: RUF012

    shell: Any
    """IPython's; made before `start`."""

    def start(self) -> None:
        """Start answering."""
        self._door = ControlDoor(self)  # first: once started, another thread takes requests
        super().start()
        self.shell.register_magics(DaisyMagics)
        try:
            open_doors(self, self._door)
        except DaisyError as error:
            # A broken configuration: cells work, requests say what is wrong.
            self.log.error("Daisy is not usable in this kernel: %s", error)

    def _publish_status(
        self, status: str, channel: str, parent: dict[str, Any] | None = None
    ) -> None:
        """Say busy or idle, but not for our own requests.

        JupyterLab would take the "idle" after a request on control for the end of a running cell,
        and an idle culler would take a panel that only looks for somebody who works.
        """
        asked = (parent or self.get_parent(channel) or {}).get("header", {}).get("msg_type")
        if asked != REQUEST:
            super()._publish_status(status, channel, parent)

    async def daisy_request(self, stream: Any, ident: list[bytes], parent: dict[str, Any]) -> None:
        """Answer with a ``daisy_reply``."""
        await self._door.enter(stream, ident, parent)
