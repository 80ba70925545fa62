"""What the server tells about things, as values. Times are aware datetimes, durations seconds, sizes bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from .errors import ProcessFailedError, ProcessTimeoutError, SandboxGoneError

Language = Literal["python", "bash"]
OnIdle = Literal["delete", "suspend"]
OnFull = Literal["drop_oldest", "block"]

_Wire = Mapping[str, Any]


def _time(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


@dataclass(frozen=True, slots=True)
class SandboxInfo:
    """A sandbox as the server described it at some moment. `raw` is the whole answer."""

    id: str
    status: str
    """`creating`, `running`, `paused`, `suspending`, `suspended`, `restoring`, `deleting`, `deleted` or `failed`."""
    reason: str | None
    template: str
    start: str | None
    """The start state that it was created with, where there is one."""
    snapshot: str | None
    """The snapshot that it was started from, where there is one."""
    user: str
    cwd: str
    memory_bytes: int | None
    disk_bytes: int | None
    processes: int | None
    idle_timeout: float | None
    on_idle: str | None
    lifetime: float | None
    checkpoint_interval: float | None
    keep_checkpoints: int | None
    keep_files: bool
    """Whether its checkpoints have their files beside them as a layer."""
    keep_alive: bool
    labels: Mapping[str, str]
    created: datetime | None
    expires: datetime | None
    epoch: int
    """Grows with every restore."""
    timeline: int
    """Which history its offsets belong to: going back to an older state begins a new one."""
    raw: _Wire

    @classmethod
    def from_wire(cls, wire: _Wire) -> SandboxInfo:
        return cls(
            id=wire["id"],
            status=wire["status"],
            reason=wire.get("reason"),
            template=wire.get("template", ""),
            start=wire.get("start"),
            snapshot=wire.get("snapshot"),
            user=wire.get("user", ""),
            cwd=wire.get("cwd", ""),
            memory_bytes=wire.get("memoryBytes"),
            disk_bytes=wire.get("diskBytes"),
            processes=wire.get("processes"),
            idle_timeout=wire.get("idleTimeout"),
            on_idle=wire.get("onIdle"),
            lifetime=wire.get("lifetime"),
            checkpoint_interval=wire.get("checkpointInterval"),
            keep_checkpoints=wire.get("keepCheckpoints"),
            keep_files=bool(wire.get("keepFiles", False)),
            keep_alive=bool(wire.get("keepAlive", False)),
            labels=wire.get("labels") or {},
            created=_time(wire.get("created")),
            expires=_time(wire.get("expires")),
            epoch=wire.get("epoch", 0),
            timeline=wire.get("timeline", 0),
            raw=wire,
        )


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A sandbox's whole state, memory and files, in storage."""

    id: str
    created: datetime | None
    bytes: int
    """How much storage it takes."""
    parent: str | None
    """The checkpoint that the sandbox had gone on from before, where there is one: so they form a tree."""
    label: str | None
    files: bool
    """Whether its files lie beside it as a layer, so that the sandbox can be started with them if it cannot be restored."""

    @classmethod
    def from_wire(cls, wire: _Wire) -> Checkpoint:
        return cls(
            id=wire["id"],
            created=_time(wire.get("created")),
            bytes=wire["bytes"],
            parent=wire.get("parent"),
            label=wire.get("label"),
            files=bool(wire.get("files", False)),
        )


@dataclass(frozen=True, slots=True)
class CheckpointList:
    """A sandbox's checkpoints, oldest first."""

    checkpoints: tuple[Checkpoint, ...]
    current: str | None
    """The id of the one that it goes on from when it wakes, or when its host is lost; it cannot be deleted."""

    @classmethod
    def from_wire(cls, wire: _Wire) -> CheckpointList:
        return cls(checkpoints=tuple(map(Checkpoint.from_wire, wire["checkpoints"])), current=wire.get("current"))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A named, immutable filesystem that new sandboxes start from. `raw` is the whole answer, with its layers where one was asked for."""

    name: str
    created: datetime | None
    bytes: int
    """How much storage its layers take, without the template's; what it shares with others counts for each."""
    layer_count: int
    parent: str | None
    """The snapshot that its sandbox was started from, where there is one."""
    labels: Mapping[str, str]
    raw: _Wire

    @classmethod
    def from_wire(cls, wire: _Wire) -> Snapshot:
        return cls(
            name=wire["name"],
            created=_time(wire.get("created")),
            bytes=wire["bytes"],
            layer_count=wire["layerCount"],
            parent=wire.get("parent"),
            labels=wire.get("labels") or {},
            raw=wire,
        )


@dataclass(frozen=True, slots=True)
class TakenSnapshot:
    """A snapshot that was just taken."""

    snapshot: Snapshot
    changed: tuple[str, ...]
    """Files that changed while they were read, and may be half old and half new."""
    left_out: tuple[str, ...]
    """What a snapshot cannot hold: FIFOs, sockets, devices."""

    @classmethod
    def from_wire(cls, wire: _Wire) -> TakenSnapshot:
        return cls(snapshot=Snapshot.from_wire(wire["snapshot"]), changed=tuple(wire["changed"]), left_out=tuple(wire["leftOut"]))


