"""Ways into the kernel, as a client uses them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Protocol

from jupyter_client import BlockingKernelClient

from daisy_kernel.contracts.protocol import COMM_TARGET, REPLY, REQUEST

PATIENCE_S = 60.0
"""Until an answer is given up."""


class Door(Protocol):
    """Carries one request after the other."""

    name: str
    """As it stands in the table."""

    def ask(
        self, operation: str, arguments: dict[str, Any]
    ) -> tuple[dict[str, Any], Sequence[Any]]:
        """Result and buffers of one operation."""
        ...


class ControlDoor:
    """A ``daisy_request`` on the control channel, over ZMQ."""

    name = "Daisy, ZMQ control"

    def __init__(self, client: BlockingKernelClient):
        self._client = client

    def ask(
        self, operation: str, arguments: dict[str, Any]
    ) -> tuple[dict[str, Any], Sequence[Any]]:
        """Send the request and wait for its reply."""
        content = {"operation": operation, "arguments": arguments}
        request = self._client.session.msg(REQUEST, content)
        self._client.control_channel.send(request)
        while True:
            reply = self._client.get_control_msg(timeout=PATIENCE_S)
            if reply["parent_header"].get("msg_id") == request["header"]["msg_id"]:
                return _result(reply["content"]), reply["buffers"]


class CommDoor:
    """The same on a comm of the target ``daisy``, over ZMQ."""

    name = "Daisy, ZMQ comm"

    def __init__(self, client: BlockingKernelClient):
        self._client, self._comm = client, uuid.uuid4().hex
        self._send("comm_open", {"target_name": COMM_TARGET, "data": {}})

    def ask(
        self, operation: str, arguments: dict[str, Any]
    ) -> tuple[dict[str, Any], Sequence[Any]]:
        """Send the request and wait for its reply among all that the kernel publishes."""
        asked_by = uuid.uuid4().hex
        content = {"operation": operation, "arguments": arguments}
        self._send("comm_msg", {"data": {"type": REQUEST, "id": asked_by, "content": content}})
        while True:
            message = self._client.get_iopub_msg(timeout=PATIENCE_S)
            if message["msg_type"] != "comm_msg":
                continue
            data = message["content"]["data"]
            if data["type"] == REPLY and data["id"] == asked_by:
                return _result(data["content"]), message["buffers"]

    def _send(self, kind: str, content: dict[str, Any]) -> None:
        message = self._client.session.msg(kind, {"comm_id": self._comm, **content})
        self._client.shell_channel.send(message)


def _result(content: dict[str, Any]) -> dict[str, Any]:
    if content["status"] != "ok":
        raise RuntimeError(f"The kernel refused: {content['error']['message']}")
    result: dict[str, Any] = content["result"]
    return result
