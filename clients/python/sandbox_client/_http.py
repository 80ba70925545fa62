"""Plain HTTP to a hub's server with the same rights, for what is a stream of bytes. It blocks, so it is done in threads."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

from .errors import SandboxError, UnavailableError, of_details

PIECE = 1 << 18
T = TypeVar("T")


class Exchange:
    """One request and its answer; and where that is read to its end, the next one on the same connection."""

    def __init__(self, hub: str, timeout: float) -> None:
        parts = urlsplit(hub)
        self._base = parts.path.removesuffix("hub")
        self._origin = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
        connection: http.client.HTTPConnection
        if parts.scheme == "wss":
            connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=timeout, context=ssl.create_default_context())
        else:
            connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
        self._connection = connection
        self._socket: socket.socket | None = None
        self._response: http.client.HTTPResponse | None = None
        self._cancelled = False

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | AsyncIterator[bytes] | None, also: int | None = None
    ) -> None:
        """Asks, and waits for an answer that says that it was done. Raises the server's error, or `UnavailableError`."""
        try:
            await self.run(self._begin, method, self._base + path, headers, body)
        except (OSError, http.client.HTTPException) as error:
            raise UnavailableError(f"{self._origin} cannot be reached: {error}") from error
        if isinstance(body, bytes):
            await self._send(body)
        elif body is not None:
            async for piece in body:
                if piece and not await self._send(b"%x\r\n%b\r\n" % (len(piece), piece)):
                    break
            await self._send(b"0\r\n\r\n")
        try:
            response = self._response = await self.run(self._connection.getresponse)
            if response.status >= 400 and response.status != also:
                raise _problem(response.status, await self.run(response.read, 1 << 20))
        except (OSError, http.client.HTTPException) as error:
            raise UnavailableError(f"{self._origin} did not answer: {error}") from error

    async def _send(self, piece: bytes) -> bool:
        """Sends a piece of the body; false where the server takes no more: one that refuses it answers before its end."""
        try:
            await self.run(self._connection.send, piece)
            return True
        except ConnectionError:
            return False

    async def pieces(self) -> AsyncIterator[bytes]:
        """The answer's bytes. Raises `UnavailableError` where they break off."""
        response = self.response
        try:
            while piece := await self.run(response.read, PIECE):
                yield piece
        except (OSError, http.client.HTTPException) as error:
            raise UnavailableError(f"the answer of {self._origin} broke off: {error}") from error

    async def json(self) -> dict[str, Any]:
        answer = json.loads(b"".join([piece async for piece in self.pieces()]))
        if not isinstance(answer, dict):
            raise SandboxError("the server did not answer with an object")
        return answer

    @property
    def response(self) -> http.client.HTTPResponse:
        assert self._response is not None
        return self._response

    async def run(self, work: Callable[..., T], *arguments: Any) -> T:
        """Does something in a thread; who is cancelled leaves none behind."""
        task = asyncio.get_running_loop().run_in_executor(None, work, *arguments)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self._cancelled = True
            self._shut()
            await asyncio.wait([task])
            if not task.cancelled():
                task.exception()
            raise

    def close(self) -> None:
        self._shut()
        if self._response is not None:
            self._response.close()
        self._connection.close()

    def _begin(self, method: str, path: str, headers: Mapping[str, str], body: bytes | AsyncIterator[bytes] | None) -> None:
        if self._connection.sock is None:
            self._connection.connect()
        used = self._socket = self._connection.sock
        if self._cancelled:
            raise OSError("given up")
        assert used is not None
        used.settimeout(None)  # It may be a gigabyte over a slow line.
        self._connection.putrequest(method, path)
        for name, value in headers.items():
            self._connection.putheader(name, value)
        if isinstance(body, bytes):
            self._connection.putheader("Content-Type", "application/octet-stream")
            self._connection.putheader("Content-Length", str(len(body)))
        elif body is not None:
            self._connection.putheader("Content-Type", "application/x-tar")
            self._connection.putheader("Transfer-Encoding", "chunked")
        self._connection.endheaders()

    def _shut(self) -> None:
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It is down already.


@asynccontextmanager
async def exchange(
    hub: str, headers: Mapping[str, str], timeout: float, method: str, path: str, body: AsyncIterator[bytes] | None, also: int | None
) -> AsyncIterator[Exchange]:
    """An exchange that was answered, up to the end of the block."""
    made = Exchange(hub, timeout)
    try:
        await made.send(method, path, headers, body, also)
        yield made
    finally:
        made.close()


def _problem(status: int, body: bytes) -> SandboxError:
    try:
        problem = json.loads(body)
    except ValueError:
        problem = None
    if not isinstance(problem, dict) or not isinstance(problem.get("code"), str):
        return UnavailableError(f"the server answered {status}")
    return of_details({**problem, "message": problem.get("detail"), "status": problem.get("sandboxStatus")})
