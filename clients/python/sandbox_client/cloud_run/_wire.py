"""What goes over the connection, and how one is made."""

from __future__ import annotations

import inspect
import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import websockets

from ..auth import headers_for

_logger = logging.getLogger("sandbox_client.cloud_run")

_MAX_EVENT = 1 << 22
"""The longest event that is taken, in bytes: the server's are much shorter."""

WITH_ERROR = frozenset({
    "SANDBOX_CREATION_ERROR", "SANDBOX_RESTORE_ERROR", "SANDBOX_PERMISSION_DENIAL_ERROR", "SANDBOX_ERROR", "SANDBOX_LOCK_RENEWAL_ERROR",
    "SANDBOX_EXECUTION_ERROR", "SANDBOX_EXECUTION_UNSUPPORTED_LANGUAGE_ERROR", "SANDBOX_EXECUTION_IN_PROGRESS_ERROR",
    "SANDBOX_EXECUTION_FORCE_KILL_ERROR", "SANDBOX_STDIN_ERROR", "SANDBOX_KILL_ERROR", "SANDBOX_CHECKPOINT_ERROR",
    "SANDBOX_FILESYSTEM_SNAPSHOT_ERROR",
})  # fmt: skip
"""Statuses behind which an error event says more."""

# websockets 14 renamed the argument together with the implementation behind `connect`.
_connect: Any = getattr(websockets, "connect")
_HEADERS = "additional_headers" if "additional_headers" in inspect.signature(_connect).parameters else "extra_headers"


class SandboxError(Exception):
    """A failure that the server told of. `status` is its word for it."""

    def __init__(self, message: str, status: str | None = None) -> None:
        super().__init__(message)
        self.status = status


class Connector:
    """Makes the connections of one sandbox, with what all of them carry: the bearer token, and the cookies of the ones before."""

    def __init__(self, url: str, use_google_auth: bool, debug_label: str | None, ws_options: Mapping[str, Any]) -> None:
        parts = urlsplit(url)
        scheme = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}.get(parts.scheme)
        if scheme is None or not parts.hostname:
            raise ValueError(f"not the address of a server: {url!r}; it looks like wss://sandbox.example.com")
        self._base = urlunsplit((scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
        self._headers = headers_for(url, None, use_google_auth)
        self._label = debug_label
        self._options = ws_options
        self._cookies: dict[str, str] = {}

    async def connect(self, path: str) -> Any:
        headers = {**self._options.get("headers", {}), **await self._headers()}
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        options = {name: value for name, value in self._options.items() if name != "headers"}
        socket = await _connect(self._base + path, **{_HEADERS: headers, "max_size": _MAX_EVENT, "compression": None, **options})
        self.debug("connected", path.split("?")[0])
        response = getattr(socket, "response_headers", None) or socket.response.headers
        for cookie in response.get_all("Set-Cookie"):
            name, _, value = cookie.split(";", 1)[0].partition("=")
            self._cookies[name.strip()] = value.strip()
        return socket

    def debug(self, what: str, more: object = "") -> None:
        if self._label is not None:
            _logger.warning("[%s] %s %s", self._label, what, more)


def decode(text: str | bytes) -> dict[str, Any]:
    """One event."""
    event = json.loads(text)
    if not isinstance(event, dict):
        raise SandboxError("The server sent what is no event.")
    return event