@dataclass(frozen=True, slots=True)
class SandboxStats:
    """What a sandbox uses. What its host does not count is None."""

    cpu_seconds: float | None
    memory_bytes: int | None
    memory_limit_bytes: int | None
    disk_bytes: int | None
    disk_limit_bytes: int | None
    processes: int
    uptime: float

    @classmethod
    def from_wire(cls, wire: _Wire) -> SandboxStats:
        return cls(
            cpu_seconds=wire.get("cpuSeconds"),
            memory_bytes=wire.get("memoryBytes"),
            memory_limit_bytes=wire.get("memoryLimitBytes"),
            disk_bytes=wire.get("diskBytes"),
            disk_limit_bytes=wire.get("diskLimitBytes"),
            processes=wire["processes"],
            uptime=wire["uptime"],
        )


@dataclass(frozen=True, slots=True)
class Exit:
    """How a program ended. `reason`: `exited` (with `code`), `killed` (by `signal`), `timeout`, `out_of_memory`, `sandbox_ended`."""

    reason: str
    code: int | None
    signal: int | str | None
    message: str | None
    seconds: float
    cpu_seconds: float

    @property
    def ok(self) -> bool:
        """It ended by itself, with code 0."""
        return self.reason == "exited" and self.code == 0

    def check(self) -> Exit:
        """Raises where it is not `ok`: `ProcessTimeoutError`, `SandboxGoneError`, or `ProcessFailedError` for all else."""
        if self.ok:
            return self
        more = f": {self.message}" if self.message else ""
        if self.reason == "timeout":
            raise ProcessTimeoutError(f"the program was ended after {self.seconds:g} seconds, its timeout{more}", self)
        if self.reason == "sandbox_ended":
            raise SandboxGoneError(f"the sandbox ended while the program ran{more}", details={"reason": self.reason})
        how = {"exited": f"with code {self.code}", "killed": f"by signal {self.signal}"}.get(self.reason, f"({self.reason})")
        raise ProcessFailedError(f"the program ended {how}{more}", self)

    @classmethod
    def from_wire(cls, wire: _Wire) -> Exit:
        return cls(
            reason=wire["reason"],
            code=wire.get("code"),
            signal=wire.get("signal"),
            message=wire.get("message"),
            seconds=wire.get("seconds", 0.0),
            cpu_seconds=wire.get("cpuSeconds", 0.0),
        )


@dataclass(frozen=True, slots=True)
class Terminal:
    """The size and kind of a terminal. Rows and columns: 1 to 1,000."""

    rows: int = 24
    cols: int = 80
    term: str = "xterm-256color"


@dataclass(frozen=True, slots=True)
class Channel:
    """One output of a process. `offset` is where it stands now; `end` is there once nothing more will come."""

    name: str
    mime: str
    offset: int
    end: int | None


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """A process as the server described it at some moment."""

    id: str
    pid: int | None
    argv: tuple[str, ...]
    status: str
    exit: Exit | None
    started: datetime | None
    terminal: tuple[int, int] | None
    channels: tuple[Channel, ...]
    stdin_offset: int
    raw: _Wire

    @classmethod
    def from_wire(cls, wire: _Wire) -> ProcessInfo:
        exit_, terminal = wire.get("exit"), wire.get("terminal")
        return cls(
            id=wire["id"],
            pid=wire.get("pid"),
            argv=tuple(wire.get("argv") or ()),
            status=wire["status"],
            exit=Exit.from_wire(exit_) if exit_ else None,
            started=_time(wire.get("started")),
            terminal=(terminal["rows"], terminal["cols"]) if terminal else None,
            channels=tuple(
                Channel(name=channel["name"], mime=channel.get("mime", ""), offset=channel.get("offset", 0), end=channel.get("end"))
                for channel in wire.get("channels") or ()
            ),
            stdin_offset=wire.get("stdinOffset", 0),
            raw=wire,
        )


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a sandbox. `sequence` grows by one from event to event; `raw` holds what its type adds.

    `checkpointed` (it goes on), `suspended` and `restored` (nothing is lost) tell of a checkpoint; `rewound`, that it went on from an older
    state, so that what happened after `since` has not happened (with a `reason` where nobody asked for that); `forked`, that another
    sandbox was made from its state; `checkpoint_failed`, that a periodic one could not be taken, for a `reason`;
    `hook_failed`, that a hook failed after a restore or fork; `started_cold`, that its checkpoint of `since` could not be restored, for a
    `reason`, and it was started with the files of that: the programs `raw["processIds"]` are lost.
    """

    sequence: int
    type: str
    time: datetime | None
    process_id: str | None
    exit: Exit | None
    checkpoint_id: str | None
    timeline: int | None
    """Of `restored`, `rewound` and `started_cold`: which one its offsets belong to from here on."""
    since: datetime | None
    sandbox_id: str | None
    """Of `forked`: the other sandbox."""
    reason: str | None
    raw: _Wire

    @classmethod
    def from_wire(cls, wire: _Wire) -> Event:
        exit_ = wire.get("exit")
        return cls(
            sequence=wire["sequence"],
            type=wire["type"],
            time=_time(wire.get("time")),
            process_id=wire.get("processId"),
            checkpoint_id=wire.get("checkpointId"),
            timeline=wire.get("timeline"),
            since=_time(wire.get("since")),
            sandbox_id=wire.get("sandboxId"),
            reason=wire.get("reason"),
            exit=Exit.from_wire(exit_) if exit_ else None,
            raw=wire,
        )
