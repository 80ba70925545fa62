from __future__ import annotations

import asyncio
import signal
from typing import Any

from sandbox_client import (
    CallTimeoutError,
    ConflictError,
    ConnectionOptions,
    NotFoundError,
    ProcessTimeoutError,
    Sandbox,
    SandboxGoneError,
    UnavailableError,
    UnknownOutcomeError,
    connect,
)

from sandbox_client._connection import WAITING_CALLS

from .hub_test import QUICK, HubTest
from .scripted_hub import HubError


class Starts(HubTest):
    async def test_a_start_whose_answer_is_lost_runs_once(self) -> None:
        self.hub.lose_answer("StartProcess", 3)
        self.hub.lose_call("StartProcess", 2)
        process, _ = await self.start()
        self.assertEqual(self.hub.ran, {process.id: 1})
        self.assertEqual(len(self.hub.calls_of("StartProcess")), 6)
        self.assertEqual(len({str(call) for call in self.hub.calls_of("StartProcess")}), 1)

    async def test_a_first_start_with_an_old_epoch_asks_for_the_new_one_and_runs(self) -> None:
        self.hub.epoch = 5
        process, _ = await self.start()
        self.assertEqual(self.hub.ran, {process.id: 1})
        self.assertEqual([call["epoch"] for call in self.hub.calls_of("StartProcess")], [1, 5])

    async def test_a_repeated_start_that_cannot_be_known_is_unknown_and_not_run_again(self) -> None:
        self.hub.lose_call("StartProcess")
        starting = asyncio.create_task(self.sandbox.spawn(["program"]))
        await self.hub.until(lambda: bool(self.hub.calls_of("StartProcess")))
        self.hub.epoch = 2
        with self.assertRaises(UnknownOutcomeError) as caught:
            await starting
        self.assertTrue(caught.exception.repeated)
        self.assertEqual(self.hub.ran, {})

    async def test_code_and_options_are_sent_as_the_contract_names_them(self) -> None:
        await self.sandbox.exec("python", "1", env={"A": "b"}, cwd="/tmp", user="root", timeout=3, on_full="block", process_id="mine")
        (call,) = self.hub.calls_of("StartProcess")
        self.assertEqual(
            call,
            {"sandboxId": "one", "token": self.sandbox.token, "language": "python", "code": "1", "env": {"A": "b"}, "cwd": "/tmp", "user": "root",
             "timeout": 3, "onFull": "block", "processId": "mine", "stdin": False, "epoch": 1, "timeline": 1},
        )  # fmt: skip

    async def test_a_line_of_shell_is_no_argv(self) -> None:
        with self.assertRaisesRegex(TypeError, "exec"):
            await self.sandbox.spawn("ls -l")


