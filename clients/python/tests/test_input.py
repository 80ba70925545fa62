from __future__ import annotations

import asyncio

from sandbox_client import ConflictError, Terminal

from .deadline import seeded
from .hub_test import HubTest
from .scripted_hub import HubError


class Input(HubTest):
    async def test_every_byte_is_taken_once_while_calls_and_answers_are_lost(self) -> None:
        random_ = seeded()
        process, program = await self.start(stdin=True)
        expected = bytearray()
        for _ in range(60):
            if random_.random() < 0.5:
                self.hub.lose_answer("WriteInput")
            if random_.random() < 0.3:
                self.hub.lose_call("WriteInput")
            data = random_.randbytes(random_.choice((1, 100, 70_000)))
            expected += data
            await process.stdin.write(data)
        self.hub.lose_answer("EndInput")
        await process.stdin.end()
        self.assertTrue(program.stdin == expected)
        self.assertTrue(program.stdin_ended)
        self.assertGreater(self.hub.cuts, 20)

    async def test_text_is_written_as_utf8(self) -> None:
        process, program = await self.start(stdin=True)
        await process.stdin.write("grüße\n")
        self.assertEqual(bytes(program.stdin), "grüße\n".encode())

    async def test_writes_keep_their_order_when_made_at_once(self) -> None:
        process, program = await self.start(stdin=True)
        words = [f"{number};" for number in range(200)]
        await asyncio.gather(*(process.stdin.write(word) for word in words))
        self.assertEqual(program.stdin.decode(), "".join(words))

    async def test_a_program_that_takes_little_is_given_the_rest_again(self) -> None:
        process, program = await self.start(stdin=True)
        program.takes = 1_000
        await process.stdin.write(bytes(20_000))
        self.assertEqual(len(program.stdin), 20_000)

    async def test_a_program_that_does_not_read_makes_the_writer_wait(self) -> None:
        process, program = await self.start(stdin=True)
        program.takes = 0
        self.hub.fail("WriteInput", HubError("timeout"))
        writing = asyncio.create_task(process.stdin.write(b"later"))
        await self.hub.until(lambda: len(self.hub.calls_of("WriteInput")) >= 4)
        self.assertFalse(writing.done())
        program.takes = 100
        await writing
        self.assertEqual(bytes(program.stdin), b"later")

    async def test_a_write_after_a_cancelled_one_is_not_mistaken_for_its_repetition(self) -> None:
        process, program = await self.start(stdin=True)
        program.takes = 0
        writing = asyncio.create_task(process.stdin.write(b"first "))
        await self.hub.until(lambda: bool(self.hub.calls_of("WriteInput")))
        writing.cancel()
        await asyncio.wait([writing])
        program.takes = 100
        await process.stdin.write(b"second")
        self.assertEqual(bytes(program.stdin), b"first second")

    async def test_a_second_writer_is_a_conflict(self) -> None:
        process, program = await self.start(stdin=True)
        other = await self.sandbox.process(process.id)
        await process.stdin.write(b"mine, and long")
        with self.assertRaises(ConflictError):
            await other.stdin.write(b"hers")
        self.assertEqual(bytes(program.stdin), b"mine, and long")

    async def test_a_program_found_again_is_written_to_where_its_input_stands(self) -> None:
        process, program = await self.start(stdin=True)
        await process.stdin.write(b"one ")
        await (await self.sandbox.process(process.id)).stdin.write(b"two")
        self.assertEqual(bytes(program.stdin), b"one two")

    async def test_input_that_was_not_asked_for_is_refused_before_any_call(self) -> None:
        process, _ = await self.start()
        with self.assertRaisesRegex(ValueError, "stdin=True"):
            _ = process.stdin

    async def test_a_terminal_has_input_and_one_output(self) -> None:
        process, program = await self.start(terminal=Terminal(rows=10, cols=20))
        await process.stdin.write("ls\r")
        program.logs["terminal"].write(b"ls\r\n")
        program.end()
        self.assertEqual(await process.terminal.read_all(), b"ls\r\n")
        with self.assertRaisesRegex(ValueError, "process.terminal"):
            _ = process.stdout
        self.hub.lose_answer("ResizeTerminal")
        await process.resize(30, 40)
        self.assertEqual(process.info.terminal, (30, 40))
