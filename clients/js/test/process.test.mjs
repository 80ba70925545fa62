import assert from "node:assert/strict";
import test from "node:test";
import { ProcessFailedError, ProcessTimeoutError, SandboxGoneError, InvalidRequestError, CallTimeoutError } from "sandbox-client";
import { scripted } from "./support/harness.mjs";

const limit = { timeout: 30_000 };

test("code runs, and its output, errors and end come back", limit, async t => {
  const { sandbox } = await scripted(t);
  const process = await sandbox.exec("python", "import sys; print('ä 1'); print('oh', file=sys.stderr); sys.exit(3)");
  assert.equal(await process.stdout.readAll(), "ä 1\n");
  assert.equal(await process.stderr.text(), "oh\n");
  const exit = await process.wait();
  assert.equal(exit.reason, "exited");
  assert.equal(exit.code, 3);
});

test("a program gets its arguments without a shell, and its environment", limit, async t => {
  const { sandbox } = await scripted(t);
  const process = await sandbox.spawn(["sh", "-c", "echo \"$1 $WORD\"", "-", "a b; $(c)"], { env: { WORD: "word" } });
  assert.deepEqual(await process.result(), { stdout: "a b; $(c) word\n", stderr: "", exit: await process.wait() });
});

test("input goes in and its end is seen", limit, async t => {
  const { sandbox } = await scripted(t);
  const process = await sandbox.spawn(["cat"], { stdin: true });
  await process.stdin.write("one ");
  await process.stdin.write(new TextEncoder().encode("two"));
  await process.stdin.end(" three");
  assert.equal(await process.stdout.readAll(), "one two three");
  assert.equal((await process.wait({ check: true })).code, 0);
});

test("a web stream can be piped into a program, and its output onwards", limit, async t => {
  const { sandbox } = await scripted(t);
  const process = await sandbox.spawn(["cat"], { stdin: true });
  const written = new Blob(["x".repeat(300_000)]).stream().pipeTo(process.stdin);
  const upper = process.stdout.pipeThrough(new TextDecoderStream());
  let length = 0;
  for await (const text of upper) length += text.length;
  await written;
  assert.equal(length, 300_000);
});

test("output comes line by line", limit, async t => {
  const { sandbox } = await scripted(t);
  const process = await sandbox.spawn(["printf", "one\\ntwo\\r\\n\\nlast"]);
  const lines = [];
  for await (const line of process.stdout.lines()) lines.push(line);
  assert.deepEqual(lines, ["one", "two", "", "last"]);
});

test("several readers see the same, from any offset", limit, async t => {
  const { sandbox } = await scripted(t);
  const process = await sandbox.spawn(["printf", "0123456789"]);
  await process.wait();
  assert.deepEqual(
    await Promise.all([process.stdout.readAll(), process.output("stdout").readAll(), process.output("stdout", { offset: 7 }).readAll()]),
    ["0123456789", "0123456789", "789"]);
});

test("reading without following ends at the present end", limit, async t => {
  const { sandbox, hub } = await scripted(t);
  const process = await sandbox.spawn(["hold"]);
  hub.process({ sandboxId: sandbox.id, processId: process.id }).log("stdout").append("so far");
  assert.equal(await process.output("stdout", { follow: false }).readAll(), "so far");
});

test("a process is killed, signalled and resized", limit, async t => {
  const { sandbox, hub } = await scripted(t);
  const process = await sandbox.spawn(["cat"], { terminal: { rows: 10, cols: 20 } });
  await process.resize({ rows: 50, cols: 132 });
  assert.deepEqual((await process.describe()).terminal, { rows: 50, cols: 132 });
  await process.stdin.write("hi\n");
  const reader = process.terminal.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "hi\n");
  await process.signal("SIGCONT");
  assert.deepEqual(hub.process({ sandboxId: sandbox.id, processId: process.id }).signals, ["CONT"]);
  await process.kill();
  assert.equal((await process.wait()).reason, "killed");
});

test("a process is found again by its id, and its input goes on", limit, async t => {
  const { sandbox } = await scripted(t);
  const first = await sandbox.spawn(["cat"], { stdin: true, id: "cat-1" });
  await first.stdin.write("one ");
  const again = await sandbox.process("cat-1");
  await again.stdin.end("two");
  assert.equal(await again.stdout.readAll(), "one two");
  assert.deepEqual((await sandbox.processes()).map(({ id }) => id), ["cat-1"]);
});

test("starting an id twice starts one program", limit, async t => {
  const { sandbox, hub } = await scripted(t);
  const first = await sandbox.spawn(["echo", "once"], { id: "job" });
  const second = await sandbox.spawn(["echo", "once"], { id: "job" });
  assert.equal(first.known, false);
  assert.equal(second.known, true);
  assert.equal(await second.stdout.readAll(), "once\n");
  assert.equal(hub.starts.get("job"), 1);
});

test("what a program lacks is said", limit, async t => {
  const { sandbox } = await scripted(t);
  const process = await sandbox.spawn(["true"]);
  assert.throws(() => process.stdin, InvalidRequestError);
  assert.throws(() => process.terminal, InvalidRequestError);
});

test("an end that is no success is an error where it is asked for", limit, async t => {
  const { sandbox, hub } = await scripted(t);
  const ends = [
    [{ reason: "exited", code: 2 }, ProcessFailedError, "process_failed"],
    [{ reason: "timeout" }, ProcessTimeoutError, "process_timeout"],
    [{ reason: "out_of_memory" }, ProcessFailedError, "process_failed"],
    [{ reason: "sandbox_ended" }, SandboxGoneError, "gone"],
  ];
  for (const [exit, type, code] of ends) {
    const process = await sandbox.spawn(["hold"]);
    hub.process({ sandboxId: sandbox.id, processId: process.id }).end(exit);
    assert.equal((await process.wait()).reason, exit.reason);
    await assert.rejects(process.wait({ check: true }), error => error instanceof type && error.code === code);
  }
});

test("waiting has a time of its own, and the program goes on", limit, async t => {
  const { sandbox } = await scripted(t);
  const process = await sandbox.spawn(["hold"]);
  await assert.rejects(process.wait({ timeout: 0.05 }), CallTimeoutError);
  assert.equal((await process.describe()).status, "running");
});

test("fifty programs run at once over one connection", limit, async t => {
  const { sandbox, server } = await scripted(t);
  const outputs = await Promise.all(Array.from({ length: 50 }, async (_, index) => {
    const process = await sandbox.spawn(["echo", String(index)]);
    return (await process.result({ check: true })).stdout;
  }));
  assert.deepEqual(outputs, Array.from({ length: 50 }, (_, index) => `${index}\n`));
  assert.equal(server.peers.size, 1);
});

test("disposing of a process kills it", limit, async t => {
  const { sandbox } = await scripted(t);
  const process = await sandbox.spawn(["cat"], { stdin: true });
  await process[Symbol.asyncDispose]();
  assert.equal((await process.wait()).reason, "killed");
});
