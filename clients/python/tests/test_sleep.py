from __future__ import annotations

import asyncio
from datetime import datetime, timezone

from sandbox_client import ConflictError, GapError, NotFoundError, RewoundError, Sandbox, SandboxError, UnknownOutcomeError

from .hub_test import QUICK, HubTest
from .scripted_hub import WINDOW


class Sleep(HubTest):
    async def test_checkpoints_are_taken_listed_as_a_tree_and_deleted(self) -> None:
        first = await self.sandbox.checkpoint(label="clean")
        created = datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
        self.assertEqual((first.id, first.created, first.bytes, first.label, first.parent), ("c1", created, 1_000, "clean", None))
        second = await self.sandbox.checkpoint()
        self.assertEqual((second.parent, second.label), ("c1", None))
        listed = await self.sandbox.checkpoints()
        self.assertEqual((listed.checkpoints, listed.current), ((first, second), "c2"))
        with self.assertRaises(ConflictError):
            await self.sandbox.delete_checkpoint(second)
        self.assertEqual((await self.sandbox.delete_checkpoint("c1")).checkpoints, (second,))
        for method, argument in self.hub.calls[1:]:
            self.assertEqual((argument["id"], argument["token"]), ("one", self.sandbox.token), method)

    async def test_a_suspended_sandbox_is_restored_by_a_call_or_the_next_write_and_its_streams_go_on(self) -> None:
        process, program = await self.start(stdin=True)
        program.stdout.write(b"before ")
        self.assertEqual(await process.stdout.read(), b"before ")
        self.assertEqual((await self.sandbox.suspend()).status, "suspended")
        self.assertEqual((await self.sandbox.suspend()).status, "suspended")
        info = await self.sandbox.restore()
        self.assertEqual((info.status, info.epoch, info.timeline, self.sandbox.info), ("running", 2, 1, info))
        await self.sandbox.suspend()
        await process.stdin.write("typed")
        self.assertEqual((await self.sandbox.refresh()).status, "running")
        program.stdout.write(b"after")
        program.end()
        self.assertEqual(await process.stdout.read_all(), b"after")
        self.assertEqual(program.stdin, b"typed")

    async def test_what_cannot_be_restored_is_started_cold_where_that_is_asked_for(self) -> None:
        await self.sandbox.suspend()
        self.hub.unrestorable = "It is damaged."
        with self.assertRaises(ConflictError):
            await self.sandbox.restore()
        self.assertEqual((await self.sandbox.restore(cold=True)).timeline, 2)
        self.assertEqual([call.get("cold") for call in self.hub.calls_of("RestoreSandbox")], [None, True])

    async def test_attaching_wakes_a_sandbox_unless_it_is_to_sleep_on(self) -> None:
        await self.sandbox.suspend()
        async with Sandbox.attach(self.url, "one", self.sandbox.token, wake=False, options=QUICK) as asleep:
            self.assertEqual((asleep.info.status, (await asleep.checkpoints()).current), ("suspended", "c1"))
        self.assertEqual((await self.sandbox.refresh()).status, "suspended")
        async with Sandbox.attach(self.url, "one", self.sandbox.token, options=QUICK) as awake:
            self.assertEqual(awake.info.status, "running")

    async def test_switches_whose_answers_are_lost_are_asked_for_again(self) -> None:
        for method in ("SuspendSandbox", "RestoreSandbox", "CheckpointSandbox", "RewindSandbox"):
            self.hub.lose_answer(method)
        self.assertEqual((await self.sandbox.suspend()).status, "suspended")
        self.assertEqual((await self.sandbox.restore()).status, "running")
        self.assertEqual((await self.sandbox.rewind(await self.sandbox.checkpoint())).status, "running")
        self.assertEqual(self.hub.cuts, 4)

    async def test_a_start_repeated_over_a_restore_carries_what_was_known_at_first_and_runs_once(self) -> None:
        self.hub.lose_call("StartProcess")
        starting = asyncio.create_task(self.sandbox.spawn(["program"]))
        await self.hub.until(lambda: bool(self.hub.calls_of("StartProcess")))
        await self.hub.carry_out("SuspendSandbox", {"id": "one"})
        await starting
        self.assertEqual([(call["epoch"], call["timeline"]) for call in self.hub.calls_of("StartProcess")], [(1, 1), (1, 1)])
        self.assertEqual((self.hub.epoch, list(self.hub.ran.values())), (2, [1]))

    async def test_forks_have_ids_and_tokens_of_their_own(self) -> None:
        forks = await self.sandbox.fork(2)
        self.assertEqual([(fork.id, fork.token, fork.created) for fork in forks], [("one-fork-0", "secret-0", True), ("one-fork-1", "secret-1", True)])
        for fork in forks:
            await fork.spawn(["program"])
            call = self.hub.calls_of("StartProcess")[-1]
            self.assertEqual((call["sandboxId"], call["token"]), (fork.id, fork.token))
            await fork.close()
        self.assertEqual((await self.sandbox.refresh()).status, "running")
        self.assertEqual(len(await self.sandbox.fork()), 1)

    async def test_a_fork_whose_answer_is_lost_is_not_repeated(self) -> None:
        self.hub.lose_answer("ForkSandbox")
        with self.assertRaises(UnknownOutcomeError):
            await self.sandbox.fork(2)
        self.assertEqual(len(self.hub.calls_of("ForkSandbox")), 1)

    async def test_the_idle_policy_and_the_checkpoints_are_sent_as_asked(self) -> None:
        async with Sandbox.create(self.url, on_idle="suspend", idle_timeout=5, checkpoint_interval=60, keep_checkpoints=3, keep_files=True, options=QUICK):
            call = self.hub.calls_of("CreateSandbox")[-1]
            self.assertEqual((call["onIdle"], call["idleTimeout"], call["checkpointInterval"], call["keepCheckpoints"]), ("suspend", 5, 60, 3))
            self.assertIs(call["keepFiles"], True)

    async def test_the_events_of_sleeping_are_told(self) -> None:
        self.hub.happen("checkpointed", checkpointId="c1")
        self.hub.happen("suspended", checkpointId="c2")
        self.hub.happen("restored", checkpointId="c2", timeline=1)
        self.hub.happen("rewound", checkpointId="c1", since="2030-01-02T03:04:05Z", timeline=2, reason="its host was lost")
        self.hub.happen("forked", checkpointId="c3", sandboxId="other")
        events = [event async for event in self.sandbox.events(follow=False)]
        self.assertEqual([event.checkpoint_id for event in events], ["c1", "c2", "c2", "c1", "c3"])
        self.assertEqual([event.timeline for event in events], [None, None, 1, 2, None])
        since = datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
        self.assertEqual((events[3].since, events[3].reason, events[4].sandbox_id), (since, "its host was lost", "other"))


