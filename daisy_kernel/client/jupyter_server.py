"""A Jupyter Server, alone or started by a JupyterHub: its kernels, and starting them."""

from __future__ import annotations

import json
import os
import re
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

from daisy_kernel.errors import AccessRefused, ConnectionLost, InvalidParameter, UnknownName

KERNEL_NAME = "daisy"
_PAGES = re.compile(r"/(lab|tree|notebooks|edit|doc|api|hub/(home|spawn.*|token))(/.*)?$")
"""Ends of addresses as one copies them from a browser."""
_USER = re.compile(r"^(?P<hub>.*)/user/(?P<user>[^/]+)(/(?P<server>[^/]+))?$")
_ASK_S = 30.0
_START_S = 180.0
_NOT_RUNNING = (404, 424, 503)
"""What a hub says of a user's server that is not there."""


@dataclass(frozen=True)
class KernelEntry:
    """A kernel of a server."""

    id: str
    name: str
    """Of its kernelspec: "daisy", or the one in which Daisy was loaded."""
    state: str
    """Of its cells: "idle" or "busy"; "starting", "dead" and so on."""
    connections: int
    """Pages and clients that are connected."""
    last_activity: str
    """ISO 8601, UTC."""


class Unanswered(ConnectionLost):
    """A server that answered with an error status."""

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status


class JupyterServer:
    """What is asked of a server by REST.

    Parameters
    ----------
    url
        Its address, such as "https://hub/user/me/"; that of a page of it will do.
    token
        Of the server, of the user of the hub, or of a service; by default the one in `url`, else
        ``$DAISY_TOKEN``.

    Raises
    ------
    InvalidParameter
        If `url` is no address of a web server.
    """

    def __init__(self, url: str, token: str | None = None):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InvalidParameter(
                f"{_without_query(url)!r} is no address of a Jupyter Server: write "
                "https://HOST/ or https://HUB/user/NAME/."
            )
        given = parse_qs(parts.query).get("token", [None])[0]
        token = token or given or os.environ.get("DAISY_TOKEN")
        path = _PAGES.sub("", parts.path.rstrip("/")).rstrip("/")
        self.url = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
        self.headers = {"Authorization": f"token {token}"} if token else {}
        self.tls = ssl.create_default_context() if parts.scheme == "https" else None
        handlers: list[Any] = [_NoRedirects()]
        if self.tls:
            handlers.append(urllib.request.HTTPSHandler(context=self.tls))
        self._opener = urllib.request.build_opener(*handlers)

    def websocket_url(self, path: str) -> str:
        """Address of a WebSocket of this server."""
        return "ws" + self.url.removeprefix("http") + path

    def kernels(self) -> list[KernelEntry]:
        """The kernels that run.

        Raises
        ------
        ConnectionLost
            If the server does not answer.
        AccessRefused
            If the token does not do.
        """
        return [_entry(described) for described in self._ask("GET", "/api/kernels")]

    def start_kernel(self, name: str = KERNEL_NAME) -> KernelEntry:
        """Start a kernel.

        Raises
        ------
        ConnectionLost
            If the server cannot.
        """
        known = self._ask("GET", "/api/kernelspecs")["kernelspecs"]
        if name not in known:
            raise UnknownName("kernelspec", name, known)
        return _entry(self._ask("POST", "/api/kernels", {"name": name}))

    def find_kernel(self, wanted: str | None) -> KernelEntry | None:
        """The kernel with this id, or the only one of Daisy; None if there is none of Daisy.

        Raises
        ------
        UnknownName
            If no kernel has this id, or several begin so.
        InvalidParameter
            If there are several of Daisy and none is named.
        """
        running = self.kernels()
        if wanted is None:
            found = [k for k in running if k.name == KERNEL_NAME]
            if len(found) > 1:
                ids = ", ".join(k.id for k in found)
                raise InvalidParameter(
                    f"{len(found)} Daisy kernels run on {self.url}: name one of {ids}."
                )
            return found[0] if found else None
        found = [k for k in running if k.id.startswith(wanted)]
        if len(found) != 1:
            raise UnknownName("kernel", wanted, [k.id for k in found or running])
        return found[0]

    def make_sure_it_runs(self, start: bool) -> None:
        """Make sure that the server answers, if need be by asking its hub to start it.

        Parameters
        ----------
        start
            Whether it may be started.

        Raises
        ------
        ConnectionLost
            If it does not run, or not in time.
        AccessRefused
            If the token does not do.
        """
        hub = _USER.match(self.url)
        try:
            self._ask("GET", "/api/status")
            return
        except Unanswered as error:
            if hub is None or not (error.status in _NOT_RUNNING or 300 <= error.status < 400):
                raise
        if not start:
            raise ConnectionLost(
                f"{self.url} does not run: ask for it to be started (start=True, --start)."
            )
        server = f"/servers/{hub['server']}" if hub["server"] else "/server"
        address = f"{hub['hub']}/hub/api/users/{hub['user']}{server}"
        try:
            self._open("POST", address)
        except Unanswered as error:
            if error.status == 404:  # what a hub says to whom the user is none of their business
                raise AccessRefused(
                    f"{self.url} cannot be started with this token: the hub knows no such user, or "
                    "the token is not meant for this server."
                ) from None
            if error.status != 400:  # it is being started already
                raise
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            time.sleep(0.3)
            try:
                self._ask("GET", "/api/status")
                return
            except Unanswered:
                pass
        raise ConnectionLost(f"{self.url} was started, but does not answer after {_START_S:.0f} s.")

    def _ask(self, method: str, path: str, content: Any = None) -> Any:
        return self._open(method, self.url + quote(path), content)

    def _open(self, method: str, address: str, content: Any = None) -> Any:
        body = None if content is None else json.dumps(content).encode()
        headers = {**self.headers, "Content-Type": "application/json"}
        request = urllib.request.Request(address, body, headers, method=method)
        try:
            with self._opener.open(request, timeout=_ASK_S) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in (401, 403):
                raise AccessRefused(
                    f"{self.url} refused {method} {urlsplit(address).path}: the token is missing, "
                    "wrong or not meant for this server."
                ) from None
            raise Unanswered(
                f"{self.url} answered {method} {urlsplit(address).path} with {error.code} "
                f"{error.reason}: make sure that a Jupyter Server is there.",
                error.code,
            ) from None
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise ConnectionLost(f"{self.url} cannot be reached: {reason}.") from error


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirection would carry the token to wherever it leads, and means a login page here."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _entry(described: dict[str, Any]) -> KernelEntry:
    return KernelEntry(
        described["id"],
        described["name"],
        described.get("execution_state", "unknown"),
        described.get("connections", 0),
        described.get("last_activity", ""),
    )


def _without_query(url: str) -> str:
    """It may hold a token."""
    return url.partition("?")[0]
