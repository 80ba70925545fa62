"""What arrived of one stream and was not taken yet."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """A queue between the connection's reader and the one consumer. Subclasses say what an item is, and bound it."""

    def __init__(self) -> None:
        self.items: deque[T] = deque()
        self.ended = False
        self.error: Exception | None = None
        self._changed = asyncio.Event()

    def on_item(self, item: Any) -> None:
        raise NotImplementedError

    def on_end(self, error: Exception | None) -> None:
        self.ended = True
        self.error = error
        self._changed.set()

    def put(self, item: T) -> None:
        self.items.append(item)
        self._changed.set()

    async def ready(self) -> bool:
        """Waits until there is an item (True) or the end behind the last one (False). Taking it is then one step, which a
        cancellation cannot fall into: nothing that was taken is lost."""
        while not self.items:
            if self.ended:
                return False
            self._changed.clear()
            await self._changed.wait()
        return True
