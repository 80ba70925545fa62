"""Each example as a user runs it, against the server at SANDBOX_URL."""

from __future__ import annotations

import asyncio
import os
import pathlib
import pty
import sys
import unittest

from .deadline import AsyncTest

URL = os.environ.get("SANDBOX_URL", "")
HERE = pathlib.Path(__file__).parents[1]
EXAMPLES = HERE.parents[1] / "examples" / "python"


@unittest.skipUnless(URL, "no server: set SANDBOX_URL, such as http://127.0.0.1:8080")
class Examples(AsyncTest):
    deadline = 60.0

    async def _run(self, name: str) -> str:
        program = await asyncio.create_subprocess_exec(
            sys.executable, str(EXAMPLES / name), URL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(HERE), os.environ.get("PYTHONPATH"))))},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            out, _ = await program.communicate()
        finally:
            if program.returncode is None:
                program.kill()
                await program.wait()
        self.assertEqual(program.returncode, 0, out.decode())
        return out.decode()

    async def test_basic(self) -> None:
        out = await self._run("basic.py")
        self.assertIn("6 * 7 = 42", out)
        self.assertIn("code 0", out)

    async def test_parallel(self) -> None:
        out = await self._run("parallel.py")
        for number in range(8):
            self.assertIn(f"{number}: ", out)

    async def test_reconnect(self) -> None:
        out = await self._run("reconnect.py")
        self.assertIn("200 lines, each once", out)

    async def test_shell(self) -> None:
        ours, its = pty.openpty()
        program = await asyncio.create_subprocess_exec(
            sys.executable, str(EXAMPLES / "shell.py"), URL,
            env={**os.environ, "TERM": "xterm", "PYTHONPATH": os.pathsep.join(filter(None, (str(HERE), os.environ.get("PYTHONPATH"))))},
            stdin=its, stdout=its, stderr=its, start_new_session=True,
        )  # fmt: skip
        os.close(its)
        loop = asyncio.get_running_loop()
        shown, changed, ended = bytearray(), asyncio.Event(), False

        def on_output() -> None:
            nonlocal ended
            try:
                shown.extend(os.read(ours, 65_536))
            except OSError:  # The other side is closed.
                ended = True
                loop.remove_reader(ours)
            changed.set()

        async def until(wanted: bytes) -> None:
            while wanted not in shown:
                self.assertFalse(ended, f"ended before {wanted!r}: {shown.decode(errors='replace')}")
                changed.clear()
                await changed.wait()

        loop.add_reader(ours, on_output)
        try:
            await until(b"$ ")
            os.write(ours, b"echo he''llo; exit 5\r")
            await until(b"hello")
            self.assertEqual(await program.wait(), 5, shown.decode(errors="replace"))
        finally:
            loop.remove_reader(ours)
            os.close(ours)
            if program.returncode is None:
                program.kill()
                await program.wait()
