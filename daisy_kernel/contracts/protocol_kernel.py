"""Messages about the kernel itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from daisy_kernel.contracts.events import KernelEvent
from daisy_kernel.contracts.protocol_fields import Count, Flag, Message, Number, Text
from daisy_kernel.contracts.protocol_runs import MAX_EVENTS, EventLimit


@dataclass(frozen=True)
class Limits(Message):
    """What one message may carry."""

    read_bytes: Count
    """Buffer of a reply [bytes]."""
    chunk_bytes: Count
    """Buffer of a request [bytes]."""
    put_bytes: Count
    """An array that is put, in however many pieces [bytes]."""
    argument_bytes: Count
    """Arguments of a request as JSON [bytes]."""
    events: Count
    """Events of a reply."""


@dataclass(frozen=True)
class KernelInfo(Message):
    """Who answers, and what may be asked."""

    protocol: Count
    """Version of these messages."""
    version: Text
    """Of Daisy."""
    instance: Text
    """Different for every kernel process: kernel-wide numbers of events start again with it."""
    started: Number
    """Seconds since 1970-01-01 UTC."""
    pid: Count
    folder: Text
    """Where relative paths begin."""
    operations: Sequence[str]
    engines: Sequence[str]
    limits: Limits
    next: Count
    """Number that the next event of this kernel will have."""


@dataclass(frozen=True)
class AskKernelEvents(Message):
    """Events of all runs and data objects of this kernel from a kernel-wide number on."""

    since: Count = 0
    limit: EventLimit = MAX_EVENTS


@dataclass(frozen=True)
class KernelEvents(Message):
    """Events of this kernel, in order."""

    instance: Text
    """Another than last time: the kernel was restarted, ask since 0."""
    events: Sequence[KernelEvent]
    first: Count
    """The oldest event that is still held; those of runs are on disk besides, see run.events."""
    next: Count
    """Ask for events since this number to go on."""
    more: Flag
    """Whether there are more already."""
