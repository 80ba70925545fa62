"""A program that runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any


class SandboxStream:
    """What a program writes to one of its streams, as text. What is not read is kept in memory."""

    def __init__(self) -> None:
        self._pieces: asyncio.Queue[str | None] = asyncio.Queue()
        self._ended = False

    async def read(self) -> str:
        """The next piece; empty at the end."""
        if self._ended:
            return ""
        piece = await self._pieces.get()
        self._ended = piece is None
        return piece or ""

    async def read_all(self) -> str:
        """All of it, once the program is done."""
        return "".join([piece async for piece in self])

    async def __aiter__(self) -> AsyncIterator[str]:
        while piece := await self.read():
            yield piece

    def feed(self, piece: str | None) -> None:
        """More of it, or None for its end."""
        self._pieces.put_nowait(piece)


class SandboxProcess:
    """A program that runs in a sandbox."""

    def __init__(self, send: Callable[[dict[str, Any]], Coroutine[Any, Any, None]]) -> None:
        self.stdout = SandboxStream()
        self.stderr = SandboxStream()
        self._send = send
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._killing: asyncio.Future[None] | None = None
        self._refused: Exception | None = None

    async def write_to_stdin(self, data: str) -> None:
        """Gives it input. Raises what the server said of the input before, where it was not taken."""
        if self._refused is not None:
            raise self._refused
        await self._send({"event": "stdin", "data": data})

    async def wait(self) -> None:
        """Waits until it is done."""
        await asyncio.shield(self._done)

    async def kill(self) -> None:
        """Ends it, and waits for its end."""
        self._killing = asyncio.get_running_loop().create_future()
        await self._send({"action": "kill_process"})
        await asyncio.wait([self._done, self._killing], return_when=asyncio.FIRST_COMPLETED)
        if self._killing.done():
            self._killing.result()

    def refuse(self, error: Exception) -> None:
        """The server did not do what was asked for."""
        if self._killing is not None and not self._killing.done():
            self._killing.set_exception(error)
        else:
            self._refused = error

    def take(self, stream: str, data: str) -> None:
        """It wrote something."""
        (self.stdout if stream == "stdout" else self.stderr).feed(data)

    def end(self, error: Exception | None = None) -> None:
        """It has ended, or will never be heard of again."""
        for stream in (self.stdout, self.stderr):
            stream.feed(None)
        if self._done.done():
            return
        if error is None:
            self._done.set_result(None)
        else:
            self._done.set_exception(error)
            self._done.exception()  # Nobody need wait for it.
