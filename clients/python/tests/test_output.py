from __future__ import annotations

import asyncio

from sandbox_client import GapError, RewoundError, SandboxError, UnavailableError

from .deadline import seeded
from .hub_test import HubTest
from .scripted_hub import WINDOW, HubError, cuts_at_random


class Output(HubTest):
    async def test_every_line_arrives_once_while_the_connection_is_cut_a_hundred_times(self) -> None:
        random_ = seeded()
        cuts_at_random(self.hub, random_, 100)
        process, program = await self.start()
        lines: list[str] = []

        async def print_lines() -> None:
            while self.hub.cuts < 100:
                new = [f"line {number} {'x' * random_.randrange(200)}" for number in range(len(lines), len(lines) + 100)]
                program.stdout.write("".join(f"{line}\n" for line in new).encode())
                lines.extend(new)
                await asyncio.sleep(0.001)
            program.end()

        printing = asyncio.create_task(print_lines())
        read = [line async for line in process.stdout.lines()]
        await printing
        self.assertEqual(len(read), len(lines))
        self.assertEqual(read, lines)
        self.assertEqual(self.hub.cuts, 100)
        self.assertGreater(self.hub.connections, 90)
        self.assertLessEqual(self.hub.most_ahead, WINDOW)
        self.assertTrue((await process.wait()).ok)

    async def test_both_outputs_are_whole_when_read_at_once_over_cut_connections(self) -> None:
        random_ = seeded()
        cuts_at_random(self.hub, random_, 50)
        process, program = await self.start()
        written = {"stdout": bytearray(), "stderr": bytearray()}

        async def write() -> None:
            while self.hub.cuts < 50:
                for name, data in written.items():
                    new = random_.randbytes(random_.randrange(20_000))
                    program.logs[name].write(new)
                    data += new
                await asyncio.sleep(0.001)
            program.end()

        stdout, stderr, _ = await asyncio.gather(process.stdout.read_all(), process.stderr.read_all(), write())
        self.assertTrue(stdout == written["stdout"] and stderr == written["stderr"])
        self.assertEqual(self.hub.cuts, 50)

    async def test_a_reader_that_stalls_is_sent_a_window_and_hinders_no_other(self) -> None:
        process, program = await self.start()
        program.stdout.write(bytes(4 * WINDOW))
        first = await process.stdout.read()
        self.assertTrue(first)
        other = process.read("stdout")
        read = 0
        while read < 4 * WINDOW:
            read += len(await other.read())
        stalled = self.hub.calls_of("ReadOutput")[0]["readId"]
        self.assertEqual([ack for ack in self.hub.calls_of("AckOutput") if ack["readId"] == stalled], [])
        self.assertLessEqual(self.hub.most_ahead, WINDOW)
        program.end()
        self.assertEqual(len(first) + len(await process.stdout.read_all()), 4 * WINDOW)

    async def test_a_stalled_reader_holds_no_more_after_many_lost_connections(self) -> None:
        process, program = await self.start()
        program.stdout.write(bytes(4 * WINDOW))
        await process.stdout.read()
        for _ in range(20):
            self.hub.cut()
            await process.describe()
        self.assertEqual(len(self.hub.calls_of("ReadOutput")), 1)

    async def test_acknowledgements_follow_what_was_taken(self) -> None:
        process, program = await self.start()
        program.stdout.write(bytes(10 * WINDOW))
        program.end()
        taken = 0
        async for chunk in process.stdout:
            for ack in self.hub.calls_of("AckOutput"):
                self.assertLessEqual(ack["offset"], taken)
            taken += len(chunk)
        self.assertEqual(taken, 10 * WINDOW)
        self.assertGreater(len(self.hub.calls_of("AckOutput")), 10)

    async def test_a_cancelled_read_loses_nothing(self) -> None:
        random_ = seeded()
        process, program = await self.start()
        data = random_.randbytes(300_000)
        self.hub.piece = lambda: random_.randint(1, 9_999)

        async def write() -> None:
            for start in range(0, len(data), 5_000):
                program.stdout.write(data[start : start + 5_000])
                await asyncio.sleep(0.001)
            program.end()

        writing = asyncio.create_task(write())
        read, cancelled = bytearray(), 0
        while True:
            try:
                async with asyncio.timeout(random_.uniform(0, 0.002)):
                    chunk = await process.stdout.read()
            except TimeoutError:
                cancelled += 1
                continue
            if not chunk:
                break
            read += chunk
        await writing
        self.assertTrue(read == data)
        self.assertGreater(cancelled, 0)

    async def test_what_fell_out_is_a_gap_error_and_reading_goes_on_behind_it(self) -> None:
        process, program = await self.start()
        program.stdout.write(b"0123456789")
        program.stdout.drop_before(4)
        program.end()
        with self.assertRaises(GapError) as caught:
            await process.stdout.read()
        self.assertEqual((caught.exception.start, caught.exception.end, caught.exception.lost, caught.exception.code), (0, 4, 4, "gap"))
        self.assertEqual(await process.stdout.read_all(), b"456789")

    async def test_a_gap_is_told_to_on_gap_where_that_is_given(self) -> None:
        gaps: list[GapError] = []
        process, program = await self.start(on_gap=gaps.append)
        program.stdout.write(b"0123456789")
        program.stdout.drop_before(4)
        program.end()
        self.assertEqual(await process.stdout.read_all(), b"456789")
        self.assertEqual([(gap.start, gap.end) for gap in gaps], [(0, 4)])

    async def test_a_gap_larger_than_the_window_does_not_stop_the_reader(self) -> None:
        process, program = await self.start(on_gap=lambda _: None)
        program.stdout.write(bytes(5 * WINDOW))
        program.stdout.drop_before(2 * WINDOW)
        program.end()
        self.assertEqual(len(await process.stdout.read_all()), 3 * WINDOW)

    async def test_a_rewind_is_told_and_the_new_timeline_read_on(self) -> None:
        process, program = await self.start()
        program.stdout.write(b"0123456789")
        self.assertEqual(await process.stdout.read(), b"0123456789")
        self.hub.timeline, self.hub.rewound_to = 2, 4
        del program.stdout.data[4:]
        program.stdout.write(b"abc")
        program.end()
        self.hub.cut()
        with self.assertRaises(RewoundError) as caught:
            await process.stdout.read()
        self.assertEqual((caught.exception.end, caught.exception.timeline), (4, 2))
        self.assertEqual(await process.stdout.read_all(), b"abc")
        self.assertEqual(process.stdout.timeline, 2)

    async def test_a_reader_starts_anywhere_and_ends_where_it_does_not_follow(self) -> None:
        process, program = await self.start()
        program.stdout.write(b"0123456789")
        self.assertEqual(await process.read(offset=3, follow=False).read_all(), b"3456789")
        self.assertIsNone(program.exit)

    async def test_lines_join_characters_that_came_in_halves(self) -> None:
        process, program = await self.start()
        self.hub.piece = lambda: 1
        program.stdout.write("ä\n\n€uro".encode() + b"\xff")
        program.end()
        self.assertEqual([line async for line in process.stdout.lines()], ["ä", "", "€uro\ufffd"])

    async def test_a_server_that_ignores_the_window_loses_the_stream(self) -> None:
        process, program = await self.start()
        self.hub.ignores_window = True
        program.stdout.write(bytes(6 * WINDOW))
        await process.stdout.read()
        await self.hub.until(lambda: bool(self.hub.calls_of("cancel")))
        with self.assertRaises(SandboxError):
            await process.stdout.read_all()
        self.assertEqual((await process.describe()).status, "running")

    async def test_bytes_that_a_server_repeats_are_left_out(self) -> None:
        self.hub.repeats = 3
        process, program = await self.start()
        program.stdout.write(b"0123456789")
        self.assertEqual(await process.stdout.read(), b"0123456789")
        self.hub.cut()
        program.stdout.write(b"abc")
        program.end()
        self.assertEqual(await process.stdout.read_all(), b"abc")

    async def test_a_stream_that_is_unavailable_is_asked_for_again(self) -> None:
        process, program = await self.start()
        program.stdout.write(b"there")
        program.end()
        self.hub.fail("ReadOutput", HubError("unavailable"), HubError("unavailable"))
        self.assertEqual(await process.stdout.read_all(), b"there")

    async def test_closing_a_stream_cancels_it_on_the_server(self) -> None:
        process, program = await self.start()
        program.stdout.write(b"there")
        async with process.stdout as stdout:
            self.assertEqual(await stdout.read(), b"there")
        await self.hub.until(lambda: bool(self.hub.calls_of("cancel")))
        self.assertEqual(await process.stdout.read(), b"")

    async def test_two_tasks_cannot_read_one_stream(self) -> None:
        process, _ = await self.start()
        reading = asyncio.create_task(process.stdout.read())
        await self.hub.until(lambda: bool(self.hub.calls_of("ReadOutput")))
        with self.assertRaisesRegex(RuntimeError, "Process.read"):
            await process.stdout.read()
        reading.cancel()

    async def test_a_stream_ends_in_unavailable_when_the_server_stays_away(self) -> None:
        process, _ = await self.start()
        reading = asyncio.create_task(process.stdout.read())
        await self.hub.until(lambda: bool(self.hub.calls_of("ReadOutput")))
        self.hub.refuse_with = [503] * 100_000
        self.hub.cut()
        with self.assertRaises(UnavailableError):
            await reading
