"""A TCP proxy that cuts its connections at random places, in the middle of whatever passes."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from urllib.parse import urlsplit


class CuttingProxy:
    def __init__(self, target: str, random_: random.Random, cuts: int, *, least: int, most: int, upward: bool = False) -> None:
        """Cuts after `least` to `most` bytes from the server (or with `upward` to it), `cuts` times; then it lets all pass."""
        parts = urlsplit(target)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._random = random_
        self._wanted = cuts
        self._range = least, most
        self._upward = upward
        self._tasks: set[asyncio.Task[None]] = set()
        self.cuts = 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            for task in list(self._tasks):
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks)

    async def _serve(self, client_reader: asyncio.StreamReader, client_writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        writers = [client_writer]
        try:
            server_reader, server_writer = await asyncio.open_connection(self._host, self._port)
            writers.append(server_writer)
            left = self._random.randint(*self._range)
            passing = [
                asyncio.create_task(self._pass(client_reader, server_writer, left if self._upward else None)),
                asyncio.create_task(self._pass(server_reader, client_writer, None if self._upward else left)),
            ]
            try:
                await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for direction in passing:
                    direction.cancel()
                await asyncio.wait(passing)
        except (OSError, asyncio.CancelledError):
            pass  # Both ends are cut below, which is all that is left to do.
        finally:
            for writer in writers:
                writer.transport.abort()
            self._tasks.discard(task)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: int | None) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(16_384):
                if left is not None and self.cuts < self._wanted:
                    data, whole = data[:left], len(data)
                    left -= len(data)
                    if len(data) < whole or left == 0:
                        self.cuts += 1
                        writer.write(data)
                        return
                writer.write(data)
                await writer.drain()