class Processes(HubTest):
    async def test_waiting_goes_on_over_lost_connections(self) -> None:
        process, program = await self.start()
        waiting = asyncio.create_task(process.wait())
        for times in range(1, 4):
            await self.hub.until(lambda: len(self.hub.calls_of("WaitProcess")) == times)
            self.hub.cut()
        await self.hub.until(lambda: len(self.hub.calls_of("WaitProcess")) == 4)
        program.end(code=3)
        self.assertEqual((await waiting).code, 3)

    async def test_a_cancelled_wait_does_not_touch_the_program(self) -> None:
        process, program = await self.start()
        with self.assertRaises(TimeoutError):
            async with asyncio.timeout(0.05):
                await process.wait()
        self.assertIsNone(program.exit)
        self.assertEqual(self.hub.calls_of("KillProcess"), [])

    async def test_a_checked_wait_raises_what_ended_the_program(self) -> None:
        process, program = await self.start()
        program.end(reason="timeout", code=None)
        with self.assertRaises(ProcessTimeoutError):
            await process.wait(check=True)
        self.assertEqual((await process.wait()).reason, "timeout")

    async def test_a_sandbox_that_goes_ends_the_wait(self) -> None:
        process, _ = await self.start()
        self.hub.fail("WaitProcess", HubError("gone", status="deleted", reason="idle"))
        with self.assertRaises(SandboxGoneError) as caught:
            await process.wait()
        self.assertEqual((caught.exception.status, caught.exception.reason), ("deleted", "idle"))

    async def test_a_signal_is_never_sent_twice(self) -> None:
        process, program = await self.start()
        self.hub.lose_answer("SignalProcess")
        with self.assertRaises(UnknownOutcomeError):
            await process.signal(signal.SIGUSR1)
        self.assertEqual(program.signals, [10])
        await process.signal("TERM")
        self.assertEqual(program.signals, [10, "TERM"])

    async def test_a_block_kills_what_still_runs_at_its_end(self) -> None:
        async with await self.sandbox.spawn(["program"]) as process:
            program = self.hub.programs[process.id]
        self.assertEqual(program.exit and program.exit["reason"], "killed")

    async def test_an_ended_program_is_not_killed_by_its_block(self) -> None:
        async with await self.sandbox.spawn(["program"]) as process:
            self.hub.programs[process.id].end()
            await process.wait()
        self.assertEqual(self.hub.calls_of("KillProcess"), [])

    async def test_programs_are_listed_and_found_by_their_id(self) -> None:
        process, program = await self.start()
        program.stdout.write(b"hello")
        program.end()
        self.assertEqual([info.id for info in await self.sandbox.processes()], [process.id])
        self.assertEqual(await (await self.sandbox.process(process.id)).stdout.text(), "hello")
        with self.assertRaises(NotFoundError):
            await self.sandbox.process("other")


class ManyProcesses(HubTest):
    async def test_hundreds_are_waited_for_over_one_connection_and_leave_room_for_other_calls(self) -> None:
        processes = [(await self.start())[0] for _ in range(300)]
        waiting = [asyncio.create_task(process.wait()) for process in processes]
        await self.hub.until(lambda: len(self.hub.calls_of("WaitProcess")) >= WAITING_CALLS)
        await self.sandbox.refresh()
        self.assertEqual(len(self.hub.calls_of("WaitProcess")), WAITING_CALLS)
        for program in self.hub.programs.values():
            program.end()
        self.assertTrue(all(exit_.ok for exit_ in await asyncio.gather(*waiting)))


