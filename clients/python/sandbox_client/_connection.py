"""A connection that stays: it makes a new link where one is lost, and repeats what may be repeated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import websockets.exceptions

from ._backoff import Backoff
from ._http import Exchange, exchange
from ._link import Link, LinkLost
from ._protocol import ProtocolError
from ._websocket import hub_url, refused_status
from .errors import CallTimeoutError, PermissionDeniedError, SandboxError, UnavailableError, UnknownOutcomeError
from .options import ConnectionOptions

Headers = Callable[[], Awaitable[Mapping[str, str]]]
"""Gives the headers of the next try to connect: a token may have to be renewed."""

WAITING_CALLS = 128
"""Calls that wait for the end of a program, at once. A server lets one connection have few more, and other calls need room beside them."""

_MOST_TRIES = 10
"""How often a part of a file is sent."""

_WORTH_RETRYING = frozenset({408, 425, 429, 500, 502, 503, 504})


class Connection:
    def __init__(self, url: str, headers: Headers, options: ConnectionOptions) -> None:
        self._url = hub_url(url)
        self._headers = headers
        self.options = options
        self._link: Link | None = None
        self._connecting: asyncio.Task[Link] | None = None
        self._backoff = Backoff(options.backoff_base, options.backoff_cap)
        self._closed = False
        self._last_read_id = 0
        self._idle: Exchange | None = None
        self.waiting = asyncio.Semaphore(WAITING_CALLS)

    def next_read_id(self) -> str:
        self._last_read_id += 1
        return f"r{self._last_read_id}"

    async def link(self) -> Link:
        """The present link, or a new one. All who wait share one try; a cancelled one does not take it from the others.

        Raises `UnavailableError` when none could be made in the time that the options give, `PermissionDeniedError` at once.
        """
        if self._closed:
            raise UnavailableError("this client was closed")
        if self._link is not None and self._link.alive:
            return self._link
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._connect())
            self._connecting.add_done_callback(self._connected)
        return await asyncio.shield(self._connecting)

    async def invoke(
        self,
        method: str,
        argument: dict[str, Any],
        *,
        repeat: bool = True,
        timeout: float | None = None,
        patient: bool = False,
        on_repeat: Callable[[], None] | None = None,
    ) -> dict[str, Any]:
        """Calls a method, over as many links as it takes.

        With `repeat` false a call whose answer was lost ends in `UnknownOutcomeError` instead of being sent again. With `patient`
        it has no time limit. `on_repeat` is told of every repetition.
        """
        limit = None if patient else timeout or self.options.call_timeout
        repeated = False
        try:
            async with asyncio.timeout(limit) as scope:
                while True:
                    link = await self.link()
                    try:
                        answer = await link.invoke(method, argument)
                    except LinkLost as lost:
                        if not repeat:
                            raise UnknownOutcomeError(
                                f"the connection was lost before {method} was answered: it may have been done, and was not repeated"
                            ) from lost
                        repeated = True
                        if on_repeat is not None:
                            on_repeat()
                        continue
                    if not isinstance(answer, dict):
                        raise SandboxError(f"{method} was not answered with an object")
                    return answer
        except SandboxError as error:
            error.repeated = repeated
            raise
        except TimeoutError as error:
            if not scope.expired():
                raise
            raise CallTimeoutError(f"{method} was not answered within {limit:g} seconds") from error

    async def http(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: AsyncIterator[bytes] | None = None,
        also: int | None = None,
    ) -> AbstractAsyncContextManager[Exchange]:
        """Plain HTTP to the same server, for what is a stream of bytes: answered (or with the status `also`), up to the end of the block."""
        return exchange(self._url, await self._all_headers(token, headers), self.options.connect_timeout, method, path, body, also)

    async def send_part(self, path: str, data: bytes, *, token: str | None) -> dict[str, Any]:
        """Sends bytes by `PATCH` that are taken once however often they come: again where the connection breaks, or the server cannot for a moment."""
        limit = self.options.call_timeout
        backoff = Backoff(self.options.backoff_base, self.options.backoff_cap)
        tries = 0
        try:
            async with asyncio.timeout(limit) as scope:
                while True:
                    try:
                        return await self._patch(path, data, await self._all_headers(token))
                    except UnavailableError:
                        tries += 1
                        if tries > _MOST_TRIES:
                            raise
                    # The hub waits until the server is there again, or gives up.
                    await asyncio.sleep(backoff.next_delay())
                    await self.link()
        except SandboxError as error:
            error.repeated = tries > 0
            raise
        except TimeoutError as error:
            if not scope.expired():
                raise
            raise CallTimeoutError(f"a part of a file was not taken within {limit:g} seconds") from error

    async def _patch(self, path: str, data: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        """On the connection that the last part was sent on, where that is free."""
        used, self._idle = self._idle or Exchange(self._url, self.options.connect_timeout), None
        try:
            await used.send("PATCH", path, headers, data)
            answer = await used.json()
        except BaseException:
            used.close()
            raise
        if self._idle is None and not self._closed:
            self._idle = used
        else:
            used.close()
        return answer

    async def _all_headers(self, token: str | None, more: Mapping[str, str] | None = None) -> dict[str, str]:
        return {**await self._headers(), **(more or {}), **({} if token is None else {"Sandbox-Token": token})}

    async def close(self) -> None:
        self._closed = True
        idle, self._idle = self._idle, None
        if idle is not None:
            idle.close()
        connecting, self._connecting = self._connecting, None
        if connecting is not None:
            connecting.cancel()
            await asyncio.wait([connecting])
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    def _connected(self, task: asyncio.Task[Link]) -> None:
        if self._connecting is task:
            self._connecting = None
        if not task.cancelled():
            task.exception()  # Seen, also when all who waited were cancelled.

    async def _connect(self) -> Link:
        first = self._link is None
        if self._link is not None and self._link.useful:
            self._backoff.reset()
        loop = asyncio.get_running_loop()
        patience = self.options.connect_timeout if first else self.options.give_up_after
        give_up = loop.time() + patience
        delay = 0.0 if first else self._backoff.next_delay()
        while True:
            await asyncio.sleep(delay)
            try:
                self._link = await Link.open(self._url, await self._headers(), self.options)
                return self._link
            except (OSError, TimeoutError, LinkLost, ProtocolError, websockets.exceptions.WebSocketException) as error:
                self._refuse(error)
                delay = self._backoff.next_delay()
                if loop.time() + delay > give_up:
                    reason = str(error) or type(error).__name__
                    raise UnavailableError(f"no connection to {self._url} within {patience:g} seconds: {reason}") from error

    def _refuse(self, error: BaseException) -> None:
        """Raises what trying again would not change."""
        status = refused_status(error)
        if status in (401, 403):
            code = "unauthorized" if status == 401 else "forbidden"
            raise PermissionDeniedError(f"the server at {self._url} refused the key (HTTP {status})", code=code) from error
        if status is not None and status not in _WORTH_RETRYING:
            raise UnavailableError(f"there is no hub at {self._url} (HTTP {status})") from error
