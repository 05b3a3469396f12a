"""Messages from outside: checked against what the protocol declares, then carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from textwrap import shorten
from typing import Any

from pydantic import TypeAdapter, ValidationError

from daisy_kernel.contracts.protocol import MAX_ARGUMENT_BYTES, MAX_DEPTH, OPERATIONS
from daisy_kernel.contracts.protocol_fields import Message
from daisy_kernel.contracts.transport import Buffers
from daisy_kernel.errors import InvalidParameter, UnknownName

_ADAPTERS: dict[type[Message], TypeAdapter[Any]] = {}
Handler = Callable[..., Any]
"""Takes the arguments as the message that the protocol declares for them, then the buffers; gives
the result, or (result, buffers)."""


def carry_out(
    handlers: Mapping[str, Handler],
    operation: str,
    arguments: dict[str, Any],
    buffers: Buffers = (),
) -> tuple[dict[str, Any], Buffers]:
    """Perform one operation.

    Parameters
    ----------
    handlers
        Operation -> what performs it.
    operation
        Its name.
    arguments
        JSON values.
    buffers
        What came beside them.

    Returns
    -------
    result
        JSON values.
    buffers
        What goes beside them.

    Raises
    ------
    UnknownName
        For an operation that does not exist.
    InvalidParameter
        For arguments or buffers that it does not take.
    DaisyError
        Whatever the operation itself finds wrong.
    """
    if operation not in handlers:
        raise UnknownName("operation", shorten(operation, 100), handlers)
    asked = parse_arguments(operation, arguments)
    expected = OPERATIONS[operation].buffers_in
    if len(buffers) != expected:
        raise InvalidParameter(
            f"{operation} came with {len(buffers)} buffers: it takes "
            f"{'one buffer' if expected else 'no buffers'} beside its arguments."
        )
    answer = handlers[operation](asked, *buffers)
    result, parts = answer if isinstance(answer, tuple) else (answer, ())
    return as_json(result), parts


def parse_arguments(operation: str, arguments: dict[str, Any]) -> Any:
    """The arguments as the message that the protocol declares for this operation.

    Raises
    ------
    InvalidParameter
        If one is missing, unknown or of the wrong type, or all together are too large.
    """
    _check_size(operation, arguments)
    declared = OPERATIONS[operation].arguments
    try:
        return _adapter(declared).validate_python(arguments)
    except ValidationError as error:
        raise InvalidParameter(_in_one_line(operation, declared, error)) from error


def as_json(message: Message) -> dict[str, Any]:
    """A message as JSON values."""
    values: dict[str, Any] = _adapter(type(message)).dump_python(message, mode="json")
    return values


def _adapter(kind: type[Message]) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def _in_one_line(operation: str, declared: type[Message], error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    place = ".".join(shorten(str(part), 100) for part in first["loc"])
    known = ", ".join(f.name for f in fields(declared)) or "no arguments"  # type: ignore[arg-type]
    if first["type"] == "unexpected_keyword_argument":
        return f"{operation} does not take {place!r}: it takes {known}."
    if first["type"] == "missing":
        return f"{operation} lacks {place!r}: give it; it takes {known}."
    met = shorten(repr(first["input"]), 200)
    return f"{operation}: {place or 'the arguments'} cannot be {met}: {first['msg']}."


def _check_size(operation: str, arguments: Any) -> None:
    """Only so much and so deep, before anything is done with it."""
    level, depth, size = [arguments], 0, 0
    while level:
        depth += 1
        children: list[Any] = []
        for item in level:
            size += len(item) if isinstance(item, str) else 2
            if isinstance(item, dict):
                children += (*item.keys(), *item.values())
            elif isinstance(item, list | tuple):
                children += item
        if size > MAX_ARGUMENT_BYTES:
            raise InvalidParameter(
                f"{operation} came with arguments of more than {MAX_ARGUMENT_BYTES} bytes: send "
                "numbers as a buffer."
            )
        if depth > MAX_DEPTH:
            raise InvalidParameter(
                f"{operation} came with arguments that are nested more than {MAX_DEPTH} levels "
                "deep: send something flatter."
            )
        level = children
