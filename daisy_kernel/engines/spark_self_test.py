"""One small job before the first run: whether all workers see our folder, with our versions."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from daisy_kernel.engines.provenance import installed_versions
from daisy_kernel.errors import DaisyError, FileProblem

_HOLD_S = 0.3
"""A task takes as long as this, so that the next ones go to other executors."""
_TASKS_PER_CORE = 2


def self_test(context: Any, runs: Path) -> None:
    """Make sure that the workers can compute what this process would compute.

    Parameters
    ----------
    context
        A SparkContext.
    runs
        Folder that this process and all workers must see.

    Raises
    ------
    FileProblem
        If a worker does not see the folder.
    DaisyError
        If a worker has other versions; shows a table.
    """
    runs.mkdir(parents=True, exist_ok=True)
    token = secrets.token_hex(8)
    path = runs / f".spark-{token}"
    path.write_text(token)
    try:
        count = _TASKS_PER_CORE * context.defaultParallelism
        told = context.parallelize(range(count), count).map(_Probe(path, token)).collect()
        lost = sorted({answer["host"] for answer in told if not answer["sees"]})
        lost += [a["host"] for a in told if a["sees"] and not Path(a["wrote"]).exists()]
    finally:
        for left in runs.glob(f"{path.name}*"):
            left.unlink(missing_ok=True)
    if lost:
        raise FileProblem(
            f"Workers on {', '.join(dict.fromkeys(lost))} do not share the folder {runs} with this "
            "process: set run_directory in the configuration to a folder on shared storage."
        )
    check_versions(installed_versions(), {a["host"]: a["versions"] for a in told}.items())


def check_versions(
    here: Mapping[str, str], workers: Iterable[tuple[str, Mapping[str, str]]]
) -> None:
    """Make sure that results do not depend on where they are computed.

    Parameters
    ----------
    here
        Name of a library -> its version in this process.
    workers
        Host -> the same of its Python.

    Raises
    ------
    DaisyError
        If one differs; shows a table.
    """
    rows = [
        (name, here.get(name, "none"), versions.get(name, "none"), host)
        for host, versions in workers
        for name in sorted({*here, *versions})
        if here.get(name) != versions.get(name)
    ]
    if not rows:
        return
    table = [("", "here", "worker", "on"), *rows]
    widths = [max(len(row[i]) for row in table) for i in range(4)]
    lines = ["  ".join(text.ljust(w) for text, w in zip(r, widths, strict=True)) for r in table]
    raise DaisyError(
        "The workers of the cluster have other versions than this process, so nothing is computed "
        "there: give both one environment (python_env in the table [spark]).\n" + "\n".join(lines)
    )


class _Probe:
    """What every worker is asked."""

    def __init__(self, path: Path, token: str):
        self._path, self._token = path, token

    def __call__(self, number: int) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "host": socket.gethostname(),
            "sees": False,
            "versions": installed_versions(),
        }
        try:
            answer["sees"] = self._path.read_text() == self._token
            wrote = self._path.with_name(f"{self._path.name}-{number}")
            wrote.write_text(self._token)
            answer["wrote"] = str(wrote)
        except OSError:
            answer["sees"] = False
        time.sleep(_HOLD_S)
        return answer
