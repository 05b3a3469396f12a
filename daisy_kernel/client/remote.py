"""What both ways to a kernel elsewhere have in common: lost connections do not matter."""

from __future__ import annotations

import threading
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

from daisy_kernel.client.requests import Pending
from daisy_kernel.contracts.protocol import EVENT, PROTOCOL, REPLY, REQUEST
from daisy_kernel.contracts.transport import Buffers
from daisy_kernel.errors import ConnectionLost, DaisyError
from daisy_kernel.session.event_stream import EventNews, follow_events

PATIENCE_S = 300.0
"""How long a lost connection is tried to be made again while somebody waits."""
_PROBE_S = 2.0
"""A request without a reply for so long makes sure that the kernel is still there."""
_SILENCE_S = 10.0
"""A connection on which nothing has come for so long, although asked for, is taken for lost."""


class RemoteTransport(ABC):
    """Carries requests to a kernel elsewhere, from any thread.

    The connection may be lost and made again at any time. What had no reply then is sent again,
    and what must not be done twice carries a key by which the kernel recognises it.

    Parameters
    ----------
    where
        The kernel in words, for messages.
    patience_s
        How long a lost connection may stay lost while somebody waits [s].
    """

    read_bytes = 1 << 23

    def __init__(self, where: str, patience_s: float = PATIENCE_S):
        self.where, self.patience_s = where, patience_s
        self.identity = uuid.uuid4().hex
        """By which servers know this client, also after it was away."""
        self._news = EventNews()
        self._lock = threading.RLock()
        self._open: list[Pending] = []
        self._asked: dict[str, Pending] = {}
        self._instance: str | None = None
        self._lost_since: float | None = None
        self._heard = time.monotonic()
        self._is_closed = False

    @abstractmethod
    def _post(self, header: dict[str, Any], metadata: dict[str, Any], pending: Pending) -> None:
        """Put a request on its way; ConnectionLost or OSError if that is not possible now."""

    @abstractmethod
    def _reconnect(self) -> None:
        """Give up the connection and make another one, in the background."""

    @abstractmethod
    def _leave(self) -> None:
        """Close what is open; nothing is sent or received any more."""

    def call(
        self, operation: str, arguments: dict[str, Any], buffers: Buffers = ()
    ) -> tuple[dict[str, Any], Buffers]:
        """Perform an operation there.

        Raises
        ------
        ConnectionLost
            If the connection was lost and could not be made again, or another process is there.
        DaisyError
            Whatever the kernel says is wrong.
        """
        return self._wait(Pending(operation, arguments, buffers), self.patience_s).result()

    def events(self, since: int = 0, timeout: float | None = None) -> Iterator[dict[str, Any]]:
        """What happens in the kernel from a kernel-wide number on; see `Session.events`."""
        return follow_events(
            lambda n: self.call("kernel.events", {"since": n})[0], self._news, since, timeout
        )

    def close(self) -> None:
        """Leave the kernel; it goes on."""
        if not self._is_closed:
            self._is_closed = True
            self._leave()
            self._fail(ConnectionLost(f"The session with {self.where} was closed."))

    def greet(self, patience_s: float) -> None:
        """Make sure that a Daisy kernel answers.

        Raises
        ------
        ConnectionLost
            If none does in time, or it speaks another version of the protocol.
        """
        try:
            told = self._wait(Pending("kernel.describe", {}), patience_s, patience_s).result()[0]
        except DaisyError:
            self.close()
            raise
        if told["protocol"] != PROTOCOL:
            self.close()
            raise ConnectionLost(
                f"{self.where} speaks version {told['protocol']} of the protocol, this is version "
                f"{PROTOCOL}: install the same version of Daisy on both sides."
            )
        self._instance = told["instance"]

    def _wait(self, pending: Pending, patience_s: float, longest_s: float | None = None) -> Pending:
        """Send a request and wait: for ever if nothing else is said and the kernel is there."""
        if self._is_closed:
            raise ConnectionLost(f"The session with {self.where} was closed: connect again.")
        with self._lock:
            self._open.append(pending)
        self._send(pending)
        try:
            while not pending.ended.wait(min(_PROBE_S, patience_s)):
                if longest_s is not None and time.monotonic() - pending.began > longest_s:
                    raise ConnectionLost(self._unreachable(longest_s))
                self._look_after(pending, patience_s)
        finally:
            with self._lock:
                self._open.remove(pending)
                self._asked = {key: p for key, p in self._asked.items() if p in self._open}
        return pending

    def _send(self, pending: Pending) -> None:
        metadata = {}
        if pending.once is not None:
            metadata["daisy_once"] = pending.once
            if pending.instance is not None:
                metadata["daisy_again"] = pending.instance
        header = self._header()
        with self._lock:
            self._asked[header["msg_id"]] = pending
            pending.instance = pending.instance or self._instance or ""
        try:
            self._post(header, metadata, pending)
        except (ConnectionLost, OSError):
            self._lost()  # it is sent once the connection is back

    def _header(self) -> dict[str, Any]:
        return {
            "msg_id": uuid.uuid4().hex,
            "msg_type": REQUEST,
            "username": "daisy",
            "session": self.identity,
            "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "version": "5.4",
        }

    def _look_after(self, pending: Pending, patience_s: float) -> None:
        now = time.monotonic()
        lost = self._lost_since
        silent = self._heard < pending.began and now - pending.began > patience_s
        if silent or (lost is not None and now - lost > patience_s):
            raise ConnectionLost(self._unreachable(patience_s))
        if lost is None and now - max(self._heard, pending.began) > _SILENCE_S:
            self._reconnect()
        self._send(Pending("kernel.events", {"since": 1 << 62}))

    def _unreachable(self, patience_s: float) -> str:
        return (
            f"{self.where} has not answered for {patience_s:.0f} s: make sure that it runs and "
            "that the network is there, and connect again."
        )

    def _hear(self, msg_type: str, parent: str | None, content: Any, parts: Sequence[Any]) -> None:
        """A message has come."""
        self._heard = time.monotonic()
        if msg_type == EVENT:
            self._news.tell()
        elif msg_type == REPLY and parent is not None:
            with self._lock:
                pending = self._asked.pop(parent, None)
            if pending is not None:  # or the same was asked again, and that was answered already
                pending.reply(content, parts)
            self._meet(content)

    def _meet(self, content: dict[str, Any]) -> None:
        """Notice that another process answers: what the former one had to do is asked of it."""
        instance = content.get("result", {}).get("instance")
        if instance is None or instance == self._instance:
            return
        former, self._instance = self._instance, instance
        if former is not None:
            self._send_again()

    def _lost(self) -> None:
        with self._lock:
            if self._lost_since is None:
                self._lost_since = time.monotonic()

    def _found(self) -> None:
        """The connection is there, for the first time or again."""
        with self._lock:
            was_lost, self._lost_since = self._lost_since is not None, None
        self._heard = time.monotonic()
        if was_lost:
            self._send_again()
            self._news.tell()

    def _send_again(self) -> None:
        with self._lock:
            unanswered = [p for p in self._open if not p.ended.is_set()]
        for pending in unanswered:
            self._send(pending)

    def _fail(self, problem: DaisyError) -> None:
        """Nobody needs to wait any longer."""
        with self._lock:
            unanswered = list(self._open)
        for pending in unanswered:
            if not pending.ended.is_set():
                pending.fail(problem)
        self._news.tell()
