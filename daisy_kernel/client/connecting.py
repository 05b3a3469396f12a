"""Finding a kernel, here or elsewhere, and a session with it."""

from __future__ import annotations

from pathlib import Path

from jupyter_client.connect import find_connection_file

from daisy_kernel.client.jupyter_server import JupyterServer, KernelEntry
from daisy_kernel.client.remote import RemoteTransport
from daisy_kernel.client.websocket_transport import WebSocketTransport
from daisy_kernel.client.zmq_transport import ZMQTransport
from daisy_kernel.errors import ConnectionLost, FileProblem, InvalidParameter
from daisy_kernel.session import Session, local_session

_ANSWER_S = 15.0
"""Within which a running kernel says who it is, even while a cell computes in Python."""
_START_S = 60.0
"""Within which a new one does."""


def connect(
    where: str | Path | None = None,
    *,
    token: str | None = None,
    kernel: str | None = None,
    start: bool = False,
) -> Session:
    """A session with a kernel, near or far.

    Parameters
    ----------
    where
        A connection file, as a path or as the name of one of this user's; or the address of a
        Jupyter Server ("https://host:8888/") or of a user's server on a JupyterHub
        ("https://hub/user/me/"). None: the kernel of this process, in a notebook the notebook's.
    token
        For the server; by default the one in the address, else ``$DAISY_TOKEN``.
    kernel
        Its id on the server, or the beginning of it; by default the only Daisy kernel there.
    start
        Whether what does not run may be started: the user's server, and a kernel if there is none
        of Daisy.

    Returns
    -------
    session
        Objects, algorithms, workflows and runs.

    Raises
    ------
    ConnectionLost
        If server or kernel cannot be reached.
    AccessRefused
        If token or key do not do.
    UnknownName
        If several kernels could be meant, or none.
    """
    if where is None:
        if token or kernel or start:
            raise InvalidParameter("token, kernel and start need a server: give its address.")
        return local_session()
    if "://" in str(where):
        return Session(_on_server(JupyterServer(str(where), token), kernel, start))
    if token or kernel or start:
        raise InvalidParameter(
            f"token, kernel and start are for a server, but {where} is a connection file: it names "
            "one kernel and holds its key."
        )
    try:
        transport = ZMQTransport(Path(find_connection_file(str(where))))
    except OSError as error:
        if isinstance(error, FileProblem):
            raise
        raise FileProblem(
            f"There is no connection file {where}, here or among those of this user's kernels."
        ) from None
    transport.greet(_ANSWER_S)
    return Session(transport)


def list_kernels(where: str, *, token: str | None = None) -> list[KernelEntry]:
    """The kernels that run on a server, of Daisy and others.

    Parameters
    ----------
    where, token
        As for `connect`.
    """
    server = JupyterServer(where, token)
    server.make_sure_it_runs(start=False)
    return server.kernels()


def _on_server(server: JupyterServer, kernel: str | None, start: bool) -> RemoteTransport:
    server.make_sure_it_runs(start)
    found, patience = server.find_kernel(kernel), _ANSWER_S
    if found is None:
        if not start:
            raise ConnectionLost(
                f"No Daisy kernel runs on {server.url}: ask for one to be started (start=True, "
                "--start)."
            )
        found, patience = server.start_kernel(), _START_S
    transport = WebSocketTransport(server, found.id)
    transport.greet(patience)
    return transport
