"""The comm target ``daisy_view``: the kernel makes a widget, whoever asked shows it.

A comm lives for one question. It is opened with ``{"id", "view", "name"}`` and answered with
``{"status": "ok", "model_id"}``, or as a ``daisy_reply`` tells an error; ``{"id", "view": null}``
ends the widget. The same id finds the same widget again, so a page that was reloaded shows what it
showed before.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError
from traitlets.log import get_logger

from daisy_kernel import registry
from daisy_kernel.contracts.protocol_fields import Message, Name, Text
from daisy_kernel.errors import DaisyError, InvalidParameter
from daisy_kernel.jupyter.comm_door import Comm
from daisy_kernel.jupyter.requests import refusal
from daisy_kernel.session import local_session

VIEW_TARGET = "daisy_view"


class View(Protocol):
    """What is used of a widget."""

    model_id: str

    def close(self) -> None:
        """End it, here and in every page."""
        ...


class ShortComm(Comm, Protocol):
    """A comm that this side closes."""

    def close(self) -> None:
        """Tell the other side that it is over."""
        ...


@dataclass(frozen=True)
class AskView(Message):
    """A widget that somebody wants to show, or has done with."""

    id: Name
    """Chosen by who asks; the same for the same place on a page."""
    view: Name | None
    """Entry point of the group ``daisy.views``; null: the widget is not needed any more."""
    name: Text = ""
    """What to look at, as the view takes it: the name of a data object."""


_ASKED = TypeAdapter(AskView)


class ViewDoor:
    """Makes widgets on the thread of the comms, so also while a cell or a run is busy."""

    def __init__(self) -> None:
        self._views: dict[str, tuple[AskView, View]] = {}
        self._lock = threading.Lock()

    def enter(self, comm: ShortComm, message: dict[str, Any]) -> None:
        """A comm was opened: answer and close it."""
        try:
            answer = self._answer(message["content"].get("data"))
        except DaisyError as error:
            get_logger().warning("A view was refused: %s", error)
            answer = refusal(error)[0]
        except Exception as error:  # of a plug-in: nobody is left waiting
            get_logger().exception("Exception in a view:")
            answer = refusal(error)[0]
        comm.send(answer)
        comm.close()

    def _answer(self, data: Any) -> dict[str, Any]:
        try:
            asked: AskView = _ASKED.validate_python(data)
        except ValidationError as error:
            raise InvalidParameter(
                f"A view was asked for with {data!r}: expected "
                '{"id": text, "view": name or null, "name": text}.'
            ) from error
        with self._lock:
            if asked.view is None:
                self._close(asked.id)
                return {"status": "ok", "model_id": ""}
            return {"status": "ok", "model_id": self._open(asked)}

    def _open(self, asked: AskView) -> str:
        before, view = self._views.get(asked.id, (None, None))
        # A widget that was closed by someone else has lost its comm.
        if view is None or before != asked or getattr(view, "comm", self) is None:
            self._close(asked.id)
            view = registry.views.get(str(asked.view))(local_session(), asked.name)
            self._views[asked.id] = (asked, view)
        return view.model_id

    def _close(self, view_id: str) -> None:
        _, view = self._views.pop(view_id, (None, None))
        if view is not None:
            view.close()
