"""A program's output as one unbroken stream, over however many connections."""

from __future__ import annotations

import asyncio
import base64
import codecs
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from ._backoff import Backoff
from ._connection import Connection
from ._inbox import Inbox
from ._link import Link, LinkLost
from ._protocol import ProtocolError
from .errors import GapError, RewoundError, SandboxError, UnavailableError

log = logging.getLogger("sandbox_client")

WINDOW = 262_144
"""Bytes that the server sends ahead of what was acknowledged."""
ACKNOWLEDGE_EVERY = 65_536
"""Far enough below the window that the server never waits for a reader that keeps up."""
CHUNK = 65_536
"""The most bytes that small pieces are joined to."""

OnGap = Callable[[GapError], None]


@dataclass(slots=True)
class _Data:
    timeline: int
    offset: int
    data: bytearray


@dataclass(slots=True)
class _Jump:
    """A gap or a rewind: the log goes on at `to`."""

    timeline: int
    start: int
    to: int
    lost: int
    rewound: bool


@dataclass(slots=True)
class _End:
    pass


class _OutputInbox(Inbox[_Data | _Jump | _End]):
    """At most a window of bytes, since the server keeps to it; one that does not loses the stream."""

    def __init__(self) -> None:
        super().__init__()
        self.held = 0

    def on_item(self, item: Any) -> None:
        try:
            kind = item["type"]
            if kind == "data":
                self._on_data(item["timeline"], item["offset"], base64.b64decode(item["data"]))
            elif kind == "gap":
                self.put(_Jump(item["timeline"], item["from"], item["to"], item["lostBytes"], False))
            elif kind == "rewound":
                self.put(_Jump(item["timeline"], item["from"], item["to"], 0, True))
            elif kind == "end":
                self.put(_End())
        except (KeyError, TypeError, ValueError) as error:
            raise ProtocolError(f"not an item of an output: {error!r}") from error
        # Other kinds are of a later server, which sends them only to add something.

    def _on_data(self, timeline: int, offset: int, data: bytes) -> None:
        self.held += len(data)
        if self.held > 2 * WINDOW:
            raise ProtocolError("the server sent more than was acknowledged")
        last = self.items[-1] if self.items else None
        if (
            isinstance(last, _Data)
            and last.timeline == timeline
            and last.offset + len(last.data) == offset
            and len(last.data) + len(data) <= CHUNK
        ):
            last.data += data
        else:
            self.put(_Data(timeline, offset, bytearray(data)))


