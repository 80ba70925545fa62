"""In the words of Cloud Run Sandbox, against the server at SANDBOX_URL."""

from __future__ import annotations

import os
import random
import re
import unittest
from typing import Any

from sandbox_client.cloud_run import Sandbox, SandboxError

from .cutting_proxy import CuttingProxy
from .deadline import AsyncTest

URL = os.environ.get("SANDBOX_URL", "")
COUNTING = "import time\nfor i in range(100):\n    print(f'{i:03}', flush=True)\n    time.sleep(0.03)\nprint('end')"


@unittest.skipUnless(URL, "no server: set SANDBOX_URL, such as http://127.0.0.1:8080")
class CloudRun(AsyncTest):
    deadline = 90.0

    async def test_an_option_that_there_is_not_is_refused_and_the_others_are_named(self) -> None:
        misspelt: Any = {"enable_checkpiont": True}
        with self.assertRaisesRegex(TypeError, "enable_checkpiont.*enable_sandbox_checkpoint"):
            await Sandbox.create(URL, **misspelt)
        with self.assertRaisesRegex(TypeError, "enable_checkpiont"):
            await Sandbox.attach(URL, "id", "token", **misspelt)

    async def test_output_goes_on_after_the_connection_was_cut(self) -> None:
        proxy = CuttingProxy(URL, random.Random(1), 2, least=1200, most=1201)
        async with proxy.running() as url:
            sandbox = await Sandbox.create(url, enable_auto_reconnect=True)
            process = await sandbox.exec("python", COUNTING)
            text = await process.stdout.read_all()
            await process.wait()
            self.assertGreater(proxy.cuts, 0)
            self.assertTrue(text.endswith("end\n"), text[-20:])
            # What was on its way is lost with a connection, be it the end of a line alone: the protocol has no offsets. Nothing comes twice.
            numbers = re.findall(r"\d{3}", text)
            self.assertEqual(numbers, sorted(set(numbers)))
            self.assertGreater(len(numbers), 90)
            await sandbox.kill()

    async def test_without_it_a_program_ends_with_its_connection(self) -> None:
        proxy = CuttingProxy(URL, random.Random(1), 1, least=1500, most=1501)
        async with proxy.running() as url:
            sandbox = await Sandbox.create(url)
            process = await sandbox.exec("python", COUNTING)
            with self.assertRaises(SandboxError):
                await process.wait()
            while True:
                try:
                    back = await Sandbox.attach(URL, sandbox.sandbox_id, sandbox.sandbox_token)
                    break
                except SandboxError as error:
                    # The server has not noticed yet.
                    if error.status != "SANDBOX_IN_USE":
                        raise
            await back.kill()
