"""Leaves a sandbox while a program runs in it, comes back with its token, and misses nothing.

Connections that break come back by themselves and are not seen at all; this shows what a client does that ended itself.

    python3 examples/python/reconnect.py http://127.0.0.1:8080
"""

import asyncio
import os
import sys

from sandbox_client import Sandbox


async def main(url: str) -> None:
    key = os.environ.get("SANDBOX_KEY")
    async with Sandbox.create(url, key=key) as sandbox:
        process = await sandbox.exec("bash", "for i in $(seq 200); do echo line $i; sleep 0.02; done", process_id="counter")
        seen = []
        async for line in process.stdout.lines():
            seen.append(line)
            if len(seen) == 50:
                break
        # All that has to be kept: which sandbox, which process, and how many bytes were handled.
        handled = sum(len(line) + 1 for line in seen)
        sandbox_id, token, timeline = sandbox.id, sandbox.token, process.stdout.timeline
    print(f"left after {len(seen)} lines; the program runs on")

    async with Sandbox.attach(url, sandbox_id, token, key=key) as sandbox:
        try:
            process = await sandbox.process("counter")
            async for line in process.read("stdout", offset=handled, timeline=timeline).lines():
                seen.append(line)
            await process.wait(check=True)
            assert seen == [f"line {number}" for number in range(1, 201)]
            print(f"{len(seen)} lines, each once")
        finally:
            await sandbox.delete()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"))
