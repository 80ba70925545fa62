"""A program's standard input (or the keys of its terminal)."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from ._backoff import Backoff
from ._connection import Connection
from .errors import CallTimeoutError, ConflictError

CHUNK = 65_536
"""The most that one call may carry."""


class InputStream:
    """Writes to a program. Every byte has an offset, so that a write whose answer was lost is repeated and still taken once.

    `write` returns when the server took the bytes: a program that does not read makes it wait. Writes happen in the order of
    their calls. A cancelled write may have written a part, in steps of 64 KiB: the step under way is finished, never torn.
    One client writes to a program at a time; a second one gets `ConflictError`. So does one from before a rewind: take the program up
    again by `Sandbox.process`.
    """

    def __init__(self, connection: Connection, target: dict[str, Any], offset: int) -> None:
        self._connection = connection
        self._target = target
        self._turn = asyncio.Lock()
        self._step: asyncio.Task[int] | None = None
        self._ended = False
        self.offset = offset
        """Bytes written so far."""

    async def write(self, data: bytes | bytearray | memoryview | str) -> None:
        """Writes all of `data` (text as UTF-8)."""
        view = memoryview(data.encode() if isinstance(data, str) else bytes(data))
        async with self._turn:
            await self._settle()
            if self._ended:
                raise ValueError("the input was ended already")
            for start in range(0, len(view), CHUNK):
                self._step = asyncio.create_task(self._write(bytes(view[start : start + CHUNK])))
                await self._settle()

    async def end(self) -> None:
        """Closes the input: the program reads an end of file (a terminal gets Ctrl-D). Ending twice is not an error."""
        async with self._turn:
            await self._settle()
            if not self._ended:
                await self._connection.invoke("EndInput", {**self._target, "offset": self.offset})
                self._ended = True

    async def aclose(self) -> None:
        """Drops a write under way. The program's input stays open."""
        step, self._step = self._step, None
        if step is not None and not step.done():
            step.cancel()
            await asyncio.wait([step])

    async def _settle(self) -> None:
        """Waits for the step under way, also one that a cancelled write left: only then the offset is known."""
        step = self._step
        if step is None:
            return
        try:
            self.offset = await asyncio.shield(step)
        finally:
            if step.done():
                self._step = None

    async def _write(self, data: bytes) -> int:
        """Writes one step; the answer is the offset behind it."""
        offset, end = self.offset, self.offset + len(data)
        backoff = Backoff(0.02, 1.0)
        while offset < end:
            argument = {**self._target, "offset": offset, "data": base64.b64encode(data[offset - end :]).decode()}
            try:
                taken = (await self._connection.invoke("WriteInput", argument))["offset"]
            except CallTimeoutError:
                continue  # The program does not read. The bytes have offsets: saying them again is harmless.
            if not offset <= taken <= end:
                raise ConflictError("another client writes to this program too", details={"expected": taken})
            if taken == offset:
                await asyncio.sleep(backoff.next_delay())
            else:
                backoff.reset()
            offset = taken
        return offset
