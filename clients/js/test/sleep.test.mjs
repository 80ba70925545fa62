import assert from "node:assert/strict";
import test from "node:test";
import { ConflictError, NotFoundError, RewoundError, UnknownOutcomeError } from "sandbox-client";
import { scripted } from "./support/harness.mjs";

const limit = { timeout: 30_000 };
const text = ({ value }) => new TextDecoder().decode(value);

async function held(t, options = {}) {
  const all = await scripted(t);
  const process = await all.sandbox.spawn(["hold"], options);
  return { ...all, process, there: all.hub.process({ sandboxId: all.sandbox.id, processId: process.id }) };
}

test("checkpoints are taken, listed as a tree and deleted", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  const first = await sandbox.checkpoint({ label: "clean" });
  assert.deepEqual([first.id, first.label, first.bytes, first.parent], ["c1", "clean", 1_000, undefined]);
  const second = await sandbox.checkpoint();
  assert.deepEqual(await sandbox.checkpoints(), { checkpoints: [first, second], current: "c2" });
  assert.equal(second.parent, first.id);
  await assert.rejects(sandbox.deleteCheckpoint(second), error => error instanceof ConflictError && error.status === "running");
  assert.deepEqual(await sandbox.deleteCheckpoint("c1"), { checkpoints: [second], current: "c2" });
  for (const { request } of hub.calls.slice(1)) assert.deepEqual([request.id, request.token], [sandbox.id, sandbox.token]);
});

test("a suspended sandbox is restored by a call or by the next write, and its streams go on unbroken", limit, async t => {
  const { sandbox, process, there } = await held(t, { stdin: true });
  const reader = process.stdout.getReader();
  there.log("stdout").append("before ");
  assert.equal(text(await reader.read()), "before ");
  assert.equal((await sandbox.suspend()).status, "suspended");
  assert.equal((await sandbox.suspend()).status, "suspended");
  const { status, epoch, timeline } = await sandbox.restore();
  assert.deepEqual([status, epoch, timeline, sandbox.info.epoch], ["running", 2, 1, 2]);

  await sandbox.suspend();
  await process.stdin.write("typed");
  assert.equal((await sandbox.describe()).status, "running");
  there.log("stdout").append("after");
  assert.equal(text(await reader.read()), "after");
  assert.equal(there.stdin.toString(), "typed");
});

test("attaching wakes a sandbox unless it is to sleep on", limit, async t => {
  const { client, sandbox } = await scripted(t);
  await sandbox.suspend();
  const { id, token } = sandbox;
  const asleep = await client.attach(id, { token, wake: false });
  assert.equal(asleep.info.status, "suspended");
  assert.equal((await asleep.checkpoints()).current, "c1");
  assert.equal((await sandbox.describe()).status, "suspended");
  assert.equal((await client.attach(id, { token })).info.status, "running");
});

test("a switch whose answer is lost is asked for again", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  for (const method of ["SuspendSandbox", "RestoreSandbox", "CheckpointSandbox", "RewindSandbox"]) hub.lose[method] = 1;
  assert.equal((await sandbox.suspend()).status, "suspended");
  assert.equal((await sandbox.restore()).status, "running");
  const checkpoint = await sandbox.checkpoint();
  assert.equal((await sandbox.rewind(checkpoint)).status, "running");
  assert.equal(hub.cuts, 4);
});

test("a start that is repeated over a restore carries what was known at first, and runs once", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  let tries = 0;
  hub.override.StartProcess = (request, peer) => {
    if (tries++ > 0) return undefined;
    hub.SuspendSandbox({ id: sandbox.id });
    peer.cut();
    return {};
  };
  const process = await sandbox.spawn(["echo", "once"]);
  assert.equal(await process.stdout.readAll(), "once\n");
  assert.deepEqual(
    hub.calls.filter(({ method }) => method === "StartProcess").map(({ request }) => [request.epoch, request.timeline]), [[1, 1], [1, 1]]);
  assert.equal(hub.sandboxes.get(sandbox.id).info.epoch, 2);
  assert.deepEqual([...hub.starts.values()], [1]);
});

test("a fork gives sandboxes with ids and tokens of their own", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  const forks = await sandbox.fork(3);
  assert.equal(new Set([sandbox.id, ...forks.map(({ id }) => id)]).size, 4);
  for (const fork of forks) {
    assert.deepEqual([fork.token, fork.created, fork.info.status], [`token-of-${fork.id}`, true, "running"]);
    await (await fork.spawn(["true"])).wait({ check: true });
    assert.equal(hub.calls.at(-1).request.token, fork.token);
    await fork.close();
  }

  assert.equal((await sandbox.describe()).status, "running");
  assert.equal((await sandbox.fork()).length, 1);
});

test("a fork whose answer is lost is not repeated: there would be more of them", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  hub.lose.ForkSandbox = 1;
  await assert.rejects(sandbox.fork(2), UnknownOutcomeError);
  assert.equal(hub.count("ForkSandbox"), 1);
});

test("a rewind breaks the streams of the old history, and they can be read on in the new one", limit, async t => {
  const { sandbox, process, there } = await held(t);
  const reader = process.stdout.getReader();
  there.log("stdout").append("kept ");
  const checkpoint = await sandbox.checkpoint();
  there.log("stdout").append("never happened");
  let read = "";
  while (read !== "kept never happened") read += text(await reader.read());
  const next = reader.read();
  assert.equal((await sandbox.rewind(checkpoint)).timeline, 2);
  const error = await next.then(() => undefined, thrown => thrown);
  assert.ok(error instanceof RewoundError);
  assert.deepEqual(error.rewind, { channel: "stdout", timeline: 2, from: 19, to: 5 });
  there.log("stdout").append("future");
  there.end({ reason: "exited", code: 0 });
  const { to: offset, timeline } = error.rewind;
  assert.equal(await process.output("stdout", { offset, timeline }).readAll(), "future");
  assert.equal(await process.output("stdout").readAll(), "kept future");
  await assert.rejects(sandbox.rewind("nowhere"), NotFoundError);
});

