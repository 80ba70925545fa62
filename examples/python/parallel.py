"""Runs eight programs at once in one sandbox, over one connection.

    python3 examples/python/parallel.py http://127.0.0.1:8080
"""

import asyncio
import os
import sys

from sandbox_client import Sandbox

CODE = """
import os
number = int(os.environ["NUMBER"])
print(sum(i * i for i in range(number * 100_000)))
"""


async def run(sandbox: Sandbox, number: int) -> str:
    process = await sandbox.exec("python", CODE, env={"NUMBER": str(number)})
    text = await process.stdout.text()
    await process.wait(check=True)
    return text.strip()


async def main(url: str) -> None:
    async with Sandbox.create(url, key=os.environ.get("SANDBOX_KEY")) as sandbox:
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(run(sandbox, number)) for number in range(8)]
            for number, task in enumerate(tasks):
                print(f"{number}: {task.result()}")
        finally:
            await sandbox.delete()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"))
