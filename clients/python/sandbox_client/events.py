"""A sandbox's events as one stream, over however many connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from ._backoff import Backoff
from ._connection import Connection
from ._inbox import Inbox
from ._link import LinkLost
from ._protocol import ProtocolError
from .errors import GapError, SandboxError, UnavailableError
from .models import Event
from .output import OnGap

HELD = 1_000
"""Events that may wait here. More than the server keeps are not worth holding: a slow reader asks again where it stands."""

_LAST = frozenset({"deleted", "failed"})


class _Overflow(Exception):
    pass


class _EventInbox(Inbox[dict[str, Any]]):
    def on_item(self, item: Any) -> None:
        if not isinstance(item, dict) or not isinstance(item.get("type"), str):
            raise ProtocolError("not an event")
        if len(self.items) >= HELD:
            raise _Overflow
        self.put(item)


async def read_events(
    connection: Connection, target: dict[str, Any], since: int, follow: bool, on_gap: OnGap | None
) -> AsyncIterator[Event]:
    backoff = Backoff(connection.options.backoff_base, connection.options.backoff_cap)
    loop = asyncio.get_running_loop()
    failing_since: float | None = None
    last = ""
    while True:
        inbox = _EventInbox()
        link = await connection.link()
        try:
            invocation_id = await link.subscribe("ReadEvents", {**target, "since": since, "follow": follow}, inbox)
        except LinkLost:
            continue
        try:
            while await inbox.ready():
                item = inbox.items.popleft()
                failing_since = None
                backoff.reset()
                if item["type"] == "gap":
                    since = _gap(item, since, on_gap)
                    continue
                event = Event.from_wire(item)
                if event.sequence <= since:
                    continue  # Seen on an earlier connection.
                since, last = event.sequence, event.type
                yield event
        finally:
            link.unsubscribe(invocation_id)
        error = inbox.error
        if error is None and (not follow or last in _LAST):
            return
        if isinstance(error, (LinkLost, _Overflow)):
            continue
        if error is not None and not isinstance(error, UnavailableError):
            raise error if isinstance(error, SandboxError) else SandboxError(f"reading events failed: {error}") from error
        if failing_since is None:
            failing_since = loop.time()
        if loop.time() - failing_since > connection.options.give_up_after:
            raise error or UnavailableError("the server ends every reading of events at once")
        await asyncio.sleep(backoff.next_delay())


def _gap(item: dict[str, Any], since: int, on_gap: OnGap | None) -> int:
    start, end = int(item["from"]), int(item["to"]) + 1  # Of events, the last missing one is named.
    error = GapError(f"events {start} to {end - 1} are lost", start=start, end=end, lost=end - start)
    if on_gap is None:
        raise error
    on_gap(error)
    return max(since, end - 1)
