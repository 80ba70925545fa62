"""Against the server at SANDBOX_URL (with the API key SANDBOX_KEY, where it needs one)."""

from __future__ import annotations

import asyncio
import hashlib
import os
import pathlib
import signal
import tempfile
import unittest
import uuid
from collections.abc import AsyncIterator

from sandbox_client import (
    ConflictError,
    ConnectionOptions,
    InvalidRequestError,
    NotFoundError,
    Process,
    ProcessTimeoutError,
    RewoundError,
    Sandbox,
    SandboxGoneError,
    TemplateProgress,
    Terminal,
    connect,
)

from .cutting_proxy import CuttingProxy
from .deadline import AsyncTest, seeded

URL = os.environ.get("SANDBOX_URL", "")
KEY = os.environ.get("SANDBOX_KEY")
QUICK = ConnectionOptions(backoff_base=0.005, backoff_cap=0.2)


@unittest.skipUnless(URL, "no server: set SANDBOX_URL, such as http://127.0.0.1:8080")
class RealServer(AsyncTest):
    deadline = 180.0

    async def asyncSetUp(self) -> None:
        self.sandbox = await Sandbox.create(URL, key=KEY, labels={"made-by": "clients-python-tests"}, options=QUICK)
        self.addAsyncCleanup(self._remove)

    async def _remove(self) -> None:
        await self.sandbox.delete()
        await self.sandbox.close()

    async def test_code_runs_and_its_outputs_and_exit_are_told(self) -> None:
        process = await self.sandbox.exec("python", "import sys; print('grüße'); print('oh', file=sys.stderr); sys.exit(3)")
        self.assertEqual(await asyncio.gather(process.stdout.text(), process.stderr.text()), ["grüße\n", "oh\n"])
        exit_ = await process.wait()
        self.assertEqual((exit_.reason, exit_.code), ("exited", 3))
        shell = await self.sandbox.exec("bash", "echo $A; pwd; id -u", env={"A": "b"}, cwd="/tmp", user="root")
        self.assertEqual(await shell.stdout.text(), "b\n/tmp\n0\n")

    async def test_a_template_is_built_from_a_recipe_is_used_and_goes(self) -> None:
        name = f"py-{uuid.uuid4().hex[:12]}"
        seen: list[str] = []
        async with connect(URL, key=KEY, options=QUICK) as client, asyncio.timeout(60):
            with tempfile.TemporaryDirectory() as folder:
                os.makedirs(f"{folder}/app/deep")
                with open(f"{folder}/app/deep/one", "w") as file:
                    file.write("one\n")
                os.symlink("deep/one", f"{folder}/app/link")
                recipe = {"files": [{"from": "app", "to": "/srv/app"}], "run": ["cat /srv/app/link"], "user": "root"}

                def tell(happened: TemplateProgress) -> None:
                    seen.append(happened.command or happened.data.decode())

                built = await client.build_template(name, recipe, folder=folder, on_progress=tell)
                self.assertEqual(seen, ["start from base", "copy app to /srv/app", "cat /srv/app/link", "one\n", "store"])
                self.assertEqual((built.template.name, built.cached, built.template.raw["user"]), (name, False, "root"))
                os.utime(f"{folder}/app/deep/one", (1, 1))
                self.assertTrue((await client.build_template(name, recipe, folder=folder)).cached)
                with self.assertRaisesRegex(InvalidRequestError, "exit code 7.*\n.*oh no"):
                    await client.build_template(name, {"run": ["echo oh no; exit 7"]})
            sandbox = await client.create(template=name)
            self.assertEqual(await (await sandbox.spawn(["sh", "-c", "cat /srv/app/link; id -un"])).stdout.text(), "one\nroot\n")
            with self.assertRaises(ConflictError):
                await client.remove_template(name)
            await sandbox.delete()
            told: list[int] = []
            imported = await client.import_template(f"{name}-copy", client.export_snapshot(name), on_progress=lambda done, _: told.append(done))
            self.assertEqual((imported.name, imported.raw["user"]), (f"{name}-copy", "root"))
            self.assertGreater(told[-1], 1_000_000)
            with self.assertRaises(InvalidRequestError):
                await client.import_template("py-bad", b"no image")
            await client.remove_template(imported.name)
            self.assertIn(name, [template.name async for template in client.templates()])
            await client.remove_template(name)
            with self.assertRaises(NotFoundError):
                await client.template(name)

    async def test_files_stay_between_programs(self) -> None:
        await (await self.sandbox.exec("bash", "echo here > file")).wait(check=True)
        self.assertEqual(await (await self.sandbox.spawn(["cat", "file"])).stdout.text(), "here\n")

    async def test_a_directory_goes_up_and_comes_down_as_it_is_and_a_link_that_leads_out_is_left_out(self) -> None:
        files = self.sandbox.files
        with tempfile.TemporaryDirectory() as name:
            here = pathlib.Path(name)
            (here / "tree" / "deep").mkdir(parents=True)
            (here / "tree" / "deep" / "big").write_bytes(bytes(3_000_000))
            (here / "tree" / "run.sh").write_text("echo ran")
            (here / "tree" / "run.sh").chmod(0o755)
            (here / "tree" / "link").symlink_to("run.sh")
            told: list[int] = []
            await files.upload_directory(here / "tree", "/home/user/tree", on_progress=lambda done, _: told.append(done))
            self.assertGreater(told[-1], 3_000_000)
            ran = await self.sandbox.spawn(["sh", "-c", "tree/link; ln -s /etc/passwd tree/out"])
            self.assertEqual(await ran.stdout.text(), "ran\n")
            await ran.wait(check=True)
            left_out = await files.download_directory("/home/user/tree", here / "back", on_progress=lambda done, _: told.append(done))
            self.assertEqual(left_out, ["out"])
            self.assertGreater(told[-1], 3_000_000)
            self.assertEqual((here / "back" / "link").read_text(), "echo ran")
            self.assertEqual((here / "back" / "deep" / "big").stat().st_size, 3_000_000)
            with self.assertRaises(NotFoundError) as missing:
                await files.download_directory("/home/user/none", here)
            self.assertEqual(missing.exception.details["file"], "no_such_file")
            self.assertGreater(len(b"".join([piece async for piece in files.pack("/home/user/tree")])), 3_000_000)
            # Given up in the middle, it leaves no thread behind.
            await (await self.sandbox.exec("bash", "head -c 30000000 /dev/zero > tree/large")).wait(check=True)
            begun = asyncio.Event()
            giving_up = asyncio.create_task(files.download_directory("/home/user/tree", here / "half", on_progress=lambda *_: begun.set()))
            await begun.wait()
            giving_up.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await giving_up
            async for _ in files.pack("/home/user/tree"):
                break

    async def test_a_download_goes_on_where_its_connection_was_cut(self) -> None:
        random_ = seeded()
        data = random_.randbytes(5_000_000)
        await self.sandbox.files.write("/home/user/large", data)
        proxy = CuttingProxy(URL, random_, 4, least=300_000, most=900_000)
        async with proxy.running() as url, Sandbox.attach(url, self.sandbox.id, self.sandbox.token, key=KEY, options=QUICK) as through:
            told: list[int] = []
            pieces = [piece async for piece in through.files.read("/home/user/large", on_progress=lambda done, _: told.append(done))]
            self.assertEqual(hashlib.sha256(b"".join(pieces)).digest(), hashlib.sha256(data).digest())
            self.assertEqual((proxy.cuts, told), (4, sorted(told)))
            rest = [piece async for piece in through.files.read("/home/user/large", offset=4_000_000)]
            self.assertEqual(b"".join(rest), data[4_000_000:])
            self.assertEqual([piece async for piece in through.files.read("/home/user/large", offset=5_000_000)], [])

    async def test_an_upload_goes_on_where_its_connection_was_cut_and_what_is_appended_is_there_once(self) -> None:
        random_ = seeded()
        data = random_.randbytes(5_000_000)
        proxy = CuttingProxy(URL, random_, 6, least=600_000, most=1_500_000, upward=True)
        async with proxy.running() as url, Sandbox.attach(url, self.sandbox.id, self.sandbox.token, key=KEY, options=QUICK) as through:
            told: list[tuple[int, int | None]] = []
            entry = await through.files.write("/home/user/large", data, on_progress=lambda done, total: told.append((done, total)))
            self.assertEqual((entry.size, told), (len(data), [(min(part << 20, len(data)), len(data)) for part in range(1, 6)]))
            self.assertGreater(proxy.cuts, 2)
            self.assertEqual(await self.sandbox.files.read_bytes("/home/user/large"), data)
            self.assertEqual((await through.files.append("/home/user/large", data)).size, 2 * len(data))
            self.assertEqual(await self.sandbox.files.read_bytes("/home/user/large"), data + data)

    async def test_an_upload_that_is_given_up_goes_on_later_from_where_it_is(self) -> None:
        files = self.sandbox.files
        data = bytes(3_000_000)
        stopped = asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield data[: 2 << 20]
            stopped.set()
            await asyncio.Event().wait()

        writing = asyncio.create_task(files.write("/home/user/f", slowly(), upload="mine"))
        await stopped.wait()
        writing.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await writing
        self.assertFalse(await files.exists("/home/user/f"))
        with self.assertRaises(ConflictError) as asked:
            await files.write("/home/user/f", b"", upload="mine", offset=1 << 30)
        where = asked.exception.expected or 0
        self.assertEqual(where % (1 << 20), 0)
        self.assertEqual((await files.write("/home/user/f", data[where:], upload="mine", offset=where)).size, len(data))
        with self.assertRaises(ConflictError) as there:
            await files.write("/home/user/f", b"x", keep_existing=True)
        self.assertEqual(there.exception.details["file"], "exists")

    async def test_a_snapshot_is_exported_as_an_image_and_imported_under_another_name(self) -> None:
        await self.sandbox.files.write("/home/user/kept", "here")
        name, copy = f"py-{uuid.uuid4().hex[:8]}", f"py-copy-{uuid.uuid4().hex[:8]}"
        async with connect(URL, key=KEY, options=QUICK) as client:
            await self.sandbox.snapshot(name)
            try:
                told: list[int] = []
                image = client.export_snapshot(name)
                imported = await client.import_snapshot(copy, image, labels={"from": "py"}, on_progress=lambda done, _: told.append(done))
                self.assertEqual((imported.name, imported.labels), (copy, {"from": "py"}))
                self.assertGreater(told[-1], 1_000_000)
                self.assertEqual((await client.rename_snapshot(copy, f"{copy}-2")).name, f"{copy}-2")
                with self.assertRaises(ConflictError):
                    await client.rename_snapshot(name, f"{copy}-2")
                await client.rename_snapshot(f"{copy}-2", copy)
                again = await client.create(snapshot=copy)
                self.assertEqual(await again.files.read_text("/home/user/kept"), "here")
                await again.delete()
                with self.assertRaises(InvalidRequestError):
                    await client.import_snapshot("py-bad", b"no image")
                with self.assertRaises(NotFoundError):
                    _ = [piece async for piece in client.export_snapshot("py-none")]
            finally:
                await client.delete_snapshot(name)
                await client.delete_snapshot(copy)

    async def test_files_are_written_found_changed_and_read(self) -> None:
        files = self.sandbox.files
        data = seeded().randbytes(2_500_000)
        told: list[tuple[int, int | None]] = []
        entry = await files.write("/home/user/d/f", data, parents=True, mode="0640", on_progress=lambda done, total: told.append((done, total)))
        self.assertEqual((entry.size, entry.mode, told[-1]), (len(data), "0640", (len(data), len(data))))
        self.assertEqual(await files.read_bytes("/home/user/d/f"), data)
        rest = [piece async for piece in files.read("/home/user/d/f", offset=2_400_000, tag=entry.tag)]
        self.assertEqual(b"".join(rest), data[2_400_000:])
        self.assertEqual((await files.append("/home/user/log", "one\n")).size, 4)
        self.assertEqual((await files.append("/home/user/log", b"two\n")).size, 8)
        await files.copy("/home/user/log", "/home/user/d/copy")
        await files.rename("/home/user/d/copy", "/home/user/d/moved")
        await files.change_mode("/home/user/d/moved", "0755")
        found = {entry.path: entry.mode for entry in (await files.list("/home/user/d")).entries}
        self.assertEqual(found, {"/home/user/d/f": "0640", "/home/user/d/moved": "0755"})
        self.assertEqual([entry.path for entry in (await files.glob("/home/user", "**/mov*")).entries], ["/home/user/d/moved"])
        self.assertEqual([(match.line, match.text) for match in (await files.search("/home/user/d", "two")).matches], [(2, "two")])
        watch = files.watch("/home/user/d")
        self.assertEqual((await anext(watch)).type, "ready")
        await files.make_directory("/home/user/d/new")
        self.assertEqual((await anext(watch)).path, "/home/user/d/new")
        await watch.aclose()  # type: ignore[attr-defined]
        await files.remove("/home/user/d", recursive=True)
        self.assertFalse(await files.exists("/home/user/d/f"))
        with self.assertRaises(NotFoundError) as missing:
            await files.read_bytes("/home/user/d/f")
        self.assertEqual(missing.exception.details["file"], "no_such_file")

    async def test_what_goes_in_comes_out(self) -> None:
        data = seeded().randbytes(2_000_000)
        process = await self.sandbox.spawn(["cat"], stdin=True)

        async def write() -> None:
            await process.stdin.write(data)
            await process.stdin.end()

        _, out = await asyncio.gather(write(), process.stdout.read_all())
        self.assertEqual(hashlib.sha256(out).digest(), hashlib.sha256(data).digest())

    async def test_every_line_arrives_once_while_the_connection_is_cut_a_hundred_times(self) -> None:
        # A piece of output takes up to 90,000 bytes: some connections are cut before one has come, most after it.
        proxy = CuttingProxy(URL, seeded(), 100, least=30_000, most=160_000)
        async with proxy.running() as url, Sandbox.attach(url, self.sandbox.id, self.sandbox.token, key=KEY, options=QUICK) as sandbox:
            process = await sandbox.spawn(["seq", "-f", "%0100.0f", "120000"])
            number = 0
            async for line in process.stdout.lines():
                number += 1
                self.assertEqual(line, f"{number:0100}")
            self.assertEqual(number, 120_000)
            self.assertTrue((await process.wait()).ok)
        self.assertEqual(proxy.cuts, 100)

    async def test_every_byte_goes_in_and_out_once_while_the_connection_is_cut(self) -> None:
        random_ = seeded()
        data = random_.randbytes(1_000_000)
        proxy = CuttingProxy(URL, random_, 40, least=500, most=40_000)
        async with proxy.running() as url, Sandbox.attach(url, self.sandbox.id, self.sandbox.token, key=KEY, options=QUICK) as sandbox:
            process = await sandbox.spawn(["cat"], stdin=True)

            async def write() -> None:
                for start in range(0, len(data), 10_000):
                    await process.stdin.write(data[start : start + 10_000])
                await process.stdin.end()

            _, out = await asyncio.gather(write(), process.stdout.read_all())
        self.assertTrue(out == data)
        self.assertGreater(proxy.cuts, 10)

    async def test_two_viewers_see_the_same(self) -> None:
        process = await self.sandbox.spawn(["seq", "50000"])
        async with Sandbox.attach(URL, self.sandbox.id, self.sandbox.token, key=KEY, options=QUICK) as other:
            seen = await asyncio.gather(process.stdout.read_all(), (await other.process(process.id)).stdout.read_all())
        self.assertEqual(seen[0], "".join(f"{number}\n" for number in range(1, 50_001)).encode())
        self.assertTrue(seen[0] == seen[1])

    async def test_fifty_programs_at_once(self) -> None:
        async def run(number: int) -> str:
            process = await self.sandbox.spawn(["sh", "-c", f"sleep 0.2; echo {number}"])
            text = await process.stdout.text()
            await process.wait(check=True)
            return text

        self.assertEqual(await asyncio.gather(*(run(number) for number in range(50))), [f"{number}\n" for number in range(50)])

    async def test_a_terminal_is_real(self) -> None:
        process = await self.sandbox.spawn(["bash", "--norc"], terminal=Terminal(rows=30, cols=100), env={"PS1": "$ "})
        async with process:
            await process.stdin.write("stty size; echo ma''rk\n")
            shown = await self._until(process, b"mark")
            self.assertIn(b"30 100", shown)
            await process.resize(40, 120)
            # Said by what Ctrl-C is for, so that it has the terminal by then.
            await process.stdin.write("stty size; sh -c 'echo slee''ping; exec sleep 1000'\n")
            self.assertIn(b"40 120", await self._until(process, b"sleeping"))
            await process.stdin.write("\x03")
            await process.stdin.write("echo al''ive; exit 4\n")
            await self._until(process, b"alive")
            self.assertEqual((await process.wait()).code, 4)

    async def _until(self, process: Process, wanted: bytes) -> bytes:
        shown = bytearray()
        while wanted not in shown:
            chunk = await process.terminal.read()
            self.assertTrue(chunk, f"the terminal ended before {wanted!r}: {bytes(shown)!r}")
            shown += chunk
        return bytes(shown)

    async def test_programs_are_ended_by_signals_kills_and_their_timeout(self) -> None:
        slept, killed, timed = await asyncio.gather(
            self.sandbox.spawn(["sleep", "1000"]), self.sandbox.spawn(["sleep", "1000"]), self.sandbox.spawn(["sleep", "1000"], timeout=0.3)
        )
        await slept.signal(signal.SIGTERM)
        await killed.kill()
        self.assertEqual([(await process.wait()).signal for process in (slept, killed)], [15, 9])
        with self.assertRaises(ProcessTimeoutError):
            await timed.wait(check=True)

    async def test_an_id_starts_one_program(self) -> None:
        first = await self.sandbox.exec("bash", "echo $RANDOM$RANDOM", process_id="once")
        second = await self.sandbox.exec("bash", "echo $RANDOM$RANDOM", process_id="once")
        self.assertEqual(await first.stdout.text(), await second.stdout.text())
        self.assertEqual(first.pid, second.pid)

    async def test_pausing_stops_programs_and_resuming_lets_them_go_on(self) -> None:
        process = await self.sandbox.spawn(["sh", "-c", "sleep 0.5; echo done"])
        self.assertEqual((await self.sandbox.pause()).status, "paused")
        self.assertEqual((await self.sandbox.pause()).status, "paused")
        self.assertEqual((await self.sandbox.resume()).status, "running")
        self.assertEqual(await process.stdout.text(), "done\n")

    async def test_numbered_lines_go_on_over_a_suspend_and_a_write_wakes_the_program(self) -> None:
        program = await self.sandbox.exec(
            "bash", "n=0; until read -t 0; do echo line $n; n=$((n + 1)); sleep 0.02; done; read word; echo got $word after $n", stdin=True
        )
        lines = program.stdout.lines()
        for number in range(20):
            self.assertEqual(await anext(lines), f"line {number}")
        epoch = self.sandbox.info.epoch
        self.assertEqual((await self.sandbox.suspend()).status, "suspended")
        self.assertEqual((await self.sandbox.refresh()).status, "suspended")
        await program.stdin.write("stop\n")
        *rest, last = [line async for line in lines]
        end = 20 + len(rest)
        self.assertEqual(rest, [f"line {number}" for number in range(20, end)])
        self.assertEqual(last, f"got stop after {end}")
        await program.wait(check=True)
        await (await self.sandbox.spawn(["true"])).wait(check=True)
        self.assertGreater((await self.sandbox.refresh()).epoch, epoch)
        types = [event.type async for event in self.sandbox.events(follow=False)]
        self.assertEqual([name for name in types if name in ("suspended", "restored", "rewound")], ["suspended", "restored"])

    async def test_a_forked_python_has_its_globals_and_each_goes_on_by_itself(self) -> None:
        python = await self.sandbox.spawn(["python3", "-i", "-q"], process_id="python", stdin=True, env={"PYTHONUNBUFFERED": "1"})
        lines = python.stdout.lines()
        await python.stdin.write("x = 40; print(x)\n")
        self.assertEqual(await anext(lines), "40")
        forks = await self.sandbox.fork(2)
        for fork in forks:
            self.addAsyncCleanup(fork.delete)
        self.assertEqual(len({(sandbox.id, sandbox.token) for sandbox in (self.sandbox, *forks)}), 3)
        for number, fork in enumerate(forks, 1):
            twin = await fork.process("python")
            await twin.stdin.write(f"x += {number}; print(x)\n")
            its = twin.stdout.lines()
            self.assertEqual([await anext(its), await anext(its)], ["40", str(40 + number)])
        await python.stdin.write("print(x)\n")
        self.assertEqual(await anext(lines), "40")

    async def test_a_rewind_goes_back_to_a_checkpoint_and_readers_and_writers_are_told(self) -> None:
        counter = await self.sandbox.exec("python", "n = 0\nwhile input(): n += 1; print(n, flush=True)", stdin=True)

        async def read(process: Process, wanted: bytes) -> None:
            shown = b""
            while shown != wanted:
                chunk = await process.stdout.read()
                self.assertTrue(chunk and wanted.startswith(shown + chunk), shown + chunk)
                shown += chunk

        await counter.stdin.write("go\n")
        await read(counter, b"1\n")
        checkpoint = await self.sandbox.checkpoint(label="one")
        await counter.stdin.write("go\ngo\n")
        await read(counter, b"2\n3\n")
        timeline = self.sandbox.info.timeline
        reading = asyncio.create_task(counter.stdout.read())
        self.assertEqual((await self.sandbox.rewind(checkpoint)).timeline, timeline + 1)
        with self.assertRaises(RewoundError) as rewound:
            await reading
        self.assertEqual((rewound.exception.start, rewound.exception.end, rewound.exception.timeline), (6, 2, timeline + 1))
        with self.assertRaises(ConflictError) as conflict:
            await counter.stdin.write("go\n")
        self.assertEqual(conflict.exception.expected, 3)
        again = await self.sandbox.process(counter.id)
        await again.stdin.write("go\n")
        await read(again, b"1\n2\n")
        await read(counter, b"2\n")
        listed = await self.sandbox.checkpoints()
        self.assertEqual([kept.label for kept in listed.checkpoints if kept.id == listed.current == checkpoint.id], ["one"])
        async for event in self.sandbox.events():
            if event.type == "rewound":
                self.assertEqual((event.checkpoint_id, event.timeline), (checkpoint.id, timeline + 1))
                break

    async def test_events_tell_what_happened_in_their_order(self) -> None:
        process = await self.sandbox.spawn(["true"], process_id="noted")
        await process.wait()
        seen = []
        async for event in self.sandbox.events():
            seen.append(event)
            if event.type == "process_exited":
                await self.sandbox.delete()
        self.assertEqual([event.sequence for event in seen], list(range(seen[0].sequence, seen[0].sequence + len(seen))))
        types = [event.type for event in seen]
        self.assertEqual([name for name in types if name in ("created", "process_started", "process_exited", "deleted")],
                         ["created", "process_started", "process_exited", "deleted"])  # fmt: skip
        with self.assertRaises(SandboxGoneError):
            await self.sandbox.spawn(["true"])

    async def test_sandboxes_are_listed_described_and_found_by_their_token(self) -> None:
        async with connect(URL, key=KEY, options=QUICK) as client:
            mine = [info.id async for info in client.list(labels={"made-by": "clients-python-tests"}, page=1)]
            self.assertIn(self.sandbox.id, mine)
            self.assertFalse((await client.create(id=self.sandbox.id, labels={"made-by": "clients-python-tests"})).created)
            with self.assertRaises(ConflictError):
                await client.create(id=self.sandbox.id)
            with self.assertRaises(NotFoundError):
                await client.attach(f"none-{uuid.uuid4().hex[:8]}")
        async with Sandbox.attach(URL, self.sandbox.id, self.sandbox.token, options=QUICK) as sandbox:
            self.assertEqual((await sandbox.refresh()).status, "running")
            stats = await sandbox.stats()
            self.assertGreaterEqual(stats.uptime, 0)

    async def test_wrong_requests_are_errors_and_the_connection_stays(self) -> None:
        with self.assertRaises(InvalidRequestError):
            await self.sandbox.spawn([])
        with self.assertRaises(InvalidRequestError):
            await self.sandbox.spawn(["true"], process_id="/")
        with self.assertRaises(NotFoundError):
            await self.sandbox.process("none")
        self.assertEqual((await self.sandbox.refresh()).id, self.sandbox.id)
