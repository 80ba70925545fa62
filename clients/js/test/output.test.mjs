import assert from "node:assert/strict";
import test from "node:test";
import { GapError, RewoundError, ServerError } from "sandbox-client";
import { scripted, until } from "./support/harness.mjs";

const limit = { timeout: 30_000 };
const window = 262_144;

async function held(t) {
  const all = await scripted(t);
  const process = await all.sandbox.spawn(["hold"]);
  return { ...all, process, there: all.hub.process({ sandboxId: all.sandbox.id, processId: process.id }) };
}

test("a reader that stops taking stops the flow, and holds up nothing else", limit, async t => {
  const { hub, process, there } = await held(t);
  there.log("stdout").append(Buffer.alloc(5_000_000, "x"));
  const reader = process.stdout.getReader();
  let taken = (await reader.read()).value.length;
  const sent = () => hub.furthest;
  await until(() => sent() >= window, "the window fills");
  await process.describe();
  assert.equal(hub.count("AckOutput"), 0);
  assert.equal(sent(), window);
  for (;;) {
    const { done, value } = await reader.read();
    if (value !== undefined) taken += value.length;
    if (taken === 5_000_000) there.end({ reason: "exited", code: 0 });
    if (done) break;
  }

  assert.equal(taken, 5_000_000);
  assert.equal(sent(), window);
  assert.ok(hub.count("AckOutput") > 50);
});

test("output that nobody reads is not asked for", limit, async t => {
  const { hub, process } = await held(t);
  assert.ok(process.stdout);
  await process.describe();
  assert.equal(hub.count("ReadOutput"), 0);
});

test("lost output is an error that says where to go on", limit, async t => {
  const { process, there } = await held(t);
  there.log("stdout").append("0123456789");
  there.log("stdout").forget(4);
  there.end({ reason: "exited", code: 0 });
  const error = await process.stdout.readAll().then(() => undefined, thrown => thrown);
  assert.ok(error instanceof GapError);
  assert.equal(error.code, "gap");
  assert.deepEqual(error.gap, { channel: "stdout", timeline: 1, from: 0, to: 4, lostBytes: 4 });
  assert.equal(await process.output("stdout", { offset: error.gap.to }).readAll(), "456789");
});

test("lost output is passed over where that is wanted", limit, async t => {
  const { sandbox, hub } = await scripted(t);
  const gaps = [];
  const process = await sandbox.spawn(["hold"], { onGap: gap => gaps.push(gap.lostBytes) });
  const there = hub.process({ sandboxId: sandbox.id, processId: process.id });
  there.log("stdout").append("0123456789");
  there.log("stdout").forget(4);
  there.end({ reason: "exited", code: 0 });
  assert.equal(await process.stdout.readAll(), "456789");
  assert.deepEqual(gaps, [4]);
});

for (const [wanted, name] of [[false, "an error"], [true, "told where that is wanted"]]) {
  test(`a sandbox that went back is ${name}`, limit, async t => {
    const { hub, sandbox, server } = await scripted(t);
    const rewinds = [];
    const process = await sandbox.spawn(["hold"], wanted ? { onRewind: rewind => rewinds.push(rewind) } : {});
    const there = hub.process({ sandboxId: sandbox.id, processId: process.id });
    there.log("stdout").append("old history");
    const reader = process.stdout.getReader();
    assert.equal(new TextDecoder().decode((await reader.read()).value), "old history");
    Object.assign(hub.sandboxes.get(sandbox.id), { info: { ...sandbox.info, timeline: 2 }, parted: 4 });
    there.log("stdout").cutBack(4);
    for (const peer of server.peers) peer.cut();
    there.log("stdout").append("future");
    const rewind = { channel: "stdout", timeline: 2, from: 11, to: 4 };
    if (wanted) {
      assert.equal(new TextDecoder().decode((await reader.read()).value), "future");
      assert.deepEqual(rewinds, [rewind]);
    } else {
      await assert.rejects(reader.read(), error => {
        assert.ok(error instanceof RewoundError);
        assert.deepEqual(error.rewind, rewind);
        return true;
      });
    }
  });
}

test("bytes that are missing without a word are a fault, not a result", limit, async t => {
  const { hub, process } = await held(t);
  hub.override.ReadOutput = async function* () {
    yield { type: "data", timeline: 1, offset: 0, data: "YWJj" };
    yield { type: "data", timeline: 1, offset: 4, data: "YWJj" };
  };
  await assert.rejects(process.stdout.readAll(), ServerError);
});

test("bytes that come twice are taken once", limit, async t => {
  const { hub, process } = await held(t);
  hub.override.ReadOutput = async function* () {
    yield { type: "data", timeline: 1, offset: 0, data: Buffer.from("abc").toString("base64") };
    yield { type: "data", timeline: 1, offset: 1, data: Buffer.from("bcde").toString("base64") };
    yield { type: "data", timeline: 1, offset: 0, data: Buffer.from("abc").toString("base64") };
    yield { type: "end", timeline: 1, offset: 5 };
  };
  assert.equal(await process.stdout.readAll(), "abcde");
});

test("a stream that the server ends early is read on", limit, async t => {
  const { hub, process } = await held(t);
  const offsets = [];
  hub.override.ReadOutput = async function* ({ offset }) {
    offsets.push(offset);
    if (offset < 3) yield { type: "data", timeline: 1, offset, data: Buffer.from("x").toString("base64") };
    else yield { type: "end", timeline: 1, offset };
  };
  assert.equal(await process.stdout.readAll(), "xxx");
  assert.deepEqual(offsets, [0, 1, 2, 3]);
});

test("very many small pieces for a slow reader are bounded, and all arrive", limit, async t => {
  const { hub, process, there } = await held(t);
  hub.chunk = 1;
  there.log("stdout").append("y".repeat(3_000));
  const reader = process.stdout.getReader();
  await reader.read();
  await until(() => hub.cancels === 1, "the client lets the stream go");
  hub.chunk = 49_152;
  there.end({ reason: "exited", code: 0 });
  let length = 1;
  for (let next = await reader.read(); !next.done; next = await reader.read()) length += next.value.length;
  assert.equal(length, 3_000);
  assert.equal(hub.count("ReadOutput"), 2);
});

test("leaving a loop over output cancels its stream", limit, async t => {
  const { hub, process, there } = await held(t);
  there.log("stdout").append("something");
  for await (const chunk of process.stdout) {
    assert.equal(chunk.length, 9);
    break;
  }

  let stopped = false;
  hub.override.ReadOutput = async function* (request, peer, signal) {
    yield { type: "data", timeline: 1, offset: 0, data: "YWJj" };
    await new Promise(resolve => signal.addEventListener("abort", resolve));
    stopped = true;
  };
  for await (const chunk of process.output("stdout")) {
    assert.equal(chunk.length, 3);
    break;
  }

  await until(() => stopped, "the server's stream ends");
});

test("events that fell out come as a gap, also where the server says nothing", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  hub.override.ReadEvents = async function* () {
    yield { type: "gap", from: 1, to: 4 };
    yield { sequence: 5, type: "paused" };
    yield { sequence: 5, type: "paused" };
    yield { sequence: 8, type: "deleted" };
  };
  const seen = [];
  for await (const event of sandbox.events()) seen.push(event.type === "gap" ? `${event.from}-${event.to}` : event.sequence);
  assert.deepEqual(seen, ["1-4", 5, "6-7", 8]);
});