class Rewinds(HubTest):
    async def test_a_rewind_breaks_streams_of_the_old_history_which_then_go_on_in_the_new_one(self) -> None:
        process, program = await self.start()
        program.stdout.write(b"kept ")
        checkpoint = await self.sandbox.checkpoint()
        program.stdout.write(b"never happened")
        read = b""
        while read != b"kept never happened":
            read += await process.stdout.read()
        reading = asyncio.create_task(process.stdout.read())
        self.assertEqual((await self.sandbox.rewind(checkpoint)).timeline, 2)
        with self.assertRaises(RewoundError) as caught:
            await reading
        error = caught.exception
        self.assertEqual((error.start, error.end, error.timeline, error.lost, error.code), (19, 5, 2, 0, "rewound"))
        program.stdout.write(b"future")
        program.end()
        self.assertEqual(await process.stdout.read_all(), b"future")
        self.assertEqual(await process.read().read_all(), b"kept future")
        self.assertEqual(await process.read(offset=error.end, timeline=error.timeline).read_all(), b"future")
        with self.assertRaises(NotFoundError):
            await self.sandbox.rewind("nowhere")

    async def test_a_reader_that_takes_rewinds_goes_on_however_far_that_is_back(self) -> None:
        told: list[GapError] = []
        process, program = await self.start(on_gap=told.append)
        checkpoint = await self.sandbox.checkpoint()
        for size in (4 * WINDOW, 3 * WINDOW):
            program.stdout.write(bytes(size))
            read = 0
            while read < size:
                read += len(await process.stdout.read())
            self.assertEqual(read, size)
            await self.sandbox.rewind(checkpoint)
        program.end()
        self.assertEqual(await process.stdout.read_all(), b"")
        self.assertEqual([(error.start, error.end, type(error)) for error in told],
                         [(4 * WINDOW, 0, RewoundError), (3 * WINDOW, 0, RewoundError)])  # fmt: skip
        self.assertLessEqual(self.hub.most_ahead, WINDOW)

    async def test_a_new_history_as_long_as_what_was_read_is_not_mistaken_for_it(self) -> None:
        process, program = await self.start()
        checkpoint = await self.sandbox.checkpoint()
        program.stdout.write(b"first")
        self.assertEqual(await process.stdout.read(), b"first")
        await self.hub.carry_out("RewindSandbox", {"id": "one", "checkpointId": checkpoint.id})
        program.stdout.write(b"other words")
        self.hub.cut()
        with self.assertRaises(RewoundError):
            await process.stdout.read()

    async def test_who_has_read_nothing_yet_reads_the_new_history(self) -> None:
        process, program = await self.start()
        await self.sandbox.rewind(await self.sandbox.checkpoint())
        program.stdout.write(b"new")
        program.end()
        self.assertEqual(await process.stdout.read_all(), b"new")

    async def test_another_timeline_without_a_word_is_a_fault_and_not_joined(self) -> None:
        process, program = await self.start()
        program.stdout.write(b"old")
        self.assertEqual(await process.stdout.read(), b"old")
        self.hub.says_rewound = False
        self.hub.timeline = 2
        program.stdout.write(b"new")
        with self.assertRaisesRegex(SandboxError, "timeline 1 to 2"):
            await process.stdout.read()

    async def test_input_at_an_offset_that_a_rewind_made_wrong_is_a_conflict_and_not_tried_for_ever(self) -> None:
        process, program = await self.start(stdin=True)
        await process.stdin.write("kept ")
        checkpoint = await self.sandbox.checkpoint()
        await process.stdin.write("lost")
        await self.sandbox.rewind(checkpoint)
        writes = len(self.hub.calls_of("WriteInput"))
        with self.assertRaises(ConflictError) as caught:
            await process.stdin.write("more")
        self.assertEqual(caught.exception.expected, 5)
        with self.assertRaises(ConflictError) as caught:
            await process.stdin.end()
        self.assertEqual(caught.exception.expected, 5)
        self.assertEqual(len(self.hub.calls_of("WriteInput")), writes + 1)
        again = await self.sandbox.process(process.id)
        await again.stdin.write("more")
        await again.stdin.end()
        self.assertEqual(program.stdin, b"kept more")

    async def test_a_program_started_after_the_checkpoint_is_gone_and_starts_go_on(self) -> None:
        checkpoint = await self.sandbox.checkpoint()
        late, _ = await self.start()
        await self.sandbox.rewind(checkpoint)
        with self.assertRaises(NotFoundError):
            await late.wait()
        await self.start(process_id="chosen")
        self.assertEqual(self.hub.calls_of("StartProcess")[-1]["timeline"], 2)
