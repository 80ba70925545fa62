"""A SignalR server that speaks docs/hub.md for programs that the tests play, and fails where they tell it to."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Any

import websockets
from websockets.exceptions import ConnectionClosed

WINDOW = 262_144
CHUNK = 49_152


class HubError(Exception):
    def __init__(self, code: str, message: str = "scripted", **more: Any) -> None:
        super().__init__(json.dumps({"code": code, "message": message, **more}))


class Log:
    """One output: bytes from `base` on."""

    def __init__(self, hub: ScriptedHub) -> None:
        self._hub = hub
        self.base = 0
        self.data = bytearray()
        self.ended = False

    @property
    def end(self) -> int:
        return self.base + len(self.data)

    def write(self, data: bytes) -> None:
        self.data += data
        self._hub.wake()

    def finish(self) -> None:
        self.ended = True
        self._hub.wake()

    def drop_before(self, offset: int) -> None:
        """What is before falls out of the log."""
        del self.data[: offset - self.base]
        self.base = offset


class Program:
    def __init__(self, hub: ScriptedHub, argument: dict[str, Any]) -> None:
        self._hub = hub
        self.id: str = argument["processId"]
        self.argument = argument
        self.terminal = argument.get("terminal")
        self.logs = {name: Log(hub) for name in (["terminal"] if self.terminal else ["stdout", "stderr"])}
        self.stdin = bytearray()
        self.takes = 1 << 30
        """How many bytes of input it takes in one call."""
        self.stdin_ended = False
        self.signals: list[Any] = []
        self.exit: dict[str, Any] | None = None

    @property
    def stdout(self) -> Log:
        return self.logs["stdout"]

    def place(self) -> tuple[int, dict[str, int]]:
        """What a checkpoint keeps of it."""
        return len(self.stdin), {name: log.end for name, log in self.logs.items()}

    def go_back(self, place: tuple[int, dict[str, int]]) -> None:
        stdin, ends = place
        del self.stdin[stdin:]
        for name, log in self.logs.items():
            del log.data[ends[name] - log.base :]

    def end(self, **exit_: Any) -> None:
        self.exit = {"reason": "exited", "code": 0, "seconds": 0.5, "cpuSeconds": 0.1, **exit_}
        for log in self.logs.values():
            log.finish()

    def wire(self) -> dict[str, Any]:
        wire: dict[str, Any] = {
            "id": self.id, "pid": 7, "argv": self.argument.get("argv", ["python3"]), "status": "exited" if self.exit else "running",
            "started": "2030-01-02T03:04:05.678Z", "stdinOffset": len(self.stdin),
            "channels": [{"name": name, "mime": "application/octet-stream", "offset": log.end} for name, log in self.logs.items()],
        }  # fmt: skip
        if self.exit:
            wire["exit"] = self.exit
        if self.terminal:
            wire["terminal"] = {"rows": self.terminal["rows"], "cols": self.terminal["cols"]}
        return wire


class ScriptedHub:
    def __init__(self) -> None:
        self.sandboxes: dict[str, dict[str, Any]] = {}
        self.programs: dict[str, Program] = {}
        self.events: list[dict[str, Any]] = []
        self.first_event = 1
        self.epoch = 1
        self.timeline = 1
        self.rewound_to: int | None = None
        self.says_rewound = True
        self.sure_since: int | None = None
        """The epoch since which every start is known; None: only the present one."""
        self.snapshots: dict[str, dict[str, Any]] = {}
        self.checkpoints: list[tuple[dict[str, Any], dict[str, Any]]] = []
        """Those of the one sandbox that sleeps, with the places of its programs."""
        self.current: str | None = None
        self.unrestorable: str | None = None
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.ran: Counter[str] = Counter()
        """How often each program was really started."""
        self.connections = 0
        self.headers: list[Any] = []
        self.cuts = 0
        self.most_ahead = 0
        """The most bytes that were sent beyond what was acknowledged."""
        self.ignores_window = False
        self.repeats = 0
        """How many bytes (or events) before the place asked for a stream begins."""
        self.silent = False
        """Whether the server stops saying anything, as behind a broken network."""
        self.refuse_with: list[int] = []
        """HTTP statuses for the next tries to connect."""
        self.handshake_error: str | None = None
        self.piece: Callable[[], int] = lambda: CHUNK
        self.cut_now: Callable[[], bool] = lambda: False
        """Asked before and after every item of a stream."""
        self._lose_call: Counter[str] = Counter()
        self._lose_answer: Counter[str] = Counter()
        self._errors: dict[str, list[HubError]] = {}
        self._changed = asyncio.Event()
        self._server: Any = None
        self._live: set[_Connection] = set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Serves on a free port of loopback; gives its URL."""
        serve: Any = getattr(websockets, "serve")  # Loaded lazily, which type checkers cannot see.
        async with serve(self._serve, "127.0.0.1", 0, process_request=self._admit, compression=None, max_size=None) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            try:
                yield f"http://127.0.0.1:{port}"
            finally:
                self.cut()

    def lose_call(self, method: str, times: int = 1) -> None:
        """The connection is cut before the method does anything."""
        self._lose_call[method] += times

    def lose_answer(self, method: str, times: int = 1) -> None:
        """The method is carried out, and the connection cut in place of the answer."""
        self._lose_answer[method] += times

    def fail(self, method: str, *errors: HubError) -> None:
        self._errors.setdefault(method, []).extend(errors)

    def calls_of(self, method: str) -> list[dict[str, Any]]:
        return [argument for name, argument in self.calls if name == method]

    def cut(self) -> None:
        """Cuts every connection."""
        for connection in list(self._live):
            connection.cut()

    async def say_close(self) -> None:
        for connection in list(self._live):
            await connection.send({"type": 7, "error": "the server stops", "allowReconnect": True})

    def happen(self, kind: str, **more: Any) -> None:
        self.events.append({"sequence": len(self.events) + 1, "time": "2030-01-02T03:04:05Z", "type": kind, **more})
        self.wake()

    def wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits for something to be so; the test's deadline ends it."""
        while not condition():
            await self._changed.wait()

    async def _admit(self, first: Any, second: Any) -> Any:
        headers = getattr(second, "headers", second)
        self.headers.append(headers)
        self.wake()
        if not self.refuse_with:
            return None
        status = HTTPStatus(self.refuse_with.pop(0))
        return first.respond(status, "") if hasattr(first, "respond") else (status, [], b"")

    async def _serve(self, websocket: Any, *_: Any) -> None:
        self.connections += 1
        connection = _Connection(self, websocket)
        self._live.add(connection)
        try:
            await connection.run()
        finally:
            self._live.discard(connection)

    # The methods.

    async def carry_out(self, method: str, argument: dict[str, Any]) -> dict[str, Any]:
        if self._errors.get(method):
            raise self._errors[method].pop(0)
        handler = getattr(self, f"_{method}", None)
        if handler is None:
            raise HubError("invalid", f"no method {method}")
        answer: dict[str, Any] = await handler(argument)
        return answer

    async def _CreateSandbox(self, argument: dict[str, Any]) -> dict[str, Any]:
        secret = argument.get("token")
        asked = {name: value for name, value in argument.items() if name != "token"}
        known = self.sandboxes.get(argument["id"])
        if known is not None:
            if known["asked"] != asked or secret not in (None, known["secret"]):
                raise HubError("conflict", "taken")
            token = {} if secret is None else {"token": f"owner.{secret}"}
            return {"sandbox": self._sandbox(argument["id"]), "created": False, **token}
        self.sandboxes[argument["id"]] = {"asked": asked, "secret": secret or "drawn", "status": "running"}
        return {"sandbox": self._sandbox(argument["id"]), "created": True, "token": f"owner.{secret or 'drawn'}"}

    def _sandbox(self, id: str) -> dict[str, Any]:
        known = self.sandboxes.get(id)
        if known is None:
            raise HubError("not_found", f"no sandbox {id}")
        return {
            "id": id, "status": known["status"], "template": "base", "user": "user", "cwd": "/home/user", "memoryBytes": 1 << 28,
            "diskBytes": 1 << 28, "processes": 64, "idleTimeout": 300.0, "onIdle": "delete", "keepAlive": False,
            "labels": known["asked"].get("labels", {}), "created": "2030-01-02T03:04:05Z", "epoch": self.epoch, "timeline": self.timeline,
        }  # fmt: skip

    async def _AttachSandbox(self, argument: dict[str, Any]) -> dict[str, Any]:
        self._awake(argument["id"])
        return {"sandbox": self._sandbox(argument["id"])}

    async def _DescribeSandbox(self, argument: dict[str, Any]) -> dict[str, Any]:
        return {"sandbox": self._sandbox(argument["id"])}

    async def _ListSandboxes(self, argument: dict[str, Any]) -> dict[str, Any]:
        wanted = argument.get("labels", {}).items()
        ids = sorted(id for id in self.sandboxes if id > argument.get("after", ""))
        ids = [id for id in ids if wanted <= self._sandbox(id)["labels"].items()]
        page = ids[: argument["limit"]]
        more = {"next": page[-1]} if len(ids) > len(page) else {}
        return {"sandboxes": [self._sandbox(id) for id in page], **more}

    async def _PauseSandbox(self, argument: dict[str, Any]) -> dict[str, Any]:
        return self._switch(argument["id"], "paused")

    async def _ResumeSandbox(self, argument: dict[str, Any]) -> dict[str, Any]:
        return self._switch(argument["id"], "running")

    def _switch(self, id: str, status: str) -> dict[str, Any]:
        self._sandbox(id)
        self.sandboxes[id]["status"] = status
        return {"sandbox": self._sandbox(id)}

    async def _DeleteSandbox(self, argument: dict[str, Any]) -> dict[str, Any]:
        sandbox = self._sandbox(argument["id"])
        del self.sandboxes[argument["id"]]
        return {"sandbox": {**sandbox, "status": "deleted"}}

    async def _CheckpointSandbox(self, argument: dict[str, Any]) -> dict[str, Any]:
        self._awake(argument["id"])
        parent = {"parent": self.current} if self.current else {}
        label = {"label": argument["label"]} if "label" in argument else {}
        self.current = f"c{len(self.checkpoints) + 1}"
        checkpoint = {"id": self.current, "created": "2030-01-02T03:04:05Z", "bytes": 1_000, **parent, **label}
        self.checkpoints.append((checkpoint, {id: program.place() for id, program in self.programs.items()}))
        return {"checkpoint": checkpoint}

    async def _CreateSnapshot(self, argument: dict[str, Any]) -> dict[str, Any]:
        self._awake(argument["id"])
        if argument["name"] in self.snapshots and not argument["overwrite"]:
            raise HubError("conflict", "taken")
        self.snapshots[argument["name"]] = {
            "name": argument["name"], "created": "2030-01-02T03:04:05Z", "bytes": 10, "layerCount": 2, "labels": argument["labels"]
        }
        return {"snapshot": self.snapshots[argument["name"]], "changed": [] if argument["consistent"] else ["srv/log"], "leftOut": []}

    async def _ListSnapshots(self, argument: dict[str, Any]) -> dict[str, Any]:
        names = sorted(name for name in self.snapshots if name > argument.get("after", ""))
        page = names[: argument["limit"]]
        more = {"next": page[-1]} if len(names) > len(page) else {}
        return {"snapshots": [self.snapshots[name] for name in page], **more}

    async def _DescribeSnapshot(self, argument: dict[str, Any]) -> dict[str, Any]:
        if argument["name"] not in self.snapshots:
            raise HubError("not_found", "none")
        return {"snapshot": self.snapshots[argument["name"]]}

    async def _LabelSnapshot(self, argument: dict[str, Any]) -> dict[str, Any]:
        self.snapshots[argument["name"]]["labels"] = argument["labels"]
        return await self._DescribeSnapshot(argument)

    async def _RenameSnapshot(self, argument: dict[str, Any]) -> dict[str, Any]:
        if argument["to"] in self.snapshots:
            raise HubError("conflict", "taken")
        answer = await self._DescribeSnapshot(argument)
        self.snapshots[argument["to"]] = {**answer["snapshot"], "name": argument["to"]}
        del self.snapshots[argument["name"]]
        return await self._DescribeSnapshot({"name": argument["to"]})

    async def _DeleteSnapshot(self, argument: dict[str, Any]) -> dict[str, Any]:
        answer = await self._DescribeSnapshot(argument)
        del self.snapshots[argument["name"]]
        return answer

    async def _SuspendSandbox(self, argument: dict[str, Any]) -> dict[str, Any]:
        if self._sandbox(argument["id"])["status"] != "suspended":
            await self._CheckpointSandbox({"id": argument["id"]})
        return self._switch(argument["id"], "suspended")

    async def _RestoreSandbox(self, argument: dict[str, Any]) -> dict[str, Any]:
        if self.unrestorable is not None:
            if not argument.get("cold"):
                raise HubError("conflict", self.unrestorable)
            self.epoch, self.timeline = self.epoch + 1, self.timeline + 1
            return self._switch(argument["id"], "running")
        self._awake(argument["id"])
        return {"sandbox": self._sandbox(argument["id"])}

    async def _RewindSandbox(self, argument: dict[str, Any]) -> dict[str, Any]:
        places = next((places for checkpoint, places in self.checkpoints if checkpoint["id"] == argument["checkpointId"]), None)
        if places is None:
            raise HubError("not_found", "no such checkpoint")
        self.epoch, self.timeline, self.current = self.epoch + 1, self.timeline + 1, argument["checkpointId"]
        self.sure_since = self.epoch
        self.programs = {id: program for id, program in self.programs.items() if id in places}
        for id, program in self.programs.items():
            program.go_back(places[id])
        self.wake()
        return self._switch(argument["id"], "running")

    async def _ForkSandbox(self, argument: dict[str, Any]) -> dict[str, Any]:
        await self._CheckpointSandbox({"id": argument["id"]})
        made = []
        for number in range(argument["count"]):
            id = f"{argument['id']}-fork-{number}"
            self.sandboxes[id] = {"asked": {}, "status": "running"}
            made.append({"sandbox": self._sandbox(id), "created": True, "token": f"secret-{number}"})
        return {"sandboxes": made}

    async def _ListCheckpoints(self, argument: dict[str, Any]) -> dict[str, Any]:
        self._sandbox(argument["id"])
        current = {"current": self.current} if self.current else {}
        return {"checkpoints": [checkpoint for checkpoint, _ in self.checkpoints], **current}

    async def _DeleteCheckpoint(self, argument: dict[str, Any]) -> dict[str, Any]:
        if argument["checkpointId"] == self.current:
            raise HubError("conflict", "it goes on from this one", status="running")
        self.checkpoints = [kept for kept in self.checkpoints if kept[0]["id"] != argument["checkpointId"]]
        return await self._ListCheckpoints(argument)

    def _awake(self, id: str) -> None:
        if self._sandbox(id)["status"] == "suspended":
            self.sure_since = self.sure_since or self.epoch
            self.epoch += 1
            self.sandboxes[id]["status"] = "running"

    async def _SandboxStats(self, argument: dict[str, Any]) -> dict[str, Any]:
        self._sandbox(argument["id"])
        return {"cpuSeconds": 1.5, "memoryBytes": 10, "memoryLimitBytes": 20, "diskLimitBytes": 30, "processes": 2, "uptime": 3.5}

    async def _StartProcess(self, argument: dict[str, Any]) -> dict[str, Any]:
        self._awake(argument["sandboxId"])
        known = argument["processId"] in self.programs
        if not known:
            sure = (self.sure_since or self.epoch) <= argument.get("epoch", self.epoch) <= self.epoch
            if not sure or argument.get("timeline", self.timeline) != self.timeline:
                raise HubError("unknown", "it may have run")
            self.ran[argument["processId"]] += 1
            self.programs[argument["processId"]] = Program(self, argument)
            self.wake()
        return {"process": self.programs[argument["processId"]].wire(), "known": known}

    def _program(self, argument: dict[str, Any]) -> Program:
        program = self.programs.get(argument["processId"])
        if program is None:
            raise HubError("not_found", "no such process")
        return program

    async def _ListProcesses(self, argument: dict[str, Any]) -> dict[str, Any]:
        return {"processes": [program.wire() for program in self.programs.values()]}

    async def _DescribeProcess(self, argument: dict[str, Any]) -> dict[str, Any]:
        return {"process": self._program(argument).wire()}

    async def _WaitProcess(self, argument: dict[str, Any]) -> dict[str, Any]:
        program = self._program(argument)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(argument["timeout"]):
                await self.until(lambda: program.exit is not None)
        return {"process": program.wire()}

    async def _SignalProcess(self, argument: dict[str, Any]) -> dict[str, Any]:
        self._program(argument).signals.append(argument["signal"])
        return {"process": self._program(argument).wire()}

    async def _KillProcess(self, argument: dict[str, Any]) -> dict[str, Any]:
        if not self._program(argument).exit:
            self._program(argument).end(reason="killed", code=None, signal=9)
        return {"process": self._program(argument).wire()}

    async def _ResizeTerminal(self, argument: dict[str, Any]) -> dict[str, Any]:
        self._program(argument).terminal = argument
        return {"process": self._program(argument).wire()}

    async def _WriteInput(self, argument: dict[str, Any]) -> dict[str, Any]:
        self._awake(argument["sandboxId"])
        program, offset, data = self._program(argument), argument["offset"], base64.b64decode(argument["data"])
        if len(data) > 65_536:
            raise HubError("invalid", "too much")
        at = len(program.stdin)
        if offset > at:
            raise HubError("conflict", "gap", expected=at)
        program.stdin += data[at - offset :][: program.takes]
        self.wake()
        return {"offset": len(program.stdin)}

    async def _EndInput(self, argument: dict[str, Any]) -> dict[str, Any]:
        program = self._program(argument)
        if argument["offset"] != len(program.stdin):
            raise HubError("conflict", "gap", expected=len(program.stdin))
        program.stdin_ended = True
        self.wake()
        return {"offset": argument["offset"]}


