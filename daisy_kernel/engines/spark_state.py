"""What is known of a Spark cluster: files in its folder, which other machines may share."""

from __future__ import annotations

import json
import os
import secrets
import stat
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from daisy_kernel.engines.spark_processes import Daemon
from daisy_kernel.engines.spark_settings import write_private
from daisy_kernel.errors import FileProblem

_ANSWER_S = 5


@dataclass(frozen=True)
class Worker:
    """A worker: it starts the processes that compute."""

    name: str
    address: str
    cores: int
    memory_mib: int
    daemon: Daemon


@dataclass(frozen=True)
class Master:
    """The master of a cluster: it hands out the workers."""

    url: str
    """For the setting `master`: spark://ADDRESS:PORT."""
    page: str
    """Its web page: http://ADDRESS:PORT."""
    address: str
    daemon: Daemon

    def registered(self) -> list[dict[str, Any]] | None:
        """What it says of its workers that are alive; None if it does not answer."""
        # Never through a proxy: the address is of this machine or of its own network.
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(f"{self.page}/json/", timeout=_ANSWER_S) as answer:
                state = json.load(answer)
        except (OSError, ValueError):
            return None
        if state.get("url") != self.url:  # another program at this port
            return None
        return [worker for worker in state["workers"] if worker["state"] == "ALIVE"]


@dataclass(frozen=True)
class Folder:
    """The folder of a cluster: settings with the secret, state, logs, scratch space."""

    path: Path

    @property
    def settings(self) -> Path:
        """For $SPARK_CONF_DIR."""
        return self.path / "conf"

    @property
    def secret_file(self) -> Path:
        """A file with nothing but the secret, for drivers."""
        return self.path / "conf/secret"

    def make(self) -> None:
        """Make it, for its owner alone.

        Raises
        ------
        FileProblem
            If it cannot be made, or others could replace what lies in it.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            told = self.path.stat()
        except OSError as error:
            raise FileProblem(
                f"The folder {self.path} for the cluster cannot be made ({error.strerror}): "
                "choose another with --folder."
            ) from error
        if told.st_uid != os.getuid() or told.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise FileProblem(
                f"Others may write to {self.path}, and the secret of the cluster would lie there: "
                "choose a folder of your own with --folder."
            )

    def new_secret(self) -> str:
        """Make a secret and keep it in `secret_file`."""
        secret = secrets.token_hex(32)
        self.settings.mkdir(mode=0o700, exist_ok=True)
        write_private(self.secret_file, secret + "\n")
        return secret

    def write_master(self, master: Master) -> None:
        """Record the master."""
        fields = asdict(master) | {"secret_file": str(self.secret_file)}
        write_private(self.path / "cluster.json", json.dumps(fields, indent=1))

    def write_worker(self, worker: Worker) -> None:
        """Record a worker, each in a file of its own: machines may write at the same time."""
        folder = self.path / "workers"
        folder.mkdir(mode=0o700, exist_ok=True)
        write_private(folder / f"{worker.name}.json", json.dumps(asdict(worker), indent=1))

    def forget_worker(self, worker: Worker) -> None:
        """Remove the record of a worker."""
        (self.path / "workers" / f"{worker.name}.json").unlink(missing_ok=True)

    def master(self) -> Master | None:
        """The master, if one was started and not stopped; it may have died."""
        path = self.path / "cluster.json"
        fields = _read(path)
        if fields is None:
            return None
        del fields["secret_file"]
        return Master(**fields | {"daemon": Daemon(**fields["daemon"])})

    def workers(self) -> list[Worker]:
        """The workers that were started, in order of their names; some may have died."""
        found = [_read(path) for path in sorted(self.path.glob("workers/*.json"))]
        return [Worker(**w | {"daemon": Daemon(**w["daemon"])}) for w in found if w is not None]

    def forget(self) -> None:
        """Remove state and secret; logs stay."""
        for path in (
            self.path / "cluster.json",
            self.secret_file,
            self.settings / "spark-defaults.conf",
            *self.path.glob("workers/*.json"),
        ):
            path.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        fields: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise FileProblem(f"{path} is no state of a cluster ({error}): remove it.") from error
    return fields
