"""Test cases whose tests cannot hang."""

from __future__ import annotations

import asyncio
import functools
import os
import random
import unittest
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar


class AsyncTest(unittest.IsolatedAsyncioTestCase):
    """Every test of it ends within `deadline` seconds."""

    deadline: ClassVar[float] = 30.0

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        for name, test in list(vars(cls).items()):
            if name.startswith("test_") and asyncio.iscoroutinefunction(test):
                setattr(cls, name, _within(cls.deadline, test))


def _within(seconds: float, test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @functools.wraps(test)
    async def run(self: AsyncTest) -> None:
        async with asyncio.timeout(seconds):
            await test(self)

    return run


def seeded() -> random.Random:
    """Random numbers whose seed is printed; SANDBOX_TEST_SEED brings a run back."""
    seed = int(os.environ.get("SANDBOX_TEST_SEED") or random.randrange(2**32))
    print(f"seed: SANDBOX_TEST_SEED={seed}", flush=True)
    return random.Random(seed)
