"""The content of a ``daisy_request`` and of its ``daisy_reply``.

Request: ``{"operation": str, "arguments": {...}}`` and buffers.
Reply: ``{"status": "ok", "result": {...}}`` and buffers, or
``{"status": "error", "error": {"kind": class name, "message": one line}}``.
"""

from __future__ import annotations

from textwrap import shorten
from typing import Any

from traitlets.log import get_logger

from daisy_kernel.contracts.transport import Buffers
from daisy_kernel.errors import DaisyError, InvalidParameter
from daisy_kernel.session import local_session

Reply = tuple[dict[str, Any], Buffers]


def is_immediate(content: Any) -> bool:
    """Whether a request is answered from memory at once: no file, no plug-in, no computing."""
    return isinstance(content, dict) and content.get("operation") == "objects.list"


def reply_to(content: Any, buffers: Buffers) -> Reply:
    """Perform the operation on this kernel's own session; whatever happens becomes a reply.

    So do an interrupt and an algorithm that wants to exit: a client must not be left waiting.
    """
    try:
        operation, arguments = _parse(content)
        result, parts = local_session().transport.call(operation, arguments, buffers)
    except DaisyError as error:
        return refusal(error)
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        # into the kernel's own log: a logger of ours would print into the output of a cell
        get_logger().exception("Exception in a daisy_request:")
        return refusal(error)
    return {"status": "ok", "result": result}, parts


def refusal(error: BaseException) -> Reply:
    """The reply that tells an error in one line."""
    kind = type(error).__name__
    message = " ".join(str(error).split()) or kind
    return {"status": "error", "error": {"kind": kind, "message": message}}, ()


def _parse(content: Any) -> tuple[str, dict[str, Any]]:
    match content:
        case {"operation": str(operation), "arguments": dict(arguments)}:
            return operation, arguments
        case {"operation": str(operation)} if "arguments" not in content:
            return operation, {}
    raise InvalidParameter(
        f"A daisy_request came with the content {shorten(repr(content), 200)}: "
        'expected {"operation": name, "arguments": mapping}.'
    )
