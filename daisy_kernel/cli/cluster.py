"""``daisy cluster``: a Spark cluster of one's own."""

from __future__ import annotations

import difflib
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import platformdirs

from daisy_kernel.cli.parser import Parser
from daisy_kernel.cli.terminal import complain, console, show, write_json

if TYPE_CHECKING:
    from daisy_kernel.engines.spark_cluster import ClusterState, WorkerState

_LOOK_S = 1.0
_N_WORKER = 2
_MEMORY = "1GB"
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, the end of a job or of a service, and a terminal that is closed."""


def cluster(words: list[str]) -> int:
    """Start, stop, look at or join a cluster."""
    actions: dict[str, Callable[[list[str]], int]] = {
        "start": _start, "stop": _stop, "status": _status, "join": _join,
    }  # fmt: skip
    action = words[0] if words else "--help"
    if action in actions:
        with _heard_once():
            return actions[action](words[1:])
    parser = Parser(
        "daisy cluster",
        usage="daisy cluster start|stop|status|join [options]",
        description="A Spark cluster of one's own, for workflows with --engine spark. It asks for "
        "a secret, and listens at the addresses that it is given and nowhere else.",
        epilog="'daisy cluster start --help' shows the options of one of them.",
        debug=False,
    )
    if action.startswith("-"):
        parser.parse_args([action])
    nearest = difflib.get_close_matches(action, actions, n=1)
    hint = f" did you mean {nearest[0]!r}?" if nearest else ""
    return parser.error(f"{action!r} is not understood;{hint} known: {', '.join(actions)}")


def _start(words: list[str]) -> int:
    parser = _parser("start", "Start a master and workers on this machine; they stay.")
    parser.add_argument(
        "--hosts",
        metavar="A,B,...",
        help="an address of this machine for each worker (default: 127.0.0.1,127.0.0.2); '' starts "
        "a master only",
    )
    parser.add_argument(
        "--address", metavar="A", default="127.0.0.1", help="where the master listens (127.0.0.1)"
    )
    parser.add_argument("--port", type=int, default=0, help="of the master (default: a free one)")
    _add_worker_options(parser)
    values = parser.parse_all(words)
    from daisy_kernel.configuration import parse_size
    from daisy_kernel.engines import spark_cluster
    from daisy_kernel.engines.memory import usable_cores
    from daisy_kernel.engines.spark_addresses import default_hosts

    named = values["hosts"]
    hosts = (
        default_hosts(_N_WORKER)
        if named is None
        else [host.strip() for host in named.split(",") if host.strip()]
    )
    with console().status("starting ..."):
        state = spark_cluster.start(
            values["folder"],
            hosts,
            values["cores"] or max(1, usable_cores() // max(1, len(hosts))),
            parse_size(values["memory"]),
            address=values["address"],
            port=values["port"],
            timeout_s=values["timeout"],
        )

    def announce() -> None:
        if values["json"]:
            write_json(_told(state))
            return
        out = console()
        out.print(f"{state.url} with {len(state.workers)} workers", style="bold", markup=False)
        out.print("For the configuration ('daisy doctor' says which file):\n", markup=False)
        for line in _configuration(state):
            out.print(line, markup=False, soft_wrap=True)

    if values["foreground"]:
        _attend(announce, values["folder"])
    else:
        announce()
    return 0


def _join(words: list[str]) -> int:
    parser = _parser("join", "Add a worker on this machine to a cluster; its folder is shared.")
    parser.add_argument(
        "--host",
        metavar="A",
        help="where the worker listens (default: the address from which the master is reached)",
    )
    _add_worker_options(parser)
    values = parser.parse_all(words)
    from daisy_kernel.configuration import parse_size
    from daisy_kernel.engines import spark_cluster
    from daisy_kernel.engines.memory import usable_cores

    with console().status("starting ..."):
        state = spark_cluster.join(
            values["folder"],
            values["host"],
            values["cores"] or usable_cores(),
            parse_size(values["memory"]),
            timeout_s=values["timeout"],
        )

    def announce() -> None:
        if values["json"]:
            write_json(_told_worker(state))
        else:
            console().print(f"{state.worker.name} has joined.", markup=False)

    if values["foreground"]:
        _attend(announce, values["folder"], state.worker.name)
    else:
        announce()
    return 0


def _status(words: list[str]) -> int:
    values = _parser("status", "How a cluster is; code 1 if it does not run.").parse_all(words)
    from daisy_kernel.engines import spark_cluster

    state = spark_cluster.status(values["folder"])
    if values["json"]:
        write_json(_told(state))
    else:
        _print(state)
    if not state.is_running:
        complain(f"the master {state.url} does not answer: stop and start the cluster.")
        return 1
    return 0


def _stop(words: list[str]) -> int:
    values = _parser("stop", "End every process of a cluster on this machine.").parse_all(words)
    from daisy_kernel.engines import spark_cluster

    n_process = spark_cluster.stop(values["folder"])
    if values["json"]:
        write_json({"processes": n_process})
    else:
        what = f"{n_process} processes ended." if n_process else "No cluster runs there."
        console().print(what, markup=False)
    return 0


def _parser(action: str, description: str) -> Parser:
    parser = Parser(f"daisy cluster {action}", description=description)
    parser.add_argument(
        "--folder",
        metavar="DIR",
        type=Path,
        default=platformdirs.user_state_path("daisy") / "cluster",
        help="where settings, state and logs lie (default: in the user's folder for state)",
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    return parser


def _add_worker_options(parser: Parser) -> None:
    parser.add_argument(
        "--cores", type=int, metavar="N", help="blocks at a time of a worker (default: all cores)"
    )
    parser.add_argument(
        "--memory",
        metavar="SIZE",
        default=_MEMORY,
        help=f"of the Java processes of a worker ({_MEMORY}); arrays are not in it",
    )
    parser.add_argument(
        "--timeout", type=float, metavar="S", default=120, help="how long it may take (120 s)"
    )
    parser.add_argument(
        "--foreground",
        action="store_true",
        help="stay until the cluster ends, and end what was started with this command",
    )


def _attend(announce: Callable[[], None], folder: Path, worker: str | None = None) -> None:
    """Stay as long as the cluster, or one worker of it, and leave nothing behind.

    Whoever hears that it is there may end it at once.
    """
    from daisy_kernel.engines import spark_cluster

    try:
        announce()
        while spark_cluster.lives(folder, worker):
            time.sleep(_LOOK_S)
    finally:
        _hear_no_more()
        if worker is None:
            spark_cluster.stop(folder)
        else:
            spark_cluster.leave(folder, worker)


@contextmanager
def _heard_once() -> Iterator[None]:
    """Being asked to end is an exception, once: what was started is then ended undisturbed.

    What was ignored before, as under ``nohup``, is ignored further.
    """

    def leave(signum: int, frame: FrameType | None) -> None:
        _hear_no_more()
        raise KeyboardInterrupt if signum == signal.SIGINT else SystemExit(128 + signum)

    before = {signum: signal.getsignal(signum) for signum in _ENDING}
    for signum, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(signum, leave)
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler or signal.SIG_DFL)


def _hear_no_more() -> None:
    for signum in _ENDING:
        signal.signal(signum, signal.SIG_IGN)


def _configuration(state: ClusterState) -> list[str]:
    import json

    return [
        "[spark]",
        f"master = {json.dumps(state.url)}",  # JSON writes these texts as TOML does
        f"secret_file = {json.dumps(str(state.secret_file), ensure_ascii=False)}",
    ]


def _told(state: ClusterState) -> dict[str, Any]:
    return {
        "url": state.url,
        "secret_file": state.secret_file,
        "running": state.is_running,
        "workers": [_told_worker(worker) for worker in state.workers],
    }


def _told_worker(state: WorkerState) -> dict[str, Any]:
    worker = state.worker
    return {
        "name": worker.name,
        "alive": state.is_alive,
        "machine": worker.daemon.machine,
        "address": worker.address,
        "pid": worker.daemon.pid,
        "cores": worker.cores,
        "cores_used": state.cores_used,
        "memory_mib": worker.memory_mib,
        "memory_used_mib": state.memory_used_mib,
        "log": worker.daemon.log,
    }


def _print(state: ClusterState) -> None:
    from rich.table import Table
    from rich.text import Text

    console().print(f"{state.url}, secret in {state.secret_file}", markup=False, soft_wrap=True)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("worker", "machine", "state", "cores in use", "MiB in use"):
        table.add_column(heading)
    for one in state.workers:
        cells = (
            one.worker.name,
            one.worker.daemon.machine,
            "alive" if one.is_alive else "gone",
            f"{one.cores_used} of {one.worker.cores}",
            f"{one.memory_used_mib} of {one.worker.memory_mib}",
        )
        table.add_row(*(Text(cell) for cell in cells))
    show(table)
