"""Requests that come again after a connection was lost, and must not be done again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from daisy_kernel.errors import ConnectionLost
from daisy_kernel.jupyter.requests import Answer, refusal

ONCE, AGAIN = "daisy_once", "daisy_again"
"""In the metadata of a request: its key, the same however often it is sent; and, from the second
time on, the `instance` of the kernel process to which it was sent first."""
_REMEMBERED = 256


class Repeated:
    """Remembers the answers to requests that carry a key.

    Parameters
    ----------
    instance
        Gives what tells this process from its predecessors.
    """

    def __init__(self, instance: Callable[[], str]):
        self._instance = instance
        self._answers: OrderedDict[str, Future[Answer]] = OrderedDict()
        self._lock = threading.Lock()

    def answer(self, metadata: Mapping[str, Any], work: Callable[[], Answer]) -> Answer:
        """Do the work, unless a request with the same key did or does it already.

        A request to a process that is gone is refused: nobody knows whether that one did it.
        """
        key, first_sent_to = metadata.get(ONCE), metadata.get(AGAIN)
        if not isinstance(key, str):
            return work()
        with self._lock:
            known = self._answers.get(key)
            if known is None and first_sent_to not in (None, self._instance()):
                return refusal(
                    ConnectionLost(
                        "The kernel was restarted while this was asked of it: look whether it was "
                        "done, then ask again."
                    )
                )
            promised = self._answers.setdefault(key, Future())
            while len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        if known is None:
            promised.set_result(work())
        return promised.result()
