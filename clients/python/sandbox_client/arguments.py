"""What a sandbox and a program may be asked for, in one place for all the calls that take it. None, like what is left out, is the default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict

from .models import OnFull, OnIdle, Terminal

if TYPE_CHECKING:
    from .output import OnGap


class CreateArguments(TypedDict, total=False):
    """What a new sandbox is to be. What is left out is as the server has it."""

    id: str | None
    """`[a-z0-9][a-z0-9-]{0,39}`, else a random one."""
    token: str | None
    """With an id: the secret of its token, 32 to 128 of `A-Z a-z 0-9 _ -`, drawn at random. Else drawn here: no lost answer loses it."""
    template: str | None
    start: str | None
    """The template's start state that it begins from (`base` has `pandas`), where there is one yet."""
    snapshot: str | None
    """The snapshot that it starts from, in place of a template."""
    env: Mapping[str, str] | None
    cwd: str | None
    user: str | None
    memory_bytes: int | None
    disk_bytes: int | None
    processes: int | None
    """How many processes it may have."""
    idle_timeout: float | None
    """Seconds without a call and without a running program, after which `on_idle` happens (the server's default is 300)."""
    on_idle: OnIdle | None
    """It is deleted (the default), or put to storage with its programs until the next call on it."""
    lifetime: float | None
    """Seconds in all."""
    checkpoint_interval: float | None
    """Seconds between checkpoints that are taken by themselves, while something runs or happens in it."""
    keep_checkpoints: int | None
    """How many checkpoints without a label are kept beside the current one: the newest. Else all, or 10 with `checkpoint_interval`."""
    keep_files: bool | None
    """Each checkpoint has its files beside it as a layer: one that cannot be restored can still be started with them, see `Sandbox.restore`."""
    labels: Mapping[str, str] | None
    keep_alive: bool | None
    """No idle timeout."""


class StartArguments(TypedDict, total=False):
    """How a program is started."""

    env: Mapping[str, str] | None
    cwd: str | None
    user: str | None
    stdin: bool
    """Whether it has an input to write to. A terminal always has."""
    timeout: float | None
    """Seconds after which it is ended."""
    terminal: Terminal | bool
    """It gets a terminal, and one output in place of two."""
    on_full: OnFull
    """What happens when 64 MiB of an output are unread: the oldest fall out (a `GapError` for the reader), or the program waits."""
    process_id: str | None
    """`[A-Za-z0-9][A-Za-z0-9._-]{0,63}`, else a random one: starting an id that runs already gives that program."""
    on_gap: OnGap | None
    """Told of lost output in place of raising `GapError`."""


def to_wire(given: Mapping[str, Any], known: type) -> dict[str, Any]:
    """The members that are given, by their names on the hub."""
    wire = {}
    for name, value in given.items():
        if name not in known.__annotations__:
            raise TypeError(f"there is no argument {name!r}, but {', '.join(known.__annotations__)}")
        if value is not None:
            first, *rest = name.split("_")
            wire[first + "".join(map(str.capitalize, rest))] = dict(value) if isinstance(value, Mapping) else value
    return wire
