"""Kernel messages as a Jupyter Server carries them in one binary WebSocket frame.

Protocol ``v1.kernel.websocket.jupyter.org``: the number of offsets, the offsets (all unsigned, 64
bits, little-endian), then channel, header, parent header, metadata, content and buffers.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from daisy_kernel.errors import ConnectionLost

SUBPROTOCOL = "v1.kernel.websocket.jupyter.org"
_PARTS = 5
"""Parts before the buffers."""


@dataclass(frozen=True)
class Frame:
    """A received message, its parts unread."""

    parts: Sequence[memoryview]

    @property
    def msg_type(self) -> str:
        """Type of the message."""
        return str(json.loads(bytes(self.parts[1]))["msg_type"])

    @property
    def parent(self) -> str | None:
        """Id of the message that it answers."""
        return json.loads(bytes(self.parts[2])).get("msg_id")

    @property
    def content(self) -> Any:
        """What it says."""
        return json.loads(bytes(self.parts[4]))

    @property
    def buffers(self) -> Sequence[memoryview]:
        """What comes beside it."""
        return self.parts[_PARTS:]


def pack(
    channel: str,
    header: dict[str, Any],
    metadata: dict[str, Any],
    content: dict[str, Any],
    buffers: Sequence[bytes | memoryview],
) -> bytes:
    """A message as one frame."""
    texts = [json.dumps(part).encode() for part in (header, {}, metadata, content)]
    parts: list[bytes | memoryview] = [channel.encode(), *texts, *buffers]
    offsets, end = [], 8 * (2 + len(parts))
    for part in parts:
        offsets.append(end)
        end += memoryview(part).nbytes
    offsets.append(end)
    return b"".join([struct.pack(f"<{1 + len(offsets)}Q", len(offsets), *offsets), *parts])


def unpack(frame: bytes) -> Frame:
    """A frame as a message; its buffers are not copied.

    Raises
    ------
    ConnectionLost
        If it is no such frame.
    """
    try:
        (count,) = struct.unpack_from("<Q", frame)
        offsets = struct.unpack_from(f"<{count}Q", frame, 8)
    except struct.error as error:
        raise ConnectionLost("The server sent a frame that is no kernel message.") from error
    whole = memoryview(frame)
    parts = [whole[start:stop] for start, stop in pairwise(offsets)]
    if len(parts) < _PARTS or offsets[-1] != len(frame):
        raise ConnectionLost("The server sent a frame that is no complete kernel message.")
    return Frame(parts)