test("a reader that takes rewinds goes on in the new history, however far that is back", limit, async t => {
  const rewinds = [];
  const { hub, sandbox, process, there } = await held(t, { onRewind: rewind => rewinds.push(rewind) });
  const checkpoint = await sandbox.checkpoint();
  const reader = process.stdout.getReader();
  for (const [size, times] of [[1_000_000, 0], [700_000, 1]]) {
    there.log("stdout").append("x".repeat(size));
    let length = 0;
    while (length < size) length += (await reader.read()).value.length;
    assert.equal(length, size);
    assert.equal(rewinds.length, times);
    if (times === 0) await sandbox.rewind(checkpoint);
  }

  assert.deepEqual(rewinds, [{ channel: "stdout", timeline: 2, from: 1_000_000, to: 0 }]);
  assert.ok(hub.furthest <= 262_144);
});

test("a new history that has grown as long as what was read is not mistaken for it", limit, async t => {
  const { hub, sandbox, process, there, server } = await held(t);
  const checkpoint = await sandbox.checkpoint();
  there.log("stdout").append("first");
  const reader = process.stdout.getReader();
  assert.equal(text(await reader.read()), "first");
  hub.RewindSandbox({ id: sandbox.id, checkpointId: checkpoint.id });
  there.log("stdout").append("other words");
  for (const peer of server.peers) peer.cut();
  await assert.rejects(reader.read(), error => error instanceof RewoundError && error.rewind.to <= error.rewind.from);
});

test("who has read nothing yet joins no histories: it reads the new one", limit, async t => {
  const { sandbox, process, there } = await held(t);
  const checkpoint = await sandbox.checkpoint();
  await sandbox.rewind(checkpoint);
  there.log("stdout").append("new");
  there.end({ reason: "exited", code: 0 });
  assert.equal(await process.stdout.readAll(), "new");
});

test("input at an offset that a rewind made wrong is a conflict that says where it is, and not tried for ever", limit, async t => {
  const { hub, sandbox, process, there } = await held(t, { stdin: true });
  await process.stdin.write("kept ");
  const checkpoint = await sandbox.checkpoint();
  await process.stdin.write("lost");
  await sandbox.rewind(checkpoint);
  const conflict = error => error instanceof ConflictError && error.expected === 5;
  const writes = hub.count("WriteInput");
  await assert.rejects(process.stdin.write("more"), conflict);
  await assert.rejects(process.stdin.end(), conflict);
  assert.equal(hub.count("WriteInput"), writes + 1);
  await (await sandbox.process(process.id)).stdin.end("more");
  assert.equal(there.stdin.toString(), "kept more");
});

test("a program that was started after the checkpoint is gone, and starts go on", limit, async t => {
  const { sandbox } = await scripted(t);
  const checkpoint = await sandbox.checkpoint();
  const late = await sandbox.spawn(["hold"]);
  await sandbox.rewind(checkpoint);
  await assert.rejects(late.wait(), NotFoundError);
  assert.equal((await (await sandbox.spawn(["echo", "again"])).result()).stdout, "again\n");
});

test("the events of sleeping are told", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  const told = [
    ["checkpointed", { checkpointId: "c1" }], ["suspended", { checkpointId: "c2" }], ["restored", { checkpointId: "c2", timeline: 1 }],
    ["rewound", { checkpointId: "c1", since: "2026-01-01T00:00:00Z", timeline: 2, reason: "its host was lost" }],
    ["forked", { checkpointId: "c3", sandboxId: "other" }], ["checkpoint_failed", { reason: "The disk is full." }],
    ["started_cold", { checkpointId: "c2", since: "2026-01-01T00:00:00Z", timeline: 3, reason: "It is damaged.", processIds: ["lost"] }],
  ];
  for (const [index, [type, more]] of told.entries()) hub.event(sandbox.id, index + 1, type, more);
  const seen = [];
  for await (const { sequence, time, type, ...more } of sandbox.events({ follow: false })) seen.push([type, more]);
  assert.deepEqual(seen, told);
});

test("the idle policy and the checkpoints' are sent as asked", limit, async t => {
  const { client, hub } = await scripted(t);
  const asked = { onIdle: "suspend", idleTimeout: 5, checkpointInterval: 60, keepCheckpoints: 3, keepFiles: true };
  await client.create(asked);
  const { onIdle, idleTimeout, checkpointInterval, keepCheckpoints, keepFiles } = hub.calls.at(-1).request;
  assert.deepEqual({ onIdle, idleTimeout, checkpointInterval, keepCheckpoints, keepFiles }, asked);
});

test("what cannot be restored is started cold where that is asked for", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  await sandbox.suspend();
  hub.sandboxes.get(sandbox.id).unrestorable = "It is damaged.";
  await assert.rejects(sandbox.restore(), error => error instanceof ConflictError && error.message === "It is damaged.");
  assert.equal((await sandbox.restore({ cold: true })).timeline, 2);
  assert.deepEqual(hub.calls.filter(call => call.method === "RestoreSandbox").map(call => call.request.cold), [undefined, true]);
});
