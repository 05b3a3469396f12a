"""What several viewers have in common, without any widget: one leads, the others follow."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Member(Protocol):
    """Has the values as attributes."""

    def take(self, values: Mapping[str, Any]) -> None:
        """Have these values from now on, all of them at once."""
        ...


class SharedValues:
    """Values that are the same in all members.

    Whoever was changed leads; the others take over what they do not have yet, so a change that
    comes back as an echo ends there. Threads take turns: the last one wins everywhere.

    Parameters
    ----------
    groups
        Names of values; those of a group only make sense together, as an axis and the number of a
        plane across it.
    """

    def __init__(self, *groups: Sequence[str]):
        self._groups = groups
        self._members: list[Member] = []
        self._lock = threading.RLock()  # what is set here comes back as a change, on this thread

    @property
    def names(self) -> list[str]:
        """All of them."""
        return [name for group in self._groups for name in group]

    def join(self, member: Member) -> None:
        """Be one more member, with the values that the first one has."""
        with self._lock:
            self._members.append(member)
            for group in self._groups:
                self._give(self._members[0], member, group)

    def follow(self, leader: Member, name: str) -> None:
        """Give all members the value of this name that the leader has, with those of its group."""
        with self._lock:
            for group in self._groups:
                if name in group:
                    for member in self._members:
                        self._give(leader, member, group)

    @staticmethod
    def _give(leader: Member, member: Member, group: Sequence[str]) -> None:
        values = {name: getattr(leader, name) for name in group}
        if any(getattr(member, name) != value for name, value in values.items()):
            member.take(values)
