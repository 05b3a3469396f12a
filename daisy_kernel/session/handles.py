"""What a session's mappings give: a data object and a run, wherever they live."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from types import EllipsisType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.events import FINAL_STATES
from daisy_kernel.contracts.protocol_objects import MAX_READ_BYTES
from daisy_kernel.contracts.transport import Caller, Transport
from daisy_kernel.errors import AxesClash, DaisyError
from daisy_kernel.session.display import (
    html_bar,
    html_error,
    html_heading,
    html_note,
    html_table,
    shape_in_words,
    size_in_words,
    when_in_words,
    with_sign,
)
from daisy_kernel.session.reading import read_hyperslab

_LOOK_AGAIN_S = 0.5
"""At a run that is waited for, whether the kernel told of it or not."""


@dataclass(frozen=True)
class Image:
    """A display-sized plane."""

    levels: NDArray[Any]
    """(n_y, n_x) uint8 or uint16; 0 is `low` and below, the highest level `high` and above."""
    low: float
    high: float
    full_shape: tuple[int, int]
    """Shape of the plane before it was binned for display."""
    binning: int


class ObjectHandle:
    """A data object; only the slice that is asked for is fetched."""

    def __init__(self, transport: Caller, description: dict[str, Any]):
        self._transport = transport
        self.name: str = description["name"]
        self.shape: tuple[int, ...] = tuple(description["shape"])
        self.dtype = np.dtype(description["dtype"])
        self.axes: tuple[str, ...] | None = (
            tuple(description["axes"]) if description["axes"] else None
        )
        self.nbytes: int = description["nbytes"]
        self.kind: str = description["kind"]

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        """The selected part as an array; integers, slices and ``...`` as in NumPy."""
        keys = _expanded(key, self.ndim)
        bounds: list[list[int]] = []
        single: list[Any] = []
        for k, n in zip(keys, self.shape, strict=True):
            if isinstance(k, slice):
                start, stop, step = k.indices(n)
                if step < 1:
                    raise AxesClash(f"{self.name!r}: slices go forwards; turn the result round.")
                bounds.append([start, max(start, stop), step])
                single.append(slice(None))
            else:
                index = int(k) + (n if k < 0 else 0)
                if not 0 <= index < n:
                    raise IndexError(f"{self.name!r} has shape {self.shape}: {k} is outside.")
                bounds.append([index, index + 1, 1])
                single.append(0)
        # A recipe would be computed anew for every piece.
        limit = MAX_READ_BYTES if self.kind == "recipe" else self._transport.read_bytes
        array = read_hyperslab(self._transport, self.name, self.dtype, bounds, limit)
        part: NDArray[Any] = array[tuple(single)]
        return part

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """All of it, for NumPy."""
        return np.asarray(self[...], dtype=dtype)

    def image(
        self,
        *,
        axis: int = 0,
        index: int = 0,
        max_size: int = 512,
        bits: int = 8,
        low: float | None = None,
        high: float | None = None,
        minus: ObjectHandle | None = None,
    ) -> Image:
        """A plane for display, quantised over [low, high]; see `Image`.

        With `minus`, an object of equal shape in the same store, the difference to its plane.
        """
        answer, buffers = self._transport.call(
            "objects.image",
            {
                "name": self.name,
                "axis": int(axis),
                "index": int(index),
                "max_size": int(max_size),
                "bits": int(bits),
                "low": None if low is None else float(low),
                "high": None if high is None else float(high),
                "minus": None if minus is None else minus.name,
            },
        )
        kind = np.uint8 if bits == 8 else np.dtype("<u2")
        levels = np.frombuffer(buffers[0], kind).reshape(answer["shape"])
        y, x = answer["full_shape"]
        return Image(levels, answer["low"], answer["high"], (y, x), answer["binning"])

    def value_range(self, *, axis: int = 0, minus: ObjectHandle | None = None) -> dict[str, float]:
        """`low`, `high`, `percentile_1` and `percentile_99` of a few planes.

        With `minus`, an object of equal shape in the same store, of the difference to it.
        """
        asked = {
            "name": self.name,
            "axis": int(axis),
            "minus": None if minus is None else minus.name,
        }
        answer, _ = self._transport.call("objects.range", asked)
        return answer

    def is_beside(self, other: ObjectHandle) -> bool:
        """Whether both objects are in one store, as far as this session knows."""
        return self._transport is other._transport

    def __repr__(self) -> str:
        axes = f" ({', '.join(self.axes)})" if self.axes else ""
        return f"<{self.name}: {self.dtype} {self.shape}{axes}, {self.kind}>"

    def _repr_html_(self) -> str:
        row = (
            shape_in_words(self.shape),
            str(self.dtype),
            ", ".join(self.axes or ()),
            size_in_words(self.nbytes),
            self.kind,
        )
        headings = ("data object", "shape", "type", "axes", "size", "kind")
        return html_table(headings, [(self.name, *row)])


class RunHandle:
    """One run; everything is asked anew, so a handle never tells old news."""

    def __init__(self, transport: Transport, run_id: str):
        self._transport, self.id = transport, run_id

    @property
    def record(self) -> dict[str, Any]:
        """Everything that is kept of the run."""
        answer, _ = self._transport.call("run.describe", {"run": self.id})
        return answer

    @property
    def state(self) -> str:
        """queued, running, done, failed, cancelled or interrupted."""
        state: str = self.record["state"]
        return state

    @property
    def progress(self) -> float:
        """Share that is done, 0 to 1."""
        record = self.record
        return 1.0 if record["state"] == "done" else float(record["progress"]["fraction"])

    @property
    def log(self) -> list[str]:
        """The lines logged so far."""
        return [line["message"] for line in self._all("run.log", "lines", 0)]

    def events(self, since: int = 0) -> list[dict[str, Any]]:
        """Numbered events, from `since` on."""
        return self._all("run.events", "events", since)

    def wait(self, timeout: float | None = None) -> RunHandle:
        """Wait until the run has ended.

        Parameters
        ----------
        timeout
            Longest wait [s].

        Raises
        ------
        TimeoutError
            If it goes on after `timeout`; the run is not touched.
        DaisyError
            If the run failed or was cancelled; carries its one-line message.
        """
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            following = self._transport.call("kernel.describe", {})[0]["next"]
            record = self.record
            if record["state"] in FINAL_STATES:
                break
            if time.monotonic() > deadline:
                raise TimeoutError(f"Run {self.id} still goes on after {timeout} s.")
            self._follow(following, min(deadline, time.monotonic() + _LOOK_AGAIN_S))
        if record["state"] != "done":
            raise DaisyError(record["error"] or f"Run {self.id} was {record['state']}.")
        return self

    def _follow(self, since: int, until: float) -> None:
        """Wait until the kernel tells that the run has another state, or until a time is over.

        Runs of other processes are not told of; whoever waits for one looks again afterwards.
        """
        for event in self._transport.events(since, max(0.0, until - time.monotonic())):
            of_this_run = event["run"] == self.id and event["kind"] == "state"
            if of_this_run or time.monotonic() > until:
                return

    def cancel(self) -> None:
        """Ask the run to stop after the blocks in work."""
        self._transport.call("run.cancel", {"run": self.id})

    def resume(self) -> RunHandle:
        """Go on where it stopped."""
        self._transport.call("run.resume", {"run": self.id})
        return self

    def _all(self, operation: str, what: str, since: int) -> list[dict[str, Any]]:
        """What is told in numbered pieces, up to now."""
        found: list[dict[str, Any]] = []
        more = True
        while more:
            answer, _ = self._transport.call(operation, {"run": self.id, "since": since})
            found += answer[what]
            since, more = answer["next"], answer["more"]
        return found

    def __repr__(self) -> str:
        record = self.record
        return f"<run {self.id}: {record['workflow']}, {record['state']}>"

    def _repr_html_(self) -> str:
        record = self.record
        lines = [html_heading(record["workflow"], f"{self.id}: {with_sign(record['state'])}")]
        if record["state"] == "running":
            lines += [
                html_bar(record["progress"]["fraction"]),
                html_note(record["progress"]["title"]),
            ]
        lines.append(html_note(f"asked for at {when_in_words(record['created'])}"))
        known = [("output", path) for path in record["outputs"]]
        known += [(name, str(value)) for name, value in record["values"].items()]
        if known:
            lines.append(html_table(("", ""), known))
        if record["error"]:
            lines.append(html_error(record["error"]))
        return "".join(lines)


def _expanded(key: Any, ndim: int) -> tuple[Any, ...]:
    keys = key if isinstance(key, tuple) else (key,)
    for k in keys:
        if not isinstance(k, slice | EllipsisType | int | np.integer) or isinstance(k, bool):
            raise IndexError(
                f"An object cannot be indexed by {k!r}: use integers, slices and '...', and NumPy "
                "on the result for the rest."
            )
    places = [i for i, k in enumerate(keys) if k is Ellipsis]
    if len(places) > 1:
        raise IndexError("An index can have only one '...'.")
    if places:
        at = places[0]
        keys = (*keys[:at], *[slice(None)] * (ndim - len(keys) + 1), *keys[at + 1 :])
    if len(keys) > ndim:
        raise IndexError(f"{len(keys)} indices for an object with {ndim} dimensions.")
    return (*keys, *[slice(None)] * (ndim - len(keys)))
