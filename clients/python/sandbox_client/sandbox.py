"""A sandbox: where programs run."""

from __future__ import annotations

import builtins
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Unpack

from ._connection import Connection
from ._opening import Opening
from .arguments import CreateArguments, StartArguments, to_wire
from .errors import NotFoundError, UnknownOutcomeError
from .events import read_events
from .files import Files
from .models import Checkpoint, CheckpointList, Event, Language, ProcessInfo, SandboxInfo, SandboxStats, TakenSnapshot, Terminal
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
        self.files = Files(connection, self._target)
        """Its files."""
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
        key: str | None = None,
        use_google_auth: bool = False,
        options: ConnectionOptions | None = None,
        **arguments: Unpack[CreateArguments],
    ) -> Opening[Sandbox]:
        """A new sandbox on the server at `url` with a connection of its own, as `CreateArguments` says; see `Client.create`."""
        connecting = Sandbox.connect(url, key=key, use_google_auth=use_google_auth, options=options)
        return _with_own_client(connecting, lambda client: client.create(**arguments))

    @staticmethod
    def attach(
        url: str,
        id: str,
        token: str | None = None,
        *,
        wake: bool = True,
        key: str | None = None,
        use_google_auth: bool = False,
        options: ConnectionOptions | None = None,
    ) -> Opening[Sandbox]:
        """The sandbox `id` on the server at `url`, by its `token` or an API `key` of its owner; see `Client.attach`."""
        connecting = Sandbox.connect(url, key=key, use_google_auth=use_google_auth, options=options)
        return _with_own_client(connecting, lambda client: client.attach(id, token, wake=wake))

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
        async with Sandbox.connect(url, key=key, use_google_auth=use_google_auth, options=options) as client:
            async for info in client.list(labels=labels):
                yield info

    @property
    def id(self) -> str:
        return self.info.id

    async def exec(self, language: Language, code: str, **arguments: Unpack[StartArguments]) -> Process:
        """Runs `code`. The arguments are those of `spawn`."""
        return await self._start({"language": language, "code": code}, arguments)

    async def spawn(self, argv: Sequence[str], **arguments: Unpack[StartArguments]) -> Process:
        """Starts a program by its arguments, without a shell. It runs once, also where the answer is lost and the call repeated.

        `StartArguments` says what the others mean. `UnknownOutcomeError`: the sandbox moved while the call was repeated, and the
        program may have run.
        """
        if isinstance(argv, str):
            raise TypeError('argv is a list of arguments, such as ["ls", "-l"]; for a line of shell use exec("bash", line)')
        return await self._start({"argv": [*argv]}, arguments)

    async def process(self, process_id: str, *, on_gap: OnGap | None = None) -> Process:
        """A program that was started earlier, here or elsewhere. Its outputs are read from their beginning."""
        answer = await self._connection.invoke("DescribeProcess", {**self._target, "processId": process_id})
        return self._process(ProcessInfo.from_wire(answer["process"]), timeline=None, stdin=True, on_gap=on_gap)

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

    async def checkpoint(self, *, label: str | None = None) -> Checkpoint:
        """Keeps its whole state, memory and files; it goes on. Where the answer is lost, it may be kept twice."""
        argument = self._self if label is None else {**self._self, "label": label}
        return Checkpoint.from_wire((await self._connection.invoke("CheckpointSandbox", argument))["checkpoint"])

    async def suspend(self) -> SandboxInfo:
        """Puts it to storage with its running programs. The next start, write or read wakes it, and so does `restore`."""
        return self._update(await self._connection.invoke("SuspendSandbox", self._self))

    async def restore(self, *, cold: bool = False) -> SandboxInfo:
        """Wakes a suspended one; one that is awake stays as it is.

        With `cold`, if its checkpoint cannot be restored any more, it is started with the files that lie beside that (`keep_files`): the programs
        that ran are lost, which the event `started_cold` tells, and a new timeline begins.
        """
        return self._update(await self._connection.invoke("RestoreSandbox", {**self._self, "cold": True} if cold else self._self))

    async def rewind(self, checkpoint: Checkpoint | str) -> SandboxInfo:
        """Goes back to a checkpoint (or its id): what happened since has not happened.

        A new timeline begins: readers get `RewoundError` (or `on_gap` does), and writers `ConflictError`. Take programs up again by `process`.
        """
        return self._update(await self._connection.invoke("RewindSandbox", {**self._self, "checkpointId": _id_of(checkpoint)}))

    async def fork(self, count: int = 1) -> builtins.list[Sandbox]:
        """Makes new sandboxes (1 to 100) from its present state, and goes on. Each has an id and a token of its own, and shares this one's
        connection.

        Never asked for twice: `UnknownOutcomeError` where the answer was lost; the events `forked` tell what was made.
        """
        answer = await self._connection.invoke("ForkSandbox", {**self._self, "count": count}, repeat=False)
        return [
            Sandbox(self._connection, SandboxInfo.from_wire(made["sandbox"]), made.get("token"), created=bool(made.get("created")))
            for made in answer["sandboxes"]
        ]

    async def snapshot(self, name: str, *, labels: Mapping[str, str] | None = None, overwrite: bool = False, consistent: bool = False) -> TakenSnapshot:
        """Takes a snapshot of its files, under a name of `[a-z0-9][a-z0-9-]{0,39}`, while its programs go on. It needs a key of its owner.

        With `consistent` all files are of one moment, and none changed meanwhile: a copy of the sandbox in which nothing runs is walked, for which the
        host must have room (`UnavailableError`). Without it they are read while the programs write.

        `ConflictError` where there is one of that name, unless it is to be replaced. Never asked for twice: `UnknownOutcomeError` where the answer
        was lost.
        """
        argument = {**self._self, "name": name, "labels": dict(labels or {}), "overwrite": overwrite, "consistent": consistent}
        return TakenSnapshot.from_wire(await self._connection.invoke("CreateSnapshot", argument, repeat=False))

    async def checkpoints(self) -> CheckpointList:
        """Its checkpoints, and which of them it goes on from. Wakes nothing."""
        return CheckpointList.from_wire(await self._connection.invoke("ListCheckpoints", self._self))

    async def delete_checkpoint(self, checkpoint: Checkpoint | str) -> CheckpointList:
        """Deletes a checkpoint, and gives those that are left. The current one is a `ConflictError`."""
        argument = {**self._self, "checkpointId": _id_of(checkpoint)}
        return CheckpointList.from_wire(await self._connection.invoke("DeleteCheckpoint", argument))

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

    async def _start(self, what: dict[str, Any], arguments: StartArguments) -> Process:
        wire = to_wire(arguments, StartArguments)
        on_gap, terminal = wire.pop("onGap", None), wire.pop("terminal", None)
        argument: dict[str, Any] = {**self._target, **what, "processId": uuid.uuid4().hex, "stdin": False, "onFull": "drop_oldest", **wire}
        if terminal:
            size = terminal if isinstance(terminal, Terminal) else Terminal()
            argument["terminal"] = {"rows": size.rows, "cols": size.cols, "term": size.term}
        for remaining in reversed(range(_STARTS)):
            try:
                # Repeated after a lost answer with these same numbers, by which the server tells whether it can know.
                argument["epoch"], argument["timeline"] = self.info.epoch, self.info.timeline
                answer = await self._connection.invoke("StartProcess", argument)
                info, timeline = ProcessInfo.from_wire(answer["process"]), argument["timeline"]
                return self._process(info, timeline=timeline, stdin=argument["stdin"], on_gap=on_gap)
            except UnknownOutcomeError as error:
                # Where it was asked for once only, the server's "unknown" means: not run, and the numbers are old.
                before = self.info.epoch, self.info.timeline
                if error.repeated or not remaining:
                    raise
                await self.refresh()
                if (self.info.epoch, self.info.timeline) == before:
                    raise
        raise AssertionError("the last try returns or raises")

    def _process(self, info: ProcessInfo, *, timeline: int | None, stdin: bool, on_gap: OnGap | None) -> Process:
        target = {**self._target, "processId": info.id}
        return Process(self._connection, target, info, timeline=timeline, stdin=stdin, on_gap=on_gap)

    def _update(self, answer: dict[str, Any]) -> SandboxInfo:
        self.info = SandboxInfo.from_wire(answer["sandbox"])
        return self.info


def _id_of(checkpoint: Checkpoint | str) -> str:
    return checkpoint if isinstance(checkpoint, str) else checkpoint.id


def _with_own_client(connecting: Opening[Client], find: Callable[[Client], Awaitable[Sandbox]]) -> Opening[Sandbox]:
    """A sandbox that ends its connection with itself."""

    async def open_() -> Sandbox:
        client = await connecting
        try:
            sandbox = await find(client)
        except BaseException:
            await client.close()
            raise
        sandbox._owner = client
        return sandbox

    return Opening(open_)
