"""A Daisy kernel of its own, in a folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from jupyter_client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from benchmarks.service.doors import ControlDoor
from daisy_kernel.contracts.protocol import REQUEST

if TYPE_CHECKING:
    from benchmarks.service.questions import Question

_START_S = 120.0


class ServedKernel:
    """A kernel that others are to ask; it ends with the ``with`` block.

    Its run records go into the folder, so that those of the user are left alone.
    """

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="daisy-")))
            settings = self.folder / "config.toml"
            settings.write_text(f'data_roots = ["{self.folder}"]')  # a server has its own folder
            self.environment = os.environ | {
                "DAISY_CONFIG": str(settings),
                "DAISY_RUNS": str(self.folder / "runs"),
            }
            self._connection_file = self._start(stack)
            self._clients = stack.enter_context(ExitStack())
            self.client = self.new_client()
            self._door = ControlDoor(self.client)
            self.pid: int = self.ask("kernel.describe")["pid"]
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self, stack: ExitStack) -> str:
        """Start it, have the stack end it; its connection file."""
        manager = KernelManager(kernel_name="daisy")
        manager.start_kernel(cwd=str(self.folder), env=self.environment, stderr=subprocess.DEVNULL)
        stack.callback(manager.cleanup_resources)
        stack.callback(manager.shutdown_kernel, now=True)
        return str(manager.connection_file)

    def interrupt(self) -> None:
        """End the cell that runs."""
        os.kill(self.pid, signal.SIGINT)

    def new_client(self) -> BlockingKernelClient:
        """One more client, with sockets of its own."""
        # Not manager.client(): those share one identity, under which only one is answered.
        client = BlockingKernelClient(connection_file=self._connection_file)
        client.load_connection_file()
        client.start_channels(hb=False)
        self._clients.callback(client.stop_channels)
        client.wait_for_ready(timeout=_START_S)
        return client

    def ask(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Result of one operation."""
        return self._door.ask(operation, arguments)[0]

    def put(self, questions: Iterable[Question]) -> None:
        """Give the kernel the arrays that are going to be read."""
        for question in questions:
            if question.megabytes:
                array = question.array
                arguments = {
                    "name": question.object_name,
                    "shape": list(array.shape),
                    "dtype": array.dtype.str,
                }
                content = {"operation": "objects.put", "arguments": arguments}
                message = self.client.session.msg(REQUEST, content)
                socket = self.client.control_channel.socket
                self.client.session.send(socket, message, buffers=[array.data])
                reply = self.client.get_control_msg(timeout=_START_S)["content"]
                if reply["status"] != "ok":
                    raise RuntimeError(f"The kernel refused: {reply['error']['message']}")
