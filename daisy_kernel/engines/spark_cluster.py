"""A Spark cluster of one's own: a master and workers, started from the package pyspark.

Spark's own standalone cluster lets everybody who reaches a port run programs as its owner. This one
asks for a secret, and every part listens at the address that it was given and nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from daisy_kernel.engines.spark_addresses import LOOPBACK, address_towards, own_address
from daisy_kernel.engines.spark_launch import (
    launch_master,
    launch_worker,
    wait_for_master,
    wait_for_worker,
)
from daisy_kernel.engines.spark_processes import end, end_tree, processes_of
from daisy_kernel.engines.spark_settings import spark_home
from daisy_kernel.engines.spark_state import Folder, Master, Worker
from daisy_kernel.errors import DaisyError, InvalidParameter, RunConflict

_SMALLEST = 600 * 10**6


@dataclass(frozen=True)
class WorkerState:
    """A worker and how it is."""

    worker: Worker
    is_alive: bool
    """Whether the master counts on it."""
    cores_used: int = 0
    memory_used_mib: int = 0


@dataclass(frozen=True)
class ClusterState:
    """A cluster and how it is."""

    url: str
    secret_file: Path
    is_running: bool
    """Whether the master answers."""
    workers: tuple[WorkerState, ...]


def start(
    folder: str | Path,
    hosts: Sequence[str],
    cores_per_worker: int,
    memory_per_worker: int,
    *,
    address: str = LOOPBACK,
    port: int = 0,
    timeout_s: float = 120,
) -> ClusterState:
    """Start a master and workers on this machine; they go on when this process ends.

    Parameters
    ----------
    folder
        Where settings, state and logs lie; made if it is not there. Workers on other machines need
        it on storage that they share.
    hosts
        An address of this machine for each worker; none: a master to which others `join`.
    cores_per_worker
        Blocks that a worker computes at a time.
    memory_per_worker
        What the Java heaps of a worker's executors may have together [bytes]. The arrays lie in
        Python processes beside them.
    address
        Where the master listens.
    port
        Of the master; 0 takes a free one.
    timeout_s
        How long master and workers may take.

    Raises
    ------
    RunConflict
        If a cluster with this folder runs already.
    InvalidParameter
        If an address is not of this machine, or a port is taken.
    MissingLibrary
        If pyspark or Java is missing.
    DaisyError
        If a part does not start; the message has the end of its log.
    """
    home = Folder(Path(folder).resolve())
    deadline = time.monotonic() + timeout_s
    _require_parameters(cores_per_worker, memory_per_worker)
    address = own_address(address, home.path)
    own = [own_address(host, home.path) for host in hosts]
    spark_home()  # before anything is written
    old = home.master()
    if old is not None and (old.daemon.process() is not None or old.registered() is not None):
        raise RunConflict(
            f"A cluster runs in {home.path} already ({old.url}): 'daisy cluster stop' ends it."
        )
    home.make()
    stop(home.path)  # what a cluster that was killed has left
    try:
        master = launch_master(home, address, port)
        wait_for_master(master, deadline)
        home.write_master(master)
        workers = [launch_worker(home, master, a, cores_per_worker, memory_per_worker) for a in own]
        for worker in workers:
            wait_for_worker(worker, master, deadline)
        return status(home.path)
    except BaseException:
        stop(home.path)
        raise


def join(
    folder: str | Path,
    host: str | None,
    cores: int,
    memory: int,
    *,
    timeout_s: float = 120,
) -> WorkerState:
    """Add a worker on this machine to a cluster that was started here or elsewhere.

    Parameters
    ----------
    folder
        The folder of the cluster, on storage that this machine and that of the master share.
    host
        Address at which the worker listens; None: the one from which the master is reached.
    cores, memory, timeout_s
        See `start`.

    Raises
    ------
    DaisyError
        If there is no cluster, or the worker does not register; see `start`.
    """
    home = Folder(Path(folder).resolve())
    _require_parameters(cores, memory)
    master = _running(home)
    address = address_towards(master.address) if host is None else own_address(host, home.path)
    if master.address.startswith("127.") and not address.startswith("127."):
        raise InvalidParameter(
            f"The master listens at {master.address}, which other machines cannot reach: start the "
            "cluster with --address and an address of its machine."
        )
    worker = launch_worker(home, master, address, cores, memory)
    try:
        wait_for_worker(worker, master, time.monotonic() + timeout_s)
        return next(s for s in status(home.path).workers if s.worker.name == worker.name)
    except BaseException:
        end_tree(worker.daemon)
        home.forget_worker(worker)
        raise


def status(folder: str | Path) -> ClusterState:
    """How a cluster is.

    Raises
    ------
    DaisyError
        If none was started with this folder, or it was stopped.
    """
    home = Folder(Path(folder).resolve())
    master = home.master()
    if master is None:
        raise DaisyError(f"No cluster runs in {home.path}: 'daisy cluster start' starts one.")
    registered = master.registered()
    at = {(told["host"], told["port"]): told for told in registered or ()}
    states = []
    for worker in home.workers():
        ports = worker.daemon.ports()
        # Ports of a process on another machine cannot be seen from here: its address must do.
        places = [p for p in at if p[0] == worker.address]
        place = next((p for p in places if p[1] in ports or not worker.daemon.is_here), None)
        if place is None:
            states.append(WorkerState(worker, False))
        else:
            told = at.pop(place)
            states.append(WorkerState(worker, True, told["coresused"], told["memoryused"]))
    return ClusterState(master.url, home.secret_file, registered is not None, tuple(states))


def stop(folder: str | Path) -> int:
    """End every process of a cluster on this machine, and forget its secret.

    Workers on other machines lose their master; `daisy cluster join --foreground` ends them then.

    Returns
    -------
    n_process : int
        How many were ended; 0 if none ran.
    """
    home = Folder(Path(folder).resolve())
    daemons = [w.daemon for w in home.workers()]
    master = home.master()
    if master is not None:
        daemons.append(master.daemon)
    found: dict[int, psutil.Process] = {p.pid: p for p in processes_of(home.path)}
    for daemon in daemons:
        process = daemon.process()
        if process is not None:
            found.setdefault(process.pid, process)
    home.forget()
    end(found.values())
    end(processes_of(home.path))  # a worker may have started something meanwhile
    return len(found)


def lives(folder: str | Path, worker: str | None = None) -> bool:
    """Whether a cluster was not stopped, and its master or a worker of it on this machine lives.

    Parameters
    ----------
    folder
        The folder of the cluster.
    worker
        Name of the worker; None: the master.
    """
    home = Folder(Path(folder).resolve())
    master = home.master()
    if master is None:
        return False
    daemons = [w.daemon for w in home.workers() if w.name == worker] if worker else [master.daemon]
    return any(daemon.process() is not None for daemon in daemons)


def leave(folder: str | Path, worker: str) -> None:
    """End a worker on this machine, and what it has started; the cluster goes on without it."""
    home = Folder(Path(folder).resolve())
    for one in home.workers():
        if one.name == worker:
            end_tree(one.daemon)
            home.forget_worker(one)


def _require_parameters(cores: int, memory: int) -> None:
    if cores < 1:
        raise InvalidParameter(f"A worker with {cores} cores cannot compute: give it 1 or more.")
    if memory < _SMALLEST:
        raise InvalidParameter(
            f"A worker with {memory / 1e6:.0f} MB is too small: give it 600 MB or more."
        )


def _running(home: Folder) -> Master:
    master = home.master()
    if master is None or master.registered() is None:
        raise DaisyError(f"No cluster runs in {home.path}: 'daisy cluster start' starts one.")
    return master
