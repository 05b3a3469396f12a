"""``%load_ext daisy_kernel``: Daisy in a kernel that is not ours."""

from __future__ import annotations

import sys
from typing import Any

from daisy_kernel.contracts.protocol import COMM_TARGET, REQUEST
from daisy_kernel.jupyter.comm_door import CommDoor
from daisy_kernel.jupyter.control_door import ControlDoor
from daisy_kernel.jupyter.heartbeat import Heartbeat
from daisy_kernel.jupyter.magics import DaisyMagics
from daisy_kernel.jupyter.view_door import VIEW_TARGET, ViewDoor
from daisy_kernel.session import DirectTransport, local_session

MISSING = (
    "Daisy is loaded. Session, magics, runs, widgets and remote requests work; in this kernel, "
    "which is not Daisy's own, viewers and widgets stand still while a cell runs, and a page that "
    "is reloaded meanwhile finds them again only when the cell has ended. "
    "The kernel 'Daisy (Python)' has neither fault."
)
ONLY_MAGICS = "Daisy is loaded: session and magics work; there is no kernel that others could ask."


def load_ipython_extension(shell: Any) -> None:
    """Add magics, and let widgets, panel and remote clients talk to this kernel.

    Parameters
    ----------
    shell
        IPython's, in a kernel or a terminal.

    Raises
    ------
    DaisyError
        If the configuration is broken; nothing is added then.
    """
    local_session()
    shell.register_magics(DaisyMagics)
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        sys.stdout.write(f"{ONLY_MAGICS}\n")
    elif REQUEST not in kernel.control_handlers:
        door = ControlDoor(kernel)
        open_doors(kernel, door)
        kernel.control_handlers[REQUEST] = kernel.shell_handlers[REQUEST] = door.enter
        sys.stdout.write(f"{MISSING}\n")


def open_doors(kernel: Any, door: ControlDoor) -> None:
    """Let events out of a kernel, and comms into it.

    Parameters
    ----------
    kernel
        In which we are.
    door
        For requests; events leave through it, too.

    Raises
    ------
    DaisyError
        If the configuration is broken.
    """
    transport = local_session().transport
    assert isinstance(transport, DirectTransport)
    comms, heartbeat = CommDoor(), Heartbeat(door.tell)
    transport.service.events.observers += [door.publish, comms.publish, heartbeat.watch]
    kernel.comm_manager.register_target(COMM_TARGET, comms.enter)
    kernel.comm_manager.register_target(VIEW_TARGET, ViewDoor().enter)
