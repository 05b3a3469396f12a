"""Starting the parts of a Spark cluster, and waiting until they are there."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from daisy_kernel.engines.spark_addresses import free_port, require_free
from daisy_kernel.engines.spark_processes import CLUSTER, Daemon, end, processes_of, start_daemon
from daisy_kernel.engines.spark_settings import spark_environment, spark_home, write_settings
from daisy_kernel.engines.spark_state import Folder, Master, Worker
from daisy_kernel.errors import DaisyError

_DEPLOY = "org.apache.spark.deploy"
_HEAP_MIB = 256
_LOOK_S = 0.2


def launch_master(home: Folder, address: str, port: int) -> Master:
    """Start a master with a new secret; it does not answer yet.

    Raises
    ------
    InvalidParameter
        If the port is taken.
    """
    secret = home.new_secret()
    write_settings(home.settings, _settings(secret))
    port, page = port or free_port(address), free_port(address)
    require_free(address, port)
    words = ["--host", address, "--port", str(port), "--webui-port", str(page)]
    daemon = _start(home, "master", address, ["master.Master", *words])
    return Master(f"spark://{address}:{port}", f"http://{address}:{page}", address, daemon)


def launch_worker(home: Folder, master: Master, address: str, cores: int, memory: int) -> Worker:
    """Start a worker with `memory` bytes for Java, and record it; it has not registered yet."""
    name = f"worker-{address}-{secrets.token_hex(3)}"
    memory_mib = memory // 2**20
    work = home.path / "work"
    work.mkdir(mode=0o700, exist_ok=True)
    words = ["--host", address, "--webui-port", "0", "--cores", str(cores)]
    words += ["--memory", f"{memory_mib}m", "--work-dir", str(work / name)]
    try:
        daemon = _start(home, name, address, ["worker.Worker", *words, master.url])
        worker = Worker(name, address, cores, memory_mib, daemon)
        home.write_worker(worker)
    except BaseException:  # Ctrl-C, say, before its number was known
        end(processes_of(home.path, str(work / name)))
        raise
    return worker


def _start(home: Folder, name: str, address: str, words: list[str]) -> Daemon:
    environment = spark_environment(home.settings, address, _HEAP_MIB)
    program = str(spark_home() / "bin/spark-class")
    return start_daemon(
        [program, f"{_DEPLOY}.{words[0]}", *words[1:]],
        environment | {CLUSTER: str(home.path)},
        home.path / "logs" / f"{name}.log",
    )


def _settings(secret: str) -> dict[str, str]:
    return {
        "spark.authenticate": "true",
        "spark.authenticate.secret": secret,
        "spark.network.crypto.enabled": "true",
        "spark.master.rest.enabled": "false",
        # Nobody is asked for a secret on the web pages: nothing can be ended from there.
        "spark.ui.killEnabled": "false",
        "spark.master.ui.decommission.allow.mode": "DENY",
        "spark.worker.cleanup.enabled": "true",
    }


def wait_for_master(master: Master, deadline: float) -> None:
    """Wait until the master answers.

    Raises
    ------
    DaisyError
        If it ends, or the deadline (of `time.monotonic`) passes.
    """
    _wait(lambda: master.registered() is not None, master.daemon, "The master", deadline)


def wait_for_worker(worker: Worker, master: Master, deadline: float) -> None:
    """Wait until the master counts on a worker.

    Raises
    ------
    DaisyError
        If it ends, or the deadline (of `time.monotonic`) passes.
    """

    def is_registered() -> bool:
        ports = worker.daemon.ports()
        return any(told["port"] in ports for told in master.registered() or ())

    _wait(is_registered, worker.daemon, f"The worker at {worker.address}", deadline)


def _wait(is_ready: Callable[[], bool], daemon: Daemon, what: str, deadline: float) -> None:
    while not is_ready():
        if daemon.process() is None:
            raise DaisyError(f"{what} ended at once: {daemon.last_words()} (see {daemon.log}).")
        if time.monotonic() > deadline:
            raise DaisyError(
                f"{what} did not register in time: {daemon.last_words()} (see {daemon.log})."
            )
        time.sleep(_LOOK_S)
