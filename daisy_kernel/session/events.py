"""What happens in this kernel, numbered for whoever listens or asks later."""

from __future__ import annotations

import secrets
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable
from itertools import islice

from daisy_kernel.contracts.events import Event, KernelEvent
from daisy_kernel.contracts.protocol_kernel import AskKernelEvents, KernelEvents
from daisy_kernel.contracts.protocol_runs import MAX_EVENTS, ObjectData
from daisy_kernel.datastore import DataStore
from daisy_kernel.errors import UnknownName
from daisy_kernel.session.messages import as_json
from daisy_kernel.session.objects import describe

KernelObserver = Callable[[KernelEvent], None]
"""Is told every event of the kernel, in order; must return at once."""


class EventFeed:
    """Events of all runs and data objects of this process, in one order.

    Parameters
    ----------
    store
        Whose objects are watched.
    """

    def __init__(self, store: DataStore):
        self.instance = secrets.token_hex(8)
        self.started = time.time()
        self.observers: list[KernelObserver] = []
        self._store = store
        self._held: deque[KernelEvent] = deque(maxlen=MAX_EVENTS)
        self._count = self._object_count = 0
        self._lock = threading.RLock()
        store.listeners.append(self._tell_object)

    @property
    def next(self) -> int:
        """Number that the next event will have."""
        return self._count

    def tell(self, event: Event) -> None:
        """Number an event of a run, keep it for a while and tell the observers."""
        with self._lock:
            told = KernelEvent(**vars(event), kernel_n=self._count)
            self._count += 1
            self._held.append(told)
            for observer in list(self.observers):
                self._tell_one(observer, told)

    def since(self, asked: AskKernelEvents) -> KernelEvents:
        """The events that are still held, from a number on."""
        with self._lock:
            first = self._count - len(self._held)
            begin = max(0, asked.since - first)
            found = list(islice(self._held, begin, begin + asked.limit))
            following = found[-1].kernel_n + 1 if found else self._count
            return KernelEvents(
                self.instance, found, first, following, more=following < self._count
            )

    def _tell_object(self, change: str, name: str) -> None:
        with self._lock:
            try:
                info = describe(name, self._store.object(name))
            except UnknownName:
                info = None
            data = as_json(ObjectData(change, name, info))  # type: ignore[arg-type]
            number, self._object_count = self._object_count, self._object_count + 1
            self.tell(Event("", number, time.time(), "object", data))

    def _tell_one(self, observer: KernelObserver, event: KernelEvent) -> None:
        """Tell one observer; what goes wrong in it must not stop a run."""
        try:
            observer(event)
        except Exception as error:
            self.observers.remove(observer)
            warnings.warn(
                f"{observer!r} failed on event {event.kernel_n} and is told no more: "
                f"{type(error).__name__}: {error}",
                stacklevel=2,
            )