class _Connection:
    def __init__(self, hub: ScriptedHub, websocket: Any) -> None:
        self._hub = hub
        self._websocket = websocket
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._acknowledged: dict[str, int] = {}

    def cut(self) -> None:
        self._hub.cuts += 1
        self._websocket.transport.abort()

    async def send(self, record: dict[str, Any]) -> None:
        if not self._hub.silent:
            await self._websocket.send(json.dumps(record) + "\x1e")

    async def run(self) -> None:
        try:
            assert json.loads((await self._websocket.recv()).rstrip("\x1e")) == {"protocol": "json", "version": 1}
            await self.send({"error": self._hub.handshake_error} if self._hub.handshake_error else {})
            async for message in self._websocket:
                assert message.endswith("\x1e")
                for text in message.split("\x1e")[:-1]:
                    await self._on_record(json.loads(text))
        except (ConnectionClosed, OSError):
            pass  # What these tests are about.
        finally:
            for task in self._tasks.values():
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks.values())

    async def _on_record(self, record: dict[str, Any]) -> None:
        kind = record["type"]
        if kind in (1, 4):
            method, (argument,) = record["target"], record["arguments"]
            self._hub.calls.append((method, argument))
            self._hub.wake()
            if method == "AckOutput":
                self._acknowledged[argument["readId"]] = argument["offset"]
                return
            work = self._stream(record, method, argument) if kind == 4 else self._call(record, method, argument)
            self._tasks[record["invocationId"]] = asyncio.create_task(self._quietly(work))
        elif kind == 5 and record["invocationId"] in self._tasks:
            self._hub.calls.append(("cancel", record))
            self._tasks[record["invocationId"]].cancel()
            self._hub.wake()

    @staticmethod
    async def _quietly(work: Any) -> None:
        with contextlib.suppress(ConnectionClosed, OSError):
            await work

    async def _call(self, record: dict[str, Any], method: str, argument: dict[str, Any]) -> None:
        hub = self._hub
        if hub._lose_call[method]:
            hub._lose_call[method] -= 1
            return self.cut()
        try:
            answer: dict[str, Any] = {"result": await hub.carry_out(method, argument)}
        except HubError as error:
            answer = self._error(method, error)
        if hub._lose_answer[method]:
            hub._lose_answer[method] -= 1
            return self.cut()
        await self.send({"type": 3, "invocationId": record["invocationId"], **answer})

    @staticmethod
    def _error(method: str, error: HubError) -> dict[str, Any]:
        return {"error": f"An unexpected error occurred invoking '{method}' on the server. HubException: {error}"}

    async def _stream(self, record: dict[str, Any], method: str, argument: dict[str, Any]) -> None:
        items = self._read_output(argument) if method == "ReadOutput" else self._read_events(argument)
        answer: dict[str, Any] = {}
        try:
            if self._hub._errors.get(method):
                raise self._hub._errors[method].pop(0)
            async for item in items:
                if self._hub.cut_now():
                    return self.cut()
                await self.send({"type": 2, "invocationId": record["invocationId"], "item": item})
                if self._hub.cut_now():
                    return self.cut()
        except HubError as error:
            answer = self._error(method, error)
        await self.send({"type": 3, "invocationId": record["invocationId"], **answer})

    async def _read_output(self, argument: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        hub, offset, read_id = self._hub, argument["offset"], argument["readId"]
        log = hub._program(argument).logs[argument["channel"]]
        self._acknowledged[read_id] = offset = max(0, offset - hub.repeats)
        hub._awake(argument["sandboxId"])
        history = argument.get("timeline", hub.timeline)
        while True:
            if history != hub.timeline and hub.says_rewound:
                to = min(offset, log.end if hub.rewound_to is None else hub.rewound_to)
                yield {"type": "rewound", "timeline": hub.timeline, "from": offset, "to": to}
                history, offset, self._acknowledged[read_id] = hub.timeline, to, to
                continue
            if offset < log.base:
                yield {"type": "gap", "timeline": hub.timeline, "from": offset, "to": log.base, "lostBytes": log.base - offset}
                offset = log.base
                continue
            room = WINDOW if hub.ignores_window else self._acknowledged[read_id] + WINDOW - offset
            size = min(log.end - offset, CHUNK, room, hub.piece())
            if size > 0:
                data = bytes(log.data[offset - log.base :][:size])
                hub.most_ahead = max(hub.most_ahead, offset + size - self._acknowledged[read_id])
                yield {"type": "data", "timeline": hub.timeline, "offset": offset, "data": base64.b64encode(data).decode()}
                offset += size
            elif log.ended and offset == log.end:
                yield {"type": "end", "timeline": hub.timeline, "offset": offset}
                return
            elif not argument["follow"] and offset == log.end:
                return
            else:
                await hub._changed.wait()

    async def _read_events(self, argument: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        hub, since = self._hub, max(0, argument["since"] - self._hub.repeats)
        if since + 1 < hub.first_event:
            yield {"type": "gap", "from": since + 1, "to": hub.first_event - 1}
            since = hub.first_event - 1
        while True:
            for event in hub.events[since:]:
                yield event
                since = event["sequence"]
                if event["type"] == "deleted":
                    return
            if not argument["follow"]:
                return
            await hub._changed.wait()


def cuts_at_random(hub: ScriptedHub, random_: random.Random, cuts: int) -> None:
    """Makes `hub` cut its connections, so many times, after random numbers of items of random sizes."""
    until_next = random_.randint(1, 9)

    def cut_now() -> bool:
        nonlocal until_next
        if hub.cuts >= cuts:
            return False
        until_next -= 1
        if until_next > 0:
            return False
        until_next = random_.randint(1, 9)
        return True

    hub.cut_now = cut_now
    hub.piece = lambda: random_.choice((1, 7, 100, 4_096, 20_000, CHUNK))
