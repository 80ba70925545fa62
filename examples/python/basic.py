"""Creates a sandbox, runs Python and a program in it, and removes it.

    python3 examples/python/basic.py http://127.0.0.1:8080
"""

import asyncio
import os
import sys

from sandbox_client import Sandbox


async def main(url: str) -> None:
    async with Sandbox.create(url, key=os.environ.get("SANDBOX_KEY")) as sandbox:
        try:
            process = await sandbox.exec("python", "print('6 * 7 =', 6 * 7)")
            print(await process.stdout.text(), end="")
            exit_ = await process.wait()
            print(f"ended with code {exit_.code} after {exit_.seconds:.3f} s")

            # What one program wrote, the next one finds. Input goes in as the program runs.
            sort = await sandbox.spawn(["sort"], stdin=True)
            await sort.stdin.write("pear\napple\nfig\n")
            await sort.stdin.end()
            async for line in sort.stdout.lines():
                print("sorted:", line)
            await sort.wait(check=True)
        finally:
            await sandbox.delete()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"))
