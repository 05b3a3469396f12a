"""Where the parts of a Spark cluster listen: addresses of this machine, and free ports."""

from __future__ import annotations

import errno
import ipaddress
import socket
from pathlib import Path

from daisy_kernel.errors import InvalidParameter

LOOPBACK = "127.0.0.1"


def default_hosts(n_worker: int) -> list[str]:
    """Addresses for workers on this machine: 127.0.0.1, 127.0.0.2, ...

    Spark never repeats a slow task on the host where it hangs, so each worker gets a host of its
    own, where the system has more than one address for itself (Linux).
    """
    addresses = [f"127.0.0.{1 + n}" for n in range(n_worker)]
    return [address if _is_local(address) else LOOPBACK for address in addresses]


def own_address(host: str, folder: Path) -> str:
    """The address of this machine that a name or an address stands for.

    Parameters
    ----------
    host
        Such as "127.0.0.2", or the name of this machine.
    folder
        Of the cluster, for the advice in the message.

    Raises
    ------
    InvalidParameter
        If it is of another machine, or stands for all addresses.
    """
    try:
        # Spark's standalone cluster speaks IPv4 unless its Java is told otherwise.
        address = str(socket.getaddrinfo(host, None, socket.AF_INET)[0][4][0])
    except OSError as error:
        raise InvalidParameter(
            f"{host!r} is no address and no name of a machine ({error.strerror})."
        ) from error
    if ipaddress.ip_address(address).is_unspecified:
        raise InvalidParameter(
            f"{host!r} would listen at every address of this machine: name one of them."
        )
    if not _is_local(address):
        raise InvalidParameter(
            f"{host!r} is not this machine: on it, run 'daisy cluster join --folder {folder} "
            f"--host {host}'; the folder has to be on storage that both share."
        )
    return address


def address_towards(other: str) -> str:
    """The address of this machine from which another is reached."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((other, 9))  # nothing is sent
        return str(probe.getsockname()[0])


def free_port(address: str) -> int:
    """A port at which nobody listens now."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def require_free(address: str, port: int) -> None:
    """Make sure that nobody listens at a port.

    Raises
    ------
    InvalidParameter
        If somebody does, or the system does not give it to this user.
    """
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Java does
            probe.bind((address, port))
    except (OSError, OverflowError) as error:
        is_taken = getattr(error, "errno", None) == errno.EADDRINUSE
        why = "is taken" if is_taken else f"cannot be used ({error})"
        raise InvalidParameter(
            f"Port {port} at {address} {why}: give another --port, or none to have a free one."
        ) from error


def _is_local(address: str) -> bool:
    try:
        with socket.socket() as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True
