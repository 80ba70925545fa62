"""A sandbox, over one connection at a time."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any, Self, Unpack
from urllib.parse import quote

import websockets

from ._options import SandboxOptions, check, creation
from ._process import SandboxProcess
from ._wire import WITH_ERROR, Connector, SandboxError, decode

_LANGUAGES = frozenset({"python", "bash"})
_MOST_TOKENS = 1000
_FIRST_DELAY = 0.1
_LONGEST_DELAY = 5.0
_MOST_TRIES = 60

_tokens: dict[str, str] = {}
"""The oldest clients knew no tokens: what this program made itself it may attach to by the id alone."""


class Sandbox:
    """A sandbox, in the words of Cloud Run Sandbox. Made by `create` or `attach`."""

    def __init__(self, url: str, options: SandboxOptions) -> None:
        check(options)
        label = (options.get("debug_label") or "sandbox") if options.get("enable_debug") else None
        self._connector = Connector(url, bool(options.get("use_google_auth")), label, options.get("ws_options") or {})
        self._reconnects = bool(options.get("enable_auto_reconnect"))
        self._socket: Any = None
        self._reading: asyncio.Task[None] | None = None
        self._id, self._token = "", ""
        self._running = self._future()
        self._starting: asyncio.Future[None] | None = None
        self._waiting: tuple[str, asyncio.Future[None]] | None = None
        self._process: SandboxProcess | None = None
        self._failed: str | None = None
        self._ends = False

    @classmethod
    async def create(cls, url: str, **options: Unpack[SandboxOptions]) -> Self:
        """Makes a sandbox."""
        sandbox = cls(url, options)
        await sandbox._open("/create", creation(options))
        return sandbox

    @classmethod
    async def attach(cls, url: str, sandbox_id: str, sandbox_token: str | None = None, **options: Unpack[SandboxOptions]) -> Self:
        """Takes up a sandbox that is there; one in storage is brought back. The token may be left out for one that this program has made."""
        sandbox = cls(url, options)
        sandbox._id = sandbox_id
        sandbox._token = _tokens.get(sandbox_id, "") if sandbox_token is None else sandbox_token
        await sandbox._attach()
        return sandbox

    @property
    def sandbox_id(self) -> str:
        return self._id

    @property
    def sandbox_token(self) -> str:
        return self._token

    async def exec(self, language: str, code: str) -> SandboxProcess:
        """Runs a program; one at a time. (The oldest clients gave the code first, which is understood too.)"""
        if language not in _LANGUAGES and code in _LANGUAGES:
            language, code = code, language
        if self._process is not None:
            raise SandboxError("A program runs already: one at a time.", "SANDBOX_EXECUTION_ERROR")
        process = self._process = SandboxProcess(self._send)
        self._starting = self._future()
        try:
            await self._send({"language": language, "code": code})
            await self._starting
        except BaseException:
            self._process = None
            raise
        finally:
            self._starting = None
        return process

    async def checkpoint(self) -> None:
        """Puts the sandbox to storage. `attach` brings it back."""
        self._ends = True
        try:
            await self._ask({"action": "checkpoint"}, "SANDBOX_CHECKPOINTED")
        except SandboxError:
            self._ends = False
            raise

    async def snapshot_filesystem(self, name: str) -> None:
        """Keeps the sandbox's files under a name."""
        await self._ask({"action": "snapshot_filesystem", "name": name}, "SANDBOX_FILESYSTEM_SNAPSHOT_CREATED")

    async def kill(self) -> None:
        """Deletes the sandbox, and waits until the connection is closed."""
        self._ends = True
        if self._socket is None:
            return
        await self._send({"action": "kill_sandbox"})
        await self._closed()

    async def terminate(self) -> None:
        """What `kill` was called once."""
        await self.kill()

    async def close(self) -> None:
        """Leaves the sandbox, which lives on until it was idle for too long."""
        self._ends = True
        if self._socket is not None:
            await self._socket.close()
        await self._closed()

    async def _closed(self) -> None:
        if self._reading is not None:
            await asyncio.wait([self._reading])

    async def _attach(self) -> None:
        await self._open(f"/attach/{quote(self._id, safe='')}?sandbox_token={quote(self._token, safe='')}", None)

    async def _open(self, path: str, first: dict[str, Any] | None) -> None:
        """Connects, and waits until the sandbox runs."""
        self._running = self._future()
        self._socket = await self._connector.connect(path)
        if first is not None:
            await self._send(first)
        self._reading = asyncio.create_task(self._read(self._socket))
        await self._running

    async def _read(self, socket: Any) -> None:
        seeks = False
        try:
            async for text in socket:
                event = decode(text)
                self._connector.debug("received", event.get("status", event["event"]))
                self._take(event)
        except websockets.exceptions.ConnectionClosed:
            pass  # Its code says the same below.
        finally:
            if self._socket is socket:
                self._socket = None
            code = socket.close_code
            was_running = self._running.done() and not self._running.cancelled() and self._running.exception() is None
            error = SandboxError(f"The connection was closed ({code}).")
            for future in (self._running, self._starting, self._waiting[1] if self._waiting else None):
                if future is not None and not future.done():
                    future.set_exception(error)
            lost = code not in (1000, 1011, 4000)
            seeks = lost and was_running and self._reconnects and not self._ends
            if was_running and not seeks:
                self._end_process(error)
        if seeks:
            await self._reconnect()

    async def _reconnect(self) -> None:
        last: Exception = SandboxError("The sandbox was left.")
        delay = _FIRST_DELAY
        for _ in range(_MOST_TRIES):
            if self._ends:
                break
            await asyncio.sleep(delay * random.uniform(0.5, 1))
            delay = min(delay * 2, _LONGEST_DELAY)
            try:
                await self._attach()
                if self._process is not None:
                    await self._send({"action": "reconnect"})
                return
            except (OSError, TimeoutError, websockets.exceptions.WebSocketException, SandboxError) as error:
                last = error
                # In use: the server has not noticed yet that the connection before is gone.
                if isinstance(error, SandboxError) and error.status not in (None, "SANDBOX_IN_USE"):
                    break
        self._end_process(last)

    def _take(self, event: dict[str, Any]) -> None:
        match event.get("event"):
            case "sandbox_id":
                self._id, self._token = event["sandbox_id"], event["sandbox_token"]
                if len(_tokens) == _MOST_TOKENS:
                    del _tokens[next(iter(_tokens))]
                _tokens[self._id] = self._token
            case "stdout" | "stderr" as stream:
                if self._process is not None:
                    self._process.take(stream, event["data"])
            case "error":
                self._fail(SandboxError(event["message"], self._failed))
            case "status_update":
                self._stand(event["status"])

    def _stand(self, status: str) -> None:
        self._failed = status if status in WITH_ERROR else None
        if status == "SANDBOX_RUNNING":
            _settle(self._running)
        elif status == "SANDBOX_EXECUTION_RUNNING":
            _settle(self._starting)
        elif status == "SANDBOX_EXECUTION_DONE":
            self._end_process()
        elif status in ("SANDBOX_NOT_FOUND", "SANDBOX_IN_USE"):
            _settle(self._running, SandboxError(f"{status}: {self._id}", status))
        if self._waiting is not None and self._waiting[0] == status:
            _settle(self._waiting[1])

    def _fail(self, error: SandboxError) -> None:
        """An error event belongs to what its status names."""
        match error.status:
            case "SANDBOX_EXECUTION_ERROR" | "SANDBOX_EXECUTION_UNSUPPORTED_LANGUAGE_ERROR":
                if self._starting is not None:
                    _settle(self._starting, error)
                else:
                    self._end_process(error)
            case "SANDBOX_STDIN_ERROR" | "SANDBOX_EXECUTION_FORCE_KILL_ERROR":
                if self._process is not None:
                    self._process.refuse(error)
            case _:
                _settle(self._waiting[1] if self._waiting else None, error)
                _settle(self._running, error)

    def _end_process(self, error: Exception | None = None) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.end(error)

    async def _send(self, message: dict[str, Any]) -> None:
        if self._socket is None:
            raise SandboxError("The sandbox has no connection.")
        self._connector.debug("sent", message)
        await self._socket.send(json.dumps(message))

    async def _ask(self, message: dict[str, Any], until: str) -> None:
        if self._waiting is not None:
            raise SandboxError("Something else is still being done: wait for it first.")
        answer = self._future()
        self._waiting = (until, answer)
        try:
            await self._send(message)
            await answer
        finally:
            self._waiting = None

    @staticmethod
    def _future() -> asyncio.Future[None]:
        return asyncio.get_running_loop().create_future()


def _settle(future: asyncio.Future[None] | None, error: Exception | None = None) -> None:
    if future is None or future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
