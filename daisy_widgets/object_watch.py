"""Telling viewers that the object which they show was registered again."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable
from typing import Any

from daisy_kernel.contracts.transport import Transport
from daisy_kernel.session.object_handle import ObjectHandle

_LOG = logging.getLogger("daisy.widgets")
_LOOK_S = 5.0
"""So often is looked whether anybody still listens [s]."""

Listener = Callable[[ObjectHandle], None]
"""Takes the object as it is now, on a thread of its own; has to be a method."""


class ObjectWatch:
    """Follows the events of one kernel for as long as somebody listens.

    Parameters
    ----------
    transport
        The way to the kernel.
    """

    def __init__(self, transport: Transport):
        # Whoever listens holds the transport; it must not live on for being watched.
        self._transport = weakref.ref(transport)
        self._lock = threading.Lock()
        self._listeners: list[tuple[str, weakref.WeakMethod[Listener]]] = []
        self._thread: threading.Thread | None = None

    def join(self, name: str, listener: Listener) -> None:
        """Tell a method whenever the object of this name has changed, until its owner is gone."""
        with self._lock:
            self._listeners.append((name, weakref.WeakMethod(listener)))
            transport = self._transport()
            if self._thread is None and transport is not None:
                since = transport.call("kernel.describe", {})[0]["next"]
                self._thread = threading.Thread(
                    target=self._run, args=(transport, since), name="daisy-objects", daemon=True
                )
                self._thread.start()

    def leave(self, listener: Listener) -> None:
        """Tell this method nothing more."""
        with self._lock:
            self._listeners = [each for each in self._listeners if each[1]() != listener]

    def _run(self, transport: Transport, since: int) -> None:
        try:
            while self._is_heard():
                for event in transport.events(since, _LOOK_S):
                    since = event["kernel_n"] + 1
                    if event["kind"] == "object" and event["data"]["object"] is not None:
                        self._tell(ObjectHandle(transport, event["data"]["object"]))
        except Exception as error:  # the kernel is gone: there is nothing to be told any more
            _LOG.debug("The objects of a kernel are watched no more", exc_info=error)
            with self._lock:
                self._thread = None

    def _is_heard(self) -> bool:
        with self._lock:
            self._listeners = [each for each in self._listeners if each[1]() is not None]
            if not self._listeners:
                self._thread = None
            return bool(self._listeners)

    def _tell(self, now: ObjectHandle) -> None:
        with self._lock:
            listeners = [method() for name, method in self._listeners if name == now.name]
        for listener in filter(None, listeners):
            try:
                listener(now)
            except Exception:  # the others must not suffer
                _LOG.exception("A viewer could not show what has become of %r:", now.name)


_WATCHES: weakref.WeakKeyDictionary[Transport, ObjectWatch] = weakref.WeakKeyDictionary()
_LOCK = threading.Lock()


def watch_of(source: Any) -> ObjectWatch | None:
    """What watches the objects of the kernel that has this one; None: nobody could tell."""
    transport: Any = getattr(source, "transport", None)
    if not hasattr(transport, "events"):
        return None
    with _LOCK:
        return _WATCHES.setdefault(transport, ObjectWatch(transport))
