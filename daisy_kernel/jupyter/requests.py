"""The content of a ``daisy_request`` and of its ``daisy_reply``; see `contracts.protocol`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from textwrap import shorten
from typing import Any

from pydantic import TypeAdapter, ValidationError
from traitlets.log import get_logger

from daisy_kernel.configuration import read_configuration
from daisy_kernel.contracts.protocol import ErrorInfo, Refusal, Reply, Request
from daisy_kernel.contracts.transport import Buffers
from daisy_kernel.errors import DaisyError, InvalidParameter
from daisy_kernel.formats import only_within
from daisy_kernel.session import local_session
from daisy_kernel.session.messages import as_json

Answer = tuple[dict[str, Any], Buffers]
"""Content and buffers of a ``daisy_reply``."""

_REQUEST = TypeAdapter(Request)
_IMMEDIATE = ("objects.list", "objects.describe", "kernel.events")


def is_immediate(content: Any) -> bool:
    """Whether a request is answered from memory at once: no file, no plug-in, no computing."""
    return isinstance(content, dict) and content.get("operation") in _IMMEDIATE


def reply_to(content: Any, buffers: Buffers) -> Answer:
    """Perform the operation on this kernel's own session; whatever happens becomes a reply.

    So do an interrupt and an algorithm that wants to exit: a client must not be left waiting.
    """
    try:
        asked = _parse(content)
        with only_within((Path.cwd(), *_data_roots())):
            result, parts = local_session().transport.call(
                asked.operation, asked.arguments, buffers
            )
    except DaisyError as error:
        get_logger().warning("A daisy_request was refused: %s", error)
        return refusal(error)
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        # into the kernel's own log: a logger of ours would print into the output of a cell
        get_logger().exception("Exception in a daisy_request:")
        return refusal(error)
    return vars(Reply("ok", result)), parts


@cache
def _data_roots() -> tuple[Path, ...]:
    """Read once: a request must not wait for a disk."""
    return read_configuration().data_roots


def refusal(error: BaseException) -> Answer:
    """The reply that tells an error in one line."""
    kind = type(error).__name__
    message = " ".join(str(error).split()) or kind
    return as_json(Refusal("error", ErrorInfo(kind, message))), ()


def in_a_thread(work: Callable[[], None]) -> None:
    """Work in a new thread, a daemon: a long read does not keep a kernel from shutting down."""
    threading.Thread(target=work, name="daisy-request", daemon=True).start()


def _parse(content: Any) -> Request:
    try:
        return _REQUEST.validate_python(content)
    except ValidationError as error:
        raise InvalidParameter(
            f"A daisy_request came with the content {shorten(repr(content), 200)}: "
            'expected {"operation": name, "arguments": mapping}.'
        ) from error
