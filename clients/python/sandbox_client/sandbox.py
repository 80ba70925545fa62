"""A sandbox: where programs run."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ._connection import Connection
from ._opening import Opening
from .errors import NotFoundError, UnknownOutcomeError
from .events import read_events
from .models import Event, Language, OnFull, OnIdle, ProcessInfo, SandboxInfo, SandboxStats, Terminal
from .options import ConnectionOptions
from .output import OnGap
from .process import Process

if TYPE_CHECKING:
    from .client import Client

_STARTS = 5
"""How often a start is asked for anew when the sandbox's epoch changes under it."""


class Sandbox:
    """A sandbox on a server. It lives without this object, until it is deleted or its time is over.

    `create` and `attach` make one with a connection of its own; those of a `Client` share the client's. `close()`, and the end of an
    `async with` block, end the connection and leave the sandbox: `delete()` removes it.
    """

    def __init__(self, connection: Connection, info: SandboxInfo, token: str | None, *, created: bool = False, owner: Client | None = None) -> None:
        self._connection = connection
        self._owner = owner
        self._target: dict[str, Any] = {"sandboxId": info.id}
        self._self: dict[str, Any] = {"id": info.id}
        if token is not None:
            self._target["token"] = self._self["token"] = token
        self.info = info
        """What the server said last about it."""
        self.token = token
        """Its secret, that gives access to it alone. The server says it once, to the one who created it; None where another did."""
        self.created = created
        """False where `create` found a sandbox that was there."""

    def __repr__(self) -> str:
        return f"<Sandbox {self.id}, {self.info.status}>"

    @staticmethod
    def connect(
        url: str, *, key: str | None = None, use_google_auth: bool = False, options: ConnectionOptions | None = None
    ) -> Opening[Client]:
        """A client of the server at `url`, see `connect`."""
        from .client import connect

        return connect(url, key=key, use_google_auth=use_google_auth, options=options)

    @staticmethod
    def create(
        url: str,
        *,
        id: str | None = None,
        template: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        user: str | None = None,
        memory_bytes: int | None = None,
        disk_bytes: int | None = None,
        processes: int | None = None,
        idle_timeout: float | None = None,
        on_idle: OnIdle | None = None,
        lifetime: float | None = None,
        labels: Mapping[str, str] | None = None,
        keep_alive: bool | None = None,
        key: str | None = None,
        use_google_auth: bool = False,
        options: ConnectionOptions | None = None,
    ) -> Opening[Sandbox]:
        """A new sandbox on the server at `url` with a connection of its own; `Client.create` says what the arguments mean."""
        from .client import connect

        async def open_() -> Sandbox:
            client = await connect(url, key=key, use_google_auth=use_google_auth, options=options)
            try:
                sandbox = await client.create(
                    id=id, template=template, env=env, cwd=cwd, user=user, memory_bytes=memory_bytes, disk_bytes=disk_bytes,
                    processes=processes, idle_timeout=idle_timeout, on_idle=on_idle, lifetime=lifetime, labels=labels, keep_alive=keep_alive,
                )  # fmt: skip
            except BaseException:
                await client.close()
                raise
            sandbox._owner = client
            return sandbox

        return Opening(open_)

    @staticmethod
    def attach(
        url: str,
        id: str,
        token: str | None = None,
        *,
        key: str | None = None,
        use_google_auth: bool = False,
        options: ConnectionOptions | None = None,
    ) -> Opening[Sandbox]:
        """The sandbox `id` on the server at `url`, by its `token` or an API `key` of its owner."""
        from .client import connect

        async def open_() -> Sandbox:
            client = await connect(url, key=key, use_google_auth=use_google_auth, options=options)
            try:
                sandbox = await client.attach(id, token)
            except BaseException:
                await client.close()
                raise
            sandbox._owner = client
            return sandbox

        return Opening(open_)

    @staticmethod
    async def list(
        url: str,
        *,
        labels: Mapping[str, str] | None = None,
        key: str | None = None,
        use_google_auth: bool = False,
        options: ConnectionOptions | None = None,
    ) -> AsyncIterator[SandboxInfo]:
        """The sandboxes on the server at `url`, see `Client.list`."""
        from .client import connect

        async with connect(url, key=key, use_google_auth=use_google_auth, options=options) as client:
            async for info in client.list(labels=labels):
                yield info

    @property
    def id(self) -> str:
        return self.info.id

    async def exec(
        self,
        language: Language,
        code: str,
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        user: str | None = None,
        stdin: bool = False,
        timeout: float | None = None,
        terminal: Terminal | bool = False,
        on_full: OnFull = "drop_oldest",
        process_id: str | None = None,
        on_gap: OnGap | None = None,
    ) -> Process:
        """Runs `code`. The arguments are those of `spawn`."""
        what = {"language": language, "code": code}
        return await self._start(what, env, cwd, user, stdin, timeout, terminal, on_full, process_id, on_gap)

    async def spawn(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        user: str | None = None,
        stdin: bool = False,
        timeout: float | None = None,
        terminal: Terminal | bool = False,
        on_full: OnFull = "drop_oldest",
        process_id: str | None = None,
        on_gap: OnGap | None = None,
    ) -> Process:
        """Starts a program by its arguments, without a shell. It runs once, also where the answer is lost and the call repeated.

        `timeout`: seconds after which it is ended. `stdin`: whether it has an input to write to. `terminal`: it gets a terminal, and
        one output in place of two. `on_full`: what happens when 64 MiB of an output are unread: the oldest fall out (a `GapError`
        for the reader), or the program waits. `process_id` names it (`[A-Za-z0-9][A-Za-z0-9._-]{0,63}`, else a random one): starting
        an id that runs already gives that program. `on_gap` is told of lost output in place of raising `GapError`.

        `UnknownOutcomeError`: the sandbox moved while the call was repeated, and the program may have run.
        """
        if isinstance(argv, str):
            raise TypeError('argv is a list of arguments, such as ["ls", "-l"]; for a line of shell use exec("bash", line)')
        return await self._start({"argv": [*argv]}, env, cwd, user, stdin, timeout, terminal, on_full, process_id, on_gap)

    async def process(self, process_id: str, *, on_gap: OnGap | None = None) -> Process:
        """A program that was started earlier, here or elsewhere. Its outputs are read from their beginning."""
        answer = await self._connection.invoke("DescribeProcess", {**self._target, "processId": process_id})
        return self._process(ProcessInfo.from_wire(answer["process"]), stdin=True, on_gap=on_gap)

    async def processes(self) -> Sequence[ProcessInfo]:
        """The running programs, and the newest of those that ended."""
        answer = await self._connection.invoke("ListProcesses", self._target)
        return [ProcessInfo.from_wire(process) for process in answer["processes"]]

    def events(self, since: int = 0, *, follow: bool = True, on_gap: OnGap | None = None) -> AsyncIterator[Event]:
        """What happens to the sandbox, each event once, from behind the number `since` on; after `deleted` or `failed` it ends.

        The server keeps the newest 1,000: where `since` is before them, `GapError`, or `on_gap` where it is given.
        """
        return read_events(self._connection, self._target, since, follow, on_gap)

    async def refresh(self) -> SandboxInfo:
        """Asks how it is, which does not count as activity."""
        return self._update(await self._connection.invoke("DescribeSandbox", self._self))

    async def stats(self) -> SandboxStats:
        return SandboxStats.from_wire(await self._connection.invoke("SandboxStats", self._self))

    async def pause(self) -> SandboxInfo:
        """Freezes all programs where they are."""
        return self._update(await self._connection.invoke("PauseSandbox", self._self))

    async def resume(self) -> SandboxInfo:
        return self._update(await self._connection.invoke("ResumeSandbox", self._self))

    async def delete(self) -> None:
        """Removes the sandbox with everything in it. Deleting what is gone is not an error."""
        try:
            self._update(await self._connection.invoke("DeleteSandbox", self._self))
        except NotFoundError as error:
            if not error.repeated:
                raise

    async def close(self) -> None:
        """Ends the connection where it is this sandbox's own. The sandbox lives on."""
        if self._owner is not None:
            await self._owner.close()

    async def __aenter__(self) -> Sandbox:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def _start(
        self,
        what: dict[str, Any],
        env: Mapping[str, str] | None,
        cwd: str | None,
        user: str | None,
        stdin: bool,
        timeout: float | None,
        terminal: Terminal | bool,
        on_full: OnFull,
        process_id: str | None,
        on_gap: OnGap | None,
    ) -> Process:
        argument = {**self._target, **what, "processId": process_id or uuid.uuid4().hex, "stdin": stdin, "onFull": on_full}
        optional = {"env": None if env is None else dict(env), "cwd": cwd, "user": user, "timeout": timeout}
        argument.update({name: value for name, value in optional.items() if value is not None})
        if terminal:
            size = terminal if isinstance(terminal, Terminal) else Terminal()
            argument["terminal"] = {"rows": size.rows, "cols": size.cols, "term": size.term}
        for remaining in reversed(range(_STARTS)):
            try:
                # Repeated after a lost answer with these same numbers, by which the server tells whether it can know.
                argument["epoch"], argument["timeline"] = self.info.epoch, self.info.timeline
                answer = await self._connection.invoke("StartProcess", argument)
                return self._process(ProcessInfo.from_wire(answer["process"]), stdin=stdin, on_gap=on_gap)
            except UnknownOutcomeError as error:
                # Where it was asked for once only, the server's "unknown" means: not run, and the numbers are old.
                before = self.info.epoch, self.info.timeline
                if error.repeated or not remaining:
                    raise
                await self.refresh()
                if (self.info.epoch, self.info.timeline) == before:
                    raise
        raise AssertionError("the last try returns or raises")

    def _process(self, info: ProcessInfo, *, stdin: bool, on_gap: OnGap | None) -> Process:
        target = {**self._target, "processId": info.id}
        return Process(self._connection, target, info, timeline=self.info.timeline, stdin=stdin, on_gap=on_gap)

    def _update(self, answer: dict[str, Any]) -> SandboxInfo:
        self.info = SandboxInfo.from_wire(answer["sandbox"])
        return self.info
