"""A shell in a new sandbox, on your terminal. It survives a lost connection; `exit` ends it and removes the sandbox.

    python3 examples/python/shell.py http://127.0.0.1:8080
"""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import termios
import tty
from collections.abc import Iterator

from sandbox_client import Process, Sandbox, Terminal


@contextlib.contextmanager
def raw_terminal() -> Iterator[None]:
    """Every key goes through as it is, Ctrl-C too."""
    before = termios.tcgetattr(0)
    tty.setraw(0)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


async def show(process: Process) -> None:
    async for chunk in process.terminal:
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()


async def keys_pressed() -> None:
    """Waits until there are keys to read, and no longer: reading when there are none would stop everything here."""
    loop = asyncio.get_running_loop()
    pressed = loop.create_future()
    loop.add_reader(0, lambda: None if pressed.done() else pressed.set_result(None))
    try:
        await pressed
    finally:
        loop.remove_reader(0)


async def type_keys(process: Process) -> None:
    while True:
        await keys_pressed()
        keys = os.read(0, 4096)
        if not keys:
            return
        await process.stdin.write(keys)


async def follow_size(process: Process) -> None:
    changed = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGWINCH, changed.set)
    try:
        while True:
            await changed.wait()
            changed.clear()
            size = shutil.get_terminal_size()
            await process.resize(size.lines, size.columns)
    finally:
        loop.remove_signal_handler(signal.SIGWINCH)


async def main(url: str) -> int:
    async with Sandbox.create(url, key=os.environ.get("SANDBOX_KEY")) as sandbox:
        try:
            size = shutil.get_terminal_size()
            terminal = Terminal(rows=size.lines, cols=size.columns, term=os.environ.get("TERM", "xterm-256color"))
            process = await sandbox.spawn(["bash", "-i"], terminal=terminal)
            with raw_terminal():
                beside = [asyncio.create_task(type_keys(process)), asyncio.create_task(follow_size(process))]
                try:
                    await show(process)
                finally:
                    for task in beside:
                        task.cancel()
                    # A key typed while the shell ended has nowhere to go, which is no fault.
                    await asyncio.gather(*beside, return_exceptions=True)
            exit_ = await process.wait()
            return exit_.code if exit_.code is not None else 1
        finally:
            await sandbox.delete()


if __name__ == "__main__":
    if not sys.stdin.isatty():
        sys.exit("shell.py needs a terminal")
    sys.exit(asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080")))
