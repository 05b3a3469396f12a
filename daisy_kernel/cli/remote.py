"""``daisy --remote URL COMMAND``: the same command on a kernel elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daisy_kernel.cli.parser import Parser

if TYPE_CHECKING:
    from daisy_kernel.session import Session

COMMANDS = (
    "workflows", "algorithms", "check", "run", "runs", "resume", "cancel", "objects", "kernels",
)  # fmt: skip
"""What can be done elsewhere; the other commands are about files and programs of this machine."""


@dataclass
class Remote:
    """Where a command is performed, if not here."""

    where: str
    token: str | None = None
    kernel: str | None = None
    start: bool = False
    _session: Session | None = None

    def open(self) -> Session:
        """The session with the kernel there, one for the whole command."""
        from daisy_kernel.client import connect  # late: ZMQ and WebSockets

        if self._session is None:
            self._session = connect(
                self.where, token=self.token, kernel=self.kernel, start=self.start
            )
        return self._session

    def close(self) -> None:
        """The command has ended."""
        if self._session is not None:
            self._session.close()


REMOTE: ContextVar[Remote | None] = ContextVar("REMOTE", default=None)
"""Where the command of this context is performed; None: in this process."""


def split(words: Sequence[str]) -> tuple[Remote | None, list[str]]:
    """Where, and the words of the command itself.

    Raises
    ------
    SystemExit
        With code 2 for words that make no sense.
    """
    if not words or words[0].partition("=")[0] not in (
        "--remote",
        "--token",
        "--kernel",
        "--start",
    ):
        return None, list(words)
    parser = Parser(
        "daisy",
        usage="daisy --remote WHERE [--token TOKEN] [--kernel ID] [--start] COMMAND [options]",
        description="Perform a command on a kernel elsewhere; paths are those of its machine.",
        debug=False,
    )
    parser.add_argument(
        "--remote", metavar="WHERE", required=True, help="address of a server, or connection file"
    )
    parser.add_argument("--token", metavar="TOKEN", help="default $DAISY_TOKEN, which nobody sees")
    parser.add_argument("--kernel", metavar="ID", help="default the only Daisy kernel there")
    parser.add_argument("--start", action="store_true", help="start what does not run there")
    own = _until_the_command(words)
    given = parser.parse_all(words[:own])
    rest = list(words[own:])
    if not rest or rest[0] not in COMMANDS:
        parser.error(
            f"{rest[0] if rest else 'nothing'!r} cannot be done elsewhere; what can: "
            f"{', '.join(COMMANDS)}"
        )
    return Remote(given["remote"], given["token"], given["kernel"], given["start"]), rest


def _until_the_command(words: Sequence[str]) -> int:
    place = 0
    while place < len(words) and words[place].startswith("-"):
        takes_value = words[place] in ("--remote", "--token", "--kernel")
        place += 2 if takes_value else 1
    return min(place, len(words))


def kernels(words: list[str]) -> int:
    """List the kernels of a server."""
    from daisy_kernel.cli.terminal import show, write_json
    from daisy_kernel.client import list_kernels

    parser = Parser("daisy --remote WHERE kernels", description="The kernels of a Jupyter Server.")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    values, remote = parser.parse_all(words), _needed(parser)
    found = list_kernels(remote.where, token=remote.token)
    if values["json"]:
        write_json({"kernels": [vars(kernel) for kernel in found]})
        return 0
    show(_table([vars(kernel) for kernel in found], ("id", "name", "state", "connections")))
    return 0


def objects(words: list[str]) -> int:
    """List the data objects of a kernel."""
    from daisy_kernel.cli.terminal import show, write_json

    parser = Parser("daisy --remote WHERE objects", description="The data objects of a kernel.")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    values = parser.parse_all(words)
    session = _needed(parser).open()
    found: list[dict[str, Any]] = session.transport.call("objects.list", {})[0]["objects"]
    if values["json"]:
        write_json({"objects": found})
        return 0
    rows = [{**o, "shape": " × ".join(map(str, o["shape"])) or "one value"} for o in found]
    show(_table(rows, ("name", "shape", "dtype", "kind")))
    return 0


def _needed(parser: Parser) -> Remote:
    remote = REMOTE.get()
    if remote is None:
        parser.error("which kernel? Say daisy --remote WHERE first")
    return remote


def _table(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, style="bold" if column == columns[0] else "")
    for row in rows:
        table.add_row(*(Text(str(row[column])) for column in columns))
    return table
