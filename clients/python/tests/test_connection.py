from __future__ import annotations

import asyncio
import socket
import time

from sandbox_client import ConnectionOptions, PermissionDeniedError, UnavailableError, connect

from .deadline import AsyncTest
from .hub_test import QUICK, HubTest


class Connecting(HubTest):
    async def test_a_key_goes_as_a_bearer_header(self) -> None:
        async with connect(self.url, key="the-key", options=QUICK):
            self.assertEqual(self.hub.headers[-1]["Authorization"], "Bearer the-key")
        self.assertNotIn("Authorization", self.hub.headers[0])

    async def test_a_refused_key_is_said_at_once(self) -> None:
        for status, code in ((401, "unauthorized"), (403, "forbidden")):
            self.hub.refuse_with = [status]
            with self.assertRaises(PermissionDeniedError) as caught:
                await connect(self.url, key="wrong", options=QUICK)
            self.assertEqual(caught.exception.code, code)

    async def test_a_server_that_is_busy_is_tried_again(self) -> None:
        self.hub.refuse_with = [503, 502, 429]
        async with connect(self.url, options=QUICK):
            self.assertEqual(self.hub.refuse_with, [])

    async def test_a_server_without_a_hub_is_said_at_once(self) -> None:
        self.hub.refuse_with = [404]
        with self.assertRaisesRegex(UnavailableError, "no hub"):
            await connect(self.url, options=QUICK)

    async def test_a_refused_handshake_is_unavailable(self) -> None:
        self.hub.handshake_error = "no such protocol"
        with self.assertRaisesRegex(UnavailableError, "no such protocol"):
            await connect(self.url, options=ConnectionOptions(connect_timeout=0.2))

    async def test_a_server_that_says_good_bye_is_come_back_to(self) -> None:
        process, program = await self.start()
        reading = asyncio.create_task(process.stdout.read_all())
        await self.hub.until(lambda: bool(self.hub.calls_of("ReadOutput")))
        await self.hub.say_close()
        await self.hub.until(lambda: len(self.hub.calls_of("ReadOutput")) == 2)
        program.stdout.write(b"after")
        program.end()
        self.assertEqual(await reading, b"after")

    async def test_many_who_wait_share_one_new_connection(self) -> None:
        self.hub.cut()
        await asyncio.gather(*(self.sandbox.refresh() for _ in range(50)))
        self.assertEqual(self.hub.connections, 2)

    async def test_a_cancelled_call_does_not_take_the_connection_from_the_others(self) -> None:
        self.hub.refuse_with = [503] * 20
        self.hub.cut()
        calls = [asyncio.create_task(self.sandbox.refresh()) for _ in range(2)]
        await self.hub.until(lambda: len(self.hub.headers) > 1)
        calls[0].cancel()
        self.assertEqual((await calls[1]).id, "one")

    async def test_a_closed_client_refuses_calls_and_ends_streams(self) -> None:
        process, _ = await self.start()
        reading = asyncio.create_task(process.stdout.read())
        await self.hub.until(lambda: bool(self.hub.calls_of("ReadOutput")))
        await self.sandbox.close()
        with self.assertRaisesRegex(UnavailableError, "closed"):
            await reading
        with self.assertRaisesRegex(UnavailableError, "closed"):
            await self.sandbox.refresh()
        self.assertEqual([task for task in asyncio.all_tasks() if "sandbox_client" in str(task.get_coro())], [])


class Silence(HubTest):
    options = ConnectionOptions(backoff_base=0.001, connect_timeout=5, call_timeout=10, keepalive=0.05, server_timeout=0.3)

    async def test_a_server_that_went_silent_is_left_for_a_new_connection(self) -> None:
        self.hub.silent = True
        call = asyncio.create_task(self.sandbox.refresh())
        await self.hub.until(lambda: bool(self.hub.calls_of("DescribeSandbox")))
        await asyncio.sleep(0)
        self.hub.silent = False
        await call
        self.assertEqual(self.hub.connections, 2)


class NoServer(AsyncTest):
    async def test_a_server_that_is_not_there_is_unavailable_in_the_time_given(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        started = time.monotonic()
        with self.assertRaisesRegex(UnavailableError, "no connection"):
            await connect(f"http://127.0.0.1:{port}", options=ConnectionOptions(connect_timeout=0.3))
        self.assertLess(time.monotonic() - started, 10)
