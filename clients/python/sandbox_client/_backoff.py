from __future__ import annotations

import random


class Backoff:
    """Waiting times before tries: random (so that many clients do not come back at once), longer from try to try."""

    def __init__(self, base: float, cap: float) -> None:
        self._base = base
        self._cap = cap
        self._tries = 0

    def next_delay(self) -> float:
        limit = min(self._cap, self._base * 2 ** min(self._tries, 32))
        self._tries += 1
        return random.uniform(0, limit)

    def reset(self) -> None:
        self._tries = 0