class OutputStream:
    """Bytes of one output, each exactly once and in order: `async for chunk in stream`, `read()`, `lines()`, `read_all()`, `text()`.

    It starts when it is first read, and keeps its place (`timeline`, `offset`) however often the connection is lost. The server
    sends at most 256 KiB ahead of what is taken here. One task reads it at a time; as many streams of the same output as wanted
    can be made with `Process.read`. Leaving a loop and reading on later loses nothing; `aclose()` ends it early.

    Bytes that cannot be had any more raise `GapError` (after a rewind `RewoundError`), or are told to `on_gap` where that is given;
    reading goes on behind them.
    """

    def __init__(
        self,
        connection: Connection,
        target: dict[str, Any],
        channel: str,
        *,
        timeline: int | None = None,
        offset: int = 0,
        follow: bool = True,
        on_gap: OnGap | None = None,
    ) -> None:
        self._connection = connection
        self._target = target
        self._follow = follow
        self._on_gap = on_gap
        self._inbox: _OutputInbox | None = None
        self._opened: tuple[Link, str, str] | None = None
        self._acknowledged = offset
        self._finished = False
        self._reading = False
        self._failing_since: float | None = None
        self._backoff = Backoff(connection.options.backoff_base, connection.options.backoff_cap)
        self.channel = channel
        self.timeline = timeline
        """The timeline of the place where this stream stands; None until it is known."""
        self.offset = offset
        """The offset of the next byte."""

    def __aiter__(self) -> OutputStream:
        return self

    async def __anext__(self) -> bytes:
        data = await self.read()
        if not data:
            raise StopAsyncIteration
        return data

    async def read(self) -> bytes:
        """The next bytes, as many as are there (up to 64 KiB); empty at the end. What the call before gave counts as taken."""
        if self._reading:
            raise RuntimeError(f"another task reads {self.channel} already: make a stream of its own with Process.read()")
        self._reading = True
        try:
            while not self._finished:
                inbox = self._inbox or await self._open()
                await self._acknowledge()
                if not await inbox.ready():
                    await self._ended(inbox)
                    continue
                self._failing_since = None
                self._backoff.reset()
                if data := self._take(inbox):
                    return data
            return b""
        finally:
            self._reading = False

    async def read_all(self) -> bytes:
        """Everything up to the end, in memory: for outputs that may be large, iterate instead."""
        return b"".join([chunk async for chunk in self])

    async def text(self) -> str:
        """Everything up to the end as UTF-8; bytes that are not become U+FFFD."""
        return (await self.read_all()).decode(errors="replace")

    async def lines(self) -> AsyncIterator[str]:
        """Line by line, without the line ends, as UTF-8. A line is held in memory until it is complete."""
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        rest: list[str] = []
        async for chunk in self:
            *lines, last = decoder.decode(chunk).split("\n")
            for line in lines:
                yield "".join((*rest, line))
                rest.clear()
            rest.append(last)
        rest.append(decoder.decode(b"", final=True))
        if last := "".join(rest):
            yield last

    async def aclose(self) -> None:
        """Ends the stream early. The program is not touched."""
        self._finished = True
        self._leave()
        if self._inbox is not None:
            self._inbox.on_end(None)

    async def __aenter__(self) -> OutputStream:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    async def _open(self) -> _OutputInbox:
        """Asks for the log from the present place on."""
        inbox = _OutputInbox()
        link = await self._connection.link()
        read_id = self._connection.next_read_id()
        argument = {**self._target, "readId": read_id, "channel": self.channel, "offset": self.offset, "follow": self._follow}
        if self.timeline is not None:
            argument["timeline"] = self.timeline
        try:
            invocation_id = await link.subscribe("ReadOutput", argument, inbox)
        except LinkLost as lost:
            inbox.on_end(lost)
            return inbox
        self._opened = (link, invocation_id, read_id)
        self._acknowledged = self.offset
        self._inbox = inbox
        return inbox

    def _leave(self) -> None:
        if self._opened is not None:
            link, invocation_id, _ = self._opened
            link.unsubscribe(invocation_id)
            self._opened = None

    async def _acknowledge(self) -> None:
        if self._opened is None or self.offset - self._acknowledged < ACKNOWLEDGE_EVERY:
            return
        link, _, read_id = self._opened
        offset = self.offset
        try:
            await link.send("AckOutput", {"readId": read_id, "offset": offset, "timeline": self.timeline})
        except LinkLost:
            pass  # The next link starts at this offset.
        self._acknowledged = offset

    async def _ended(self, inbox: _OutputInbox) -> None:
        """Behind the last item of an inbox: the end, a failure, or a reason to ask again."""
        self._inbox = None
        self._opened = None
        if self._finished:
            return
        error = inbox.error
        if error is None and not self._follow:
            self._finished = True
        elif isinstance(error, LinkLost):
            log.debug("reading %s goes on at %d", self.channel, self.offset)
        elif error is None or isinstance(error, UnavailableError):
            await self._pause(error)
        elif isinstance(error, SandboxError):
            raise error
        else:
            raise SandboxError(f"reading {self.channel} failed: {error}") from error

    async def _pause(self, error: UnavailableError | None) -> None:
        """The server let the stream go, for instance since it stops, or cannot serve it now."""
        now = asyncio.get_running_loop().time()
        if self._failing_since is None:
            self._failing_since = now
        if now - self._failing_since > self._connection.options.give_up_after:
            raise error or UnavailableError(f"the server ends every reading of {self.channel} at once")
        await asyncio.sleep(max(self._backoff.next_delay(), (error.retry_after or 0.0) if error else 0.0))

    def _take(self, inbox: _OutputInbox) -> bytes:
        """Takes one item; no await in here, so that a cancellation cannot lose it."""
        item = inbox.items.popleft()
        if isinstance(item, _Data):
            return self._take_data(inbox, item)
        if isinstance(item, _Jump):
            if not item.rewound:
                self._same_history(item.timeline)
            self._jump(item)
        else:
            self._finished = True
        return b""

    def _take_data(self, inbox: _OutputInbox, item: _Data) -> bytes:
        inbox.held -= len(item.data)
        known = self.offset - item.offset
        if known < 0:
            self._leave()
            self._inbox = None
            raise SandboxError(f"the server left out bytes {self.offset} to {item.offset} of {self.channel} without saying so")
        self._same_history(item.timeline)
        data = bytes(item.data[known:]) if known else bytes(item.data)
        self.offset += len(data)
        return data

    def _same_history(self, timeline: int) -> None:
        if self.timeline is not None and timeline != self.timeline:
            self._leave()
            self._inbox = None
            raise SandboxError(f"the server went from timeline {self.timeline} to {timeline} of {self.channel} without saying where")
        self.timeline = timeline

    def _jump(self, item: _Jump) -> None:
        start, before, self.timeline = self.offset, self.timeline, item.timeline
        told_again = before == item.timeline and item.to == start
        # Who has read nothing yet joins no two histories. Everywhere else `to` where the reader stands is no proof that they are the
        # same up to there: the new one may have grown past it by other bytes.
        if (told_again or item.to == start == 0) if item.rewound else item.to <= start:
            return
        self.offset = item.to
        # Acknowledged at once: the server may count the window from before the gap.
        self._acknowledged = item.to - ACKNOWLEDGE_EVERY
        error: GapError
        if item.rewound:
            error = RewoundError(
                f"the sandbox went back: {self.channel} was read up to {start} and goes on at {item.to}", start=start, end=item.to, lost=0, timeline=item.timeline
            )
        else:
            error = GapError(
                f"{item.lost} bytes of {self.channel} are lost: it goes on at {item.to}",
                start=start, end=item.to, lost=item.lost, timeline=item.timeline,
            )
        if self._on_gap is None:
            raise error
        self._on_gap(error)
