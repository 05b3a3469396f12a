"""A sign of life while a run is on: whoever ends idle kernels sees messages, not work.

Jupyter Server counts any message on iopub but a few kinds of answers as activity of the kernel, and
JupyterHub is told of it by the server. A stage of which no block is ready for an hour sends none.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from daisy_kernel.contracts.events import FINAL_STATES, KernelEvent

HEARTBEAT = "daisy_heartbeat"
"""Type of the message; its content is {"runs": [id, ...]}. Not a status: "busy" would never be
taken back on a page that follows the cells, and "idle" would end the busy sign of a running one."""
BEAT_S = 5.0
"""Time between two signs of life; a server that waits for less than this ends kernels that work."""


class Heartbeat:
    """Tells all clients every few seconds that runs are on.

    Parameters
    ----------
    tell
        Sends a message of a type with a content; any thread may call it.
    seconds
        Time between two of them [s].
    """

    def __init__(self, tell: Callable[[str, dict[str, Any]], None], seconds: float = BEAT_S):
        self._tell, self._seconds = tell, seconds
        self._runs: set[str] = set()
        self._lock = threading.Lock()
        self._over = threading.Event()

    def watch(self, event: KernelEvent) -> None:
        """Take note of a run that begins or ends."""
        if event.kind != "state":
            return
        with self._lock:
            was_on = bool(self._runs)
            if event.data["state"] in FINAL_STATES:
                self._runs.discard(event.run)
            else:
                self._runs.add(event.run)
            if self._runs and not was_on:
                self._over = threading.Event()
                beating = (self._over,)
                threading.Thread(
                    target=self._beat, args=beating, name="daisy-heartbeat", daemon=True
                ).start()
            elif was_on and not self._runs:
                self._over.set()

    def _beat(self, over: threading.Event) -> None:
        while not over.wait(self._seconds):
            with self._lock:
                runs = sorted(self._runs)
            self._tell(HEARTBEAT, {"runs": runs})
