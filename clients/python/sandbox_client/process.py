"""A program in a sandbox."""

from __future__ import annotations

import signal as signals
from types import TracebackType
from typing import Any

from ._connection import Connection
from .errors import NotFoundError, SandboxGoneError
from .input import InputStream
from .models import Exit, ProcessInfo
from .output import OnGap, OutputStream

WAIT = 30.0
"""Seconds that one call of `wait` asks the server to hold it."""
WAIT_IN_TURN = 1.0


class Process:
    """A program that was started, or looked up by its id. It runs on without this object, and without any connection.

    `async with process:` kills it at the end of the block where it still runs.
    """

    def __init__(
        self,
        connection: Connection,
        target: dict[str, Any],
        info: ProcessInfo,
        *,
        timeline: int | None,
        stdin: bool,
        on_gap: OnGap | None,
    ) -> None:
        self._connection = connection
        self._target = target
        self._timeline = timeline
        self._on_gap = on_gap
        self._stdin = InputStream(connection, target, info.stdin_offset) if stdin or info.terminal else None
        self._outputs: dict[str, OutputStream] = {}
        self.info = info
        """What the server said last about it."""

    def __repr__(self) -> str:
        return f"<Process {self.id} of {self._target['sandboxId']}, {self.info.status}>"

    @property
    def id(self) -> str:
        return self.info.id

    @property
    def pid(self) -> int | None:
        return self.info.pid

    @property
    def stdin(self) -> InputStream:
        """Its input. A `ValueError` where it was started without one."""
        if self._stdin is None:
            raise ValueError("the program has no open input: start it with stdin=True")
        return self._stdin

    @property
    def stdout(self) -> OutputStream:
        return self._output("stdout")

    @property
    def stderr(self) -> OutputStream:
        return self._output("stderr")

    @property
    def terminal(self) -> OutputStream:
        """What a program with a terminal shows; keys go into `stdin`."""
        return self._output("terminal")

    def read(
        self,
        channel: str = "stdout",
        *,
        offset: int = 0,
        timeline: int | None = None,
        follow: bool = True,
        on_gap: OnGap | None = None,
    ) -> OutputStream:
        """One more reader of an output, from `offset` on. Without `follow` it ends where the output stands now."""
        return OutputStream(
            self._connection,
            self._target,
            channel,
            offset=offset,
            timeline=self._timeline if timeline is None else timeline,
            follow=follow,
            on_gap=on_gap or self._on_gap,
        )

    async def wait(self, *, check: bool = False) -> Exit:
        """Waits for its end, however long and over however many connections; cancelling this does not touch the program.

        With `check` an end other than code 0 is raised: `ProcessTimeoutError`, `ProcessFailedError`, `SandboxGoneError`.
        """
        while self.info.exit is None:
            async with self._connection.waiting:
                # Where many wait, they take turns.
                seconds = WAIT_IN_TURN if self._connection.waiting.locked() else WAIT
                limit = seconds + self._connection.options.call_timeout
                self._update(await self._connection.invoke("WaitProcess", {**self._target, "timeout": seconds}, timeout=limit))
        return self.info.exit.check() if check else self.info.exit

    async def describe(self) -> ProcessInfo:
        return self._update(await self._connection.invoke("DescribeProcess", self._target))

    async def kill(self) -> None:
        """Ends the program, and all that came from it, at once (SIGKILL)."""
        self._update(await self._connection.invoke("KillProcess", self._target))

    async def signal(self, signal: signals.Signals | int | str, *, group: bool = False) -> None:
        """Sends a signal (`signal.SIGTERM`, 15 or "TERM"), with `group` to its whole process group.

        Never sent twice: `UnknownOutcomeError` where the connection was lost before the answer.
        """
        name = signal if isinstance(signal, str) else int(signal)
        self._update(await self._connection.invoke("SignalProcess", {**self._target, "signal": name, "group": group}, repeat=False))

    async def resize(self, rows: int, cols: int) -> None:
        """Sets the size of its terminal (1 to 1,000 each)."""
        self._update(await self._connection.invoke("ResizeTerminal", {**self._target, "rows": rows, "cols": cols}))

    async def aclose(self) -> None:
        """Ends this object's streams. The program runs on."""
        for output in self._outputs.values():
            await output.aclose()
        if self._stdin is not None:
            await self._stdin.aclose()

    async def __aenter__(self) -> Process:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()
        if self.info.exit is None:
            try:
                await self.kill()
            except (NotFoundError, SandboxGoneError):
                pass  # It ended with its sandbox.

    def _output(self, channel: str) -> OutputStream:
        has_terminal = self.info.terminal is not None
        if has_terminal != (channel == "terminal"):
            raise ValueError("the program has a terminal: read process.terminal" if has_terminal else "the program has no terminal")
        if channel not in self._outputs:
            self._outputs[channel] = self.read(channel)
        return self._outputs[channel]

    def _update(self, answer: dict[str, Any]) -> ProcessInfo:
        self.info = ProcessInfo.from_wire(answer["process"])
        return self.info
