"""How a connection behaves."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionOptions:
    """Times in seconds. The defaults suit a server on the other side of the internet."""

    connect_timeout: float = 15.0
    """How long the first connection is tried for, and how long each single try may take."""
    give_up_after: float = 120.0
    """How long a lost connection is tried to be made again before calls and streams end in `UnavailableError`."""
    call_timeout: float = 60.0
    """How long a call may take, reconnects counted in, before `CallTimeoutError`. Waiting for a program is not limited."""
    backoff_base: float = 0.1
    backoff_cap: float = 5.0
    """A try to connect waits a random time up to base * 2^tries, at most the cap."""
    keepalive: float = 15.0
    """A ping is sent this often. The server drops a connection that says nothing for 30 seconds."""
    server_timeout: float = 30.0
    """A connection on which the server says nothing for so long is taken as lost."""

    def __post_init__(self) -> None:
        for field in fields(self):
            if not getattr(self, field.name) > 0:
                raise ValueError(f"{field.name} must be more than 0 seconds")
