"""One SignalR connection, from its handshake to its loss. It never comes back: `_connection` makes the next one."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Coroutine, Mapping
from typing import Any, Protocol

import websockets.exceptions

from . import _protocol as protocol
from ._protocol import Kind, ProtocolError
from ._websocket import abort, is_closing, open_websocket
from .errors import from_wire
from .options import ConnectionOptions

log = logging.getLogger("sandbox_client")


class LinkLost(Exception):
    """The connection ended before the answer came. What was sent may have been carried out."""


class Sink(Protocol):
    """Takes the items of one stream. Called in the connection's reader, so it must neither wait nor pile up without bound."""

    def on_item(self, item: Any) -> None:
        """Takes an item; a raised exception ends the stream with it."""

    def on_end(self, error: Exception | None) -> None:
        """Nothing more comes: the stream is complete (None), failed, or its connection was lost (`LinkLost`)."""


class Link:
    def __init__(self, websocket: Any, options: ConnectionOptions) -> None:
        self._websocket = websocket
        self._options = options
        self._decoder = protocol.Decoder()
        self._calls: dict[str, asyncio.Future[Any]] = {}
        self._streams: dict[str, Sink] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_id = 0
        self._loop = asyncio.get_running_loop()
        self._heard = self._loop.time()
        self._lost: LinkLost | None = None
        self.useful = False
        """Whether an answer or an item came: a connection that never got so far does not reset the backoff."""

    @classmethod
    async def open(cls, url: str, headers: Mapping[str, str], options: ConnectionOptions) -> Link:
        """Connects and shakes hands. Raises what websockets raises, `TimeoutError`, `OSError`, `LinkLost`, `ProtocolError`."""
        websocket = await open_websocket(url, headers, options.connect_timeout)
        try:
            async with asyncio.timeout(options.connect_timeout):
                link = cls(websocket, options)
                await link._shake_hands()
        except BaseException:
            abort(websocket)
            raise
        link._own(link._read())
        link._own(link._keep_alive())
        return link

    @property
    def alive(self) -> bool:
        return self._lost is None

    async def invoke(self, method: str, argument: dict[str, Any]) -> Any:
        """Calls and waits for the answer. Raises the server's error, or `LinkLost`."""
        invocation_id = self._next_id()
        answer: asyncio.Future[Any] = self._loop.create_future()
        self._calls[invocation_id] = answer
        try:
            await self._send(protocol.invocation(method, argument, invocation_id))
            return await answer
        finally:
            self._calls.pop(invocation_id, None)
            if answer.done() and not answer.cancelled():
                answer.exception()  # Seen, also when the sending failed first.

    async def send(self, method: str, argument: dict[str, Any]) -> None:
        """Calls without wanting an answer."""
        await self._send(protocol.invocation(method, argument, None))

    async def subscribe(self, method: str, argument: dict[str, Any], sink: Sink) -> str:
        """Starts a server stream into `sink`; its id is for `unsubscribe`. Cancelling this leaves no stream behind."""
        invocation_id = self._next_id()
        if self._lost is not None:
            raise self._lost
        self._streams[invocation_id] = sink
        try:
            await self._send(protocol.stream_invocation(method, argument, invocation_id))
        except BaseException:
            self.unsubscribe(invocation_id)
            raise
        return invocation_id

    def unsubscribe(self, invocation_id: str) -> None:
        """Asks the server to end a stream; its sink hears nothing more."""
        if self._streams.pop(invocation_id, None) is not None and self.alive:
            self._own(self._send_quietly(protocol.cancel_invocation(invocation_id)))

    async def close(self) -> None:
        """Says good-bye and ends the connection; calls and streams under way end in `LinkLost`."""
        if self.alive:
            await self._send_quietly(protocol.CLOSE)
            try:
                await self._websocket.close()
            except OSError:
                pass  # It ended by itself meanwhile, which is what was wanted.
        self._lose("closed")
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _next_id(self) -> str:
        self._last_id += 1
        return str(self._last_id)

    def _own(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _shake_hands(self) -> None:
        await self._send(protocol.HANDSHAKE)
        text = ""
        while protocol.SEPARATOR not in text:
            try:
                message = await self._websocket.recv()
            except (websockets.exceptions.ConnectionClosed, OSError) as error:
                raise LinkLost(f"the connection ended in the handshake: {error}") from error
            text += message if isinstance(message, str) else message.decode()
        answer, rest = text.split(protocol.SEPARATOR, 1)
        try:
            refusal = json.loads(answer).get("error")
        except (ValueError, AttributeError) as error:
            raise ProtocolError("the handshake was not answered as SignalR does") from error
        if refusal:
            raise ProtocolError(f"the server refused the handshake: {refusal}")
        for record in self._decoder.feed(rest):
            self._dispatch(record)

    async def _send(self, text: str) -> None:
        if self._lost is None and is_closing(self._websocket):
            self._lose("the connection broke")
        if self._lost is not None:
            raise self._lost
        try:
            await self._websocket.send(text)
        except (websockets.exceptions.ConnectionClosed, OSError) as error:
            self._lose(str(error))
            raise self._lost or LinkLost(str(error)) from error

    async def _send_quietly(self, text: str) -> None:
        try:
            async with asyncio.timeout(self._options.server_timeout):
                await self._send(text)
        except (LinkLost, TimeoutError):
            pass  # The connection is lost, and with it what this would have ended.

    async def _read(self) -> None:
        reason = "closed by the server"
        try:
            async for message in self._websocket:
                self._heard = self._loop.time()
                for record in self._decoder.feed(message):
                    if record.get("type") == Kind.CLOSE:
                        reason = str(record.get("error") or reason)
                        return
                    self._dispatch(record)
        except (websockets.exceptions.ConnectionClosed, OSError) as error:
            reason = str(error)
        except ProtocolError as error:
            reason = f"protocol error: {error}"
            log.warning("the server broke the protocol: %s", error)
        finally:
            self._lose(reason)

    def _dispatch(self, record: dict[str, Any]) -> None:
        kind = record.get("type")
        invocation_id = record.get("invocationId")
        if kind == Kind.STREAM_ITEM:
            self._deliver(str(invocation_id), record.get("item"))
        elif kind == Kind.COMPLETION:
            self._complete(str(invocation_id), record)
        # Pings only say that the server lives. The hub calls no method of a client; what a later protocol adds is not for us.

    def _deliver(self, invocation_id: str, item: Any) -> None:
        sink = self._streams.get(invocation_id)
        if sink is None:
            return  # Cancelled; these items were under way.
        self.useful = True
        try:
            sink.on_item(item)
        except Exception as error:  # noqa: BLE001 - it belongs to the stream's reader, not to the others on this connection
            self.unsubscribe(invocation_id)
            sink.on_end(error)

    def _complete(self, invocation_id: str, record: dict[str, Any]) -> None:
        self.useful = True
        text = record.get("error")
        error = from_wire(str(text)) if text is not None else None
        call = self._calls.pop(invocation_id, None)
        if call is not None and not call.done():
            if error is not None:
                call.set_exception(error)
            else:
                call.set_result(record.get("result"))
        sink = self._streams.pop(invocation_id, None)
        if sink is not None:
            sink.on_end(error)

    async def _keep_alive(self) -> None:
        silence = self._options.server_timeout
        while self.alive:
            await asyncio.sleep(min(self._options.keepalive, silence / 2))
            if self._loop.time() - self._heard > silence:
                self._lose(f"the server said nothing for {silence:g} seconds")
                return
            await self._send_quietly(protocol.PING)

    def _lose(self, reason: str) -> None:
        if self._lost is not None:
            return
        self._lost = lost = LinkLost(reason)
        log.debug("connection lost: %s", reason)
        abort(self._websocket)
        calls, self._calls = self._calls, {}
        for call in calls.values():
            if not call.done():
                call.set_exception(LinkLost(reason))
        streams, self._streams = self._streams, {}
        for sink in streams.values():
            sink.on_end(lost)
        current = asyncio.current_task()
        for task in self._tasks:
            if task is not current:
                task.cancel()
