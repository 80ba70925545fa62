from __future__ import annotations

import contextlib
from typing import Any

from sandbox_client import ConnectionOptions, Process, Sandbox

from .deadline import AsyncTest
from .scripted_hub import Program, ScriptedHub

QUICK = ConnectionOptions(backoff_base=0.001, backoff_cap=0.05, connect_timeout=5, give_up_after=5, call_timeout=10)


class HubTest(AsyncTest):
    """Has a scripted hub and a sandbox on it."""

    options = QUICK

    async def asyncSetUp(self) -> None:
        self._stack = contextlib.AsyncExitStack()
        self.addAsyncCleanup(self._stack.aclose)
        self.hub = ScriptedHub()
        self.url = await self._stack.enter_async_context(self.hub.running())
        self.sandbox = await self._stack.enter_async_context(Sandbox.create(self.url, id="one", options=self.options))

    async def start(self, **options: Any) -> tuple[Process, Program]:
        process = await self.sandbox.spawn(["program"], **options)
        return process, self.hub.programs[process.id]
