"""The few things that differ between websockets 10.4 and the newest."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import websockets

from ._protocol import MAX_RECORD

# websockets 14 renamed the argument together with the implementation behind `connect`.
# The package loads its names lazily, which type checkers cannot see.
_connect: Any = getattr(websockets, "connect")
_HEADERS = "additional_headers" if "additional_headers" in inspect.signature(_connect).parameters else "extra_headers"


def hub_url(url: str) -> str:
    """The WebSocket address of the hub of the server at `url` (http, https, ws or wss; with or without `/hub`)."""
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}.get(parts.scheme)
    if scheme is None or not parts.hostname:
        raise ValueError(f"not the address of a server: {url!r}; it looks like https://sandbox.example.com")
    path = parts.path.rstrip("/")
    return urlunsplit((scheme, parts.netloc, path if path.endswith("/hub") else path + "/hub", parts.query, ""))


async def open_websocket(url: str, headers: Mapping[str, str], timeout: float) -> Any:
    options: dict[str, Any] = {
        _HEADERS: dict(headers),
        "open_timeout": timeout,
        "close_timeout": 1,
        # The hub protocol has pings of its own, which the server counts.
        "ping_interval": None,
        # Output is often random or compressed, and deflate costs more time than a network does.
        "compression": None,
        "max_size": 4 * MAX_RECORD,
    }
    return await _connect(url, **options)


def refused_status(error: BaseException) -> int | None:
    """The HTTP status with which a server refused to open a WebSocket, or None where it was something else."""
    status = getattr(error, "status_code", None)
    if status is None:
        status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def is_closing(websocket: Any) -> bool:
    """Whether the connection is known to be broken, before websockets has heard of it."""
    transport = getattr(websocket, "transport", None)
    return transport is not None and bool(transport.is_closing())


def abort(websocket: Any) -> None:
    """Ends the connection at once, without the closing handshake that a broken one would never finish."""
    transport = getattr(websocket, "transport", None)
    if transport is not None:
        transport.abort()