class Sandboxes(HubTest):
    async def test_a_sandbox_whose_creation_is_not_answered_is_made_once(self) -> None:
        self.hub.lose_answer("CreateSandbox")
        async with Sandbox.create(self.url, options=QUICK) as sandbox:
            self.assertEqual(set(self.hub.sandboxes), {"one", sandbox.id})
            self.assertRegex(sandbox.id, "^[a-z0-9][a-z0-9-]{0,39}$")
            self.assertEqual((sandbox.created, sandbox.token), (True, f"owner.{self.hub.sandboxes[sandbox.id]['secret']}"))

    async def test_a_token_under_a_chosen_id_is_not_lost_with_the_answer_and_who_comes_later_gets_none(self) -> None:
        self.hub.lose_answer("CreateSandbox")
        async with connect(self.url, options=QUICK) as client:
            first = await client.create(id="mine")
            self.assertTrue(first.created)
            self.assertRegex(first.token or "", r"^owner\.[A-Za-z0-9_-]{32,128}$")
            later = await client.create(id="mine")
            self.assertEqual((later.created, later.token), (False, None))
            known = await client.create(id="mine", token=(first.token or "").removeprefix("owner."))
            self.assertEqual((known.created, known.token), (False, first.token))
            with self.assertRaises(ConflictError):
                await client.create(id="mine", token="x" * 32)

    async def test_a_creation_that_the_server_takes_back_with_the_lost_connection_begins_again(self) -> None:
        create = self.hub._CreateSandbox
        asked: list[str] = []

        async def taken_back(argument: dict[str, Any]) -> dict[str, Any]:
            asked.append(argument["id"])
            if argument["id"] == asked[0]:
                raise HubError("conflict", "The sandbox is being deleted.")
            return await create(argument)

        self.hub._CreateSandbox = taken_back  # type: ignore[assignment]
        self.hub.lose_call("CreateSandbox")
        async with Sandbox.create(self.url, options=QUICK) as sandbox:
            self.assertEqual((sandbox.id, sandbox.created), (asked[1], True))
        with self.assertRaises(ConflictError):  # An id that the caller chose is not replaced.
            await Sandbox.create(self.url, id=asked[0], options=QUICK)

    async def test_an_argument_that_there_is_not_is_refused_and_the_known_ones_are_named(self) -> None:
        with self.assertRaisesRegex(TypeError, "memory.*memory_bytes"):
            await Sandbox.create(self.url, options=QUICK, memory=1)  # type: ignore[call-arg]
        with self.assertRaisesRegex(TypeError, "tty.*terminal"):
            await self.sandbox.spawn(["true"], tty=True)  # type: ignore[call-arg]

    async def test_the_same_request_finds_the_sandbox_and_another_is_a_conflict(self) -> None:
        self.assertTrue(self.sandbox.created)
        async with connect(self.url, options=QUICK) as client:
            self.assertFalse((await client.create(id="one")).created)
            with self.assertRaises(ConflictError):
                await client.create(id="one", template="other")

    async def test_attaching_carries_the_token_into_every_call(self) -> None:
        async with Sandbox.attach(self.url, "one", token="secret", options=QUICK) as sandbox:
            await sandbox.stats()
            await sandbox.processes()
        for method in ("AttachSandbox", "SandboxStats", "ListProcesses"):
            self.assertEqual(self.hub.calls_of(method)[-1]["token"], "secret")
        with self.assertRaises(NotFoundError):
            await Sandbox.attach(self.url, "none", token="secret", options=QUICK)

    async def test_lists_go_over_their_pages_and_choose_by_label(self) -> None:
        async with connect(self.url, options=QUICK) as client:
            for number in range(5):
                await client.create(id=f"p{number}", labels={"odd": str(number % 2)})
            self.assertEqual([info.id async for info in client.list(page=2)], ["one", "p0", "p1", "p2", "p3", "p4"])
            self.assertEqual([info.id async for info in client.list(labels={"odd": "1"})], ["p1", "p3"])
        self.assertEqual(len([info async for info in Sandbox.list(self.url, options=QUICK)]), 6)

    async def test_switching_and_deleting_are_done_once_though_their_answers_are_lost(self) -> None:
        for method in ("PauseSandbox", "ResumeSandbox", "DeleteSandbox"):
            self.hub.lose_answer(method)
        self.assertEqual((await self.sandbox.pause()).status, "paused")
        self.assertEqual((await self.sandbox.resume()).status, "running")
        await self.sandbox.delete()
        self.assertEqual(self.hub.sandboxes, {})

    async def test_stats_are_values(self) -> None:
        stats = await self.sandbox.stats()
        self.assertEqual((stats.cpu_seconds, stats.disk_bytes, stats.uptime), (1.5, None, 3.5))


class Limits(HubTest):
    options = ConnectionOptions(backoff_base=0.001, backoff_cap=0.05, connect_timeout=5, give_up_after=0.2, call_timeout=0.3)

    async def test_a_call_without_an_answer_times_out_and_the_connection_stays(self) -> None:
        self.hub.silent = True
        with self.assertRaises(CallTimeoutError):
            await self.sandbox.refresh()
        self.hub.silent = False
        await self.sandbox.refresh()
        self.assertEqual(self.hub.connections, 1)

    async def test_calls_end_in_unavailable_when_the_server_stays_away_and_work_when_it_is_back(self) -> None:
        self.hub.refuse_with = [503] * 1_000
        self.hub.cut()
        with self.assertRaises((UnavailableError, CallTimeoutError)):
            await self.sandbox.refresh()
        self.hub.refuse_with = []
        await self.sandbox.refresh()

    async def test_no_capacity_says_when_to_come_again(self) -> None:
        self.hub.fail("StartProcess", HubError("overloaded", retryAfter=1.5))
        with self.assertRaises(UnavailableError) as caught:
            await self.sandbox.spawn(["program"])
        self.assertEqual((caught.exception.code, caught.exception.retry_after), ("overloaded", 1.5))
