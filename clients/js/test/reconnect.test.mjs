import assert from "node:assert/strict";
import test from "node:test";
import { ConflictError, UnknownOutcomeError } from "sandbox-client";
import { scripted, until } from "./support/harness.mjs";
import { refuse } from "./support/scripted-hub.mjs";

const limit = { timeout: 120_000 };

test("every line comes exactly once though the connection is cut in the middle of a frame a hundred times", limit, async t => {
  const states = [];
  const { hub, sandbox, server } = await scripted(t, { onConnection: ({ state }) => states.push(state) });
  hub.chunk = 4_000;
  const process = await sandbox.spawn(["lines", "500000"]);
  hub.budget = () => hub.cuts < 100 ? 1_000 + Math.random() * 90_000 : Infinity;
  for (const peer of server.peers) peer.budget = 10_000;

  const readLines = async stream => {
    let next = 0;
    for await (const line of stream.lines()) assert.equal(line, `line ${next++}`);
    return next;
  };
  assert.deepEqual(await Promise.all([readLines(process.stdout), readLines(process.output("stdout"))]), [500_000, 500_000]);
  assert.equal(hub.cuts, 100);
  assert.ok(states.filter(state => state === "lost").length >= 100);
});

test("a sandbox whose creation is not answered is made once, and its token is known", limit, async t => {
  const { client, hub } = await scripted(t);
  const before = hub.sandboxes.size;
  hub.lose.CreateSandbox = 1;
  const sandbox = await client.create();
  assert.equal(sandbox.token, hub.sandboxes.get(sandbox.id).token);
  assert.ok(sandbox.created);
  assert.equal(hub.sandboxes.size, before + 1);
});

test("a creation that the server takes back with the lost connection begins again, but under no chosen id", limit, async t => {
  const { client, hub } = await scripted(t);
  const takenBack = () => {
    let first;
    hub.override.CreateSandbox = ({ id }, peer) => {
      if (first === undefined) {
        first = id;
        peer.cut();
      } else if (id !== first) {
        return undefined;
      }

      throw refuse("conflict", "The sandbox is being deleted.", { status: "deleting" });
    };
  };
  takenBack();
  const sandbox = await client.create();
  assert.equal(sandbox.token, hub.sandboxes.get(sandbox.id).token);
  takenBack();
  await assert.rejects(client.create({ id: "mine" }), ConflictError);
});

test("a start whose answer is lost runs once", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  hub.lose.StartProcess = 3;
  const process = await sandbox.exec("bash", "echo once");
  assert.equal(await process.stdout.readAll(), "once\n");
  assert.equal(hub.cuts, 3);
  assert.deepEqual([...hub.starts], [[process.id, 1]]);
  assert.deepEqual(new Set(hub.calls.filter(({ method }) => method === "StartProcess").map(({ request }) => request.processId)), new Set([process.id]));
});

test("a repeated start carries what was known at the first try, and an answer that cannot be known is an error", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  let tries = 0;
  hub.override.StartProcess = (request, peer) => {
    if (tries++ > 0) return undefined;
    // The host dies with the call: another one takes over under the next epoch.
    hub.sandboxes.get(sandbox.id).info.epoch++;
    peer.cut();
    return {};
  };
  await assert.rejects(sandbox.spawn(["true"]), error => error instanceof UnknownOutcomeError && error.code === "unknown");
  assert.deepEqual(hub.calls.filter(({ method }) => method === "StartProcess").map(({ request }) => request.epoch), [1, 1]);
  assert.equal(hub.starts.size, 0);
});

test("a first start with an old epoch is asked again with the present one", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  hub.sandboxes.get(sandbox.id).info = { ...sandbox.info, epoch: 7, timeline: 3 };
  const process = await sandbox.spawn(["echo", "here"]);
  assert.equal(await process.stdout.readAll(), "here\n");
  assert.equal(sandbox.info.epoch, 7);
});

test("an id that the caller chose is not started again after an unknown outcome", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  hub.sandboxes.get(sandbox.id).info = { ...sandbox.info, epoch: 7 };
  await assert.rejects(sandbox.spawn(["true"], { id: "mine" }), UnknownOutcomeError);
  assert.equal(hub.starts.size, 0);
});

test("input whose answer is lost is taken once, in order", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  const process = await sandbox.spawn(["cat"], { stdin: true });
  let whole = "";
  for (let round = 0; round < 30; round++) {
    if (round % 3 === 0) hub.lose.WriteInput = 1;
    const piece = `${round},`.repeat(round % 5 === 0 ? 30_000 : 3);
    whole += piece;
    await process.stdin.write(piece);
  }

  hub.lose.EndInput = 1;
  await process.stdin.end();
  assert.equal(await process.stdout.readAll(), whole);
  assert.equal(hub.cuts, 11);
});

test("writes that wait are joined, and a program that takes little gets all of it", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  const process = await sandbox.spawn(["hold"], { stdin: true });
  const there = hub.process({ sandboxId: sandbox.id, processId: process.id });
  there.takes = 7;
  await Promise.all(Array.from({ length: 40 }, (_, index) => process.stdin.write(`${index};`)));
  assert.equal(there.stdin.toString(), Array.from({ length: 40 }, (_, index) => `${index};`).join(""));
  await process.stdin.end();
  assert.ok(there.inputEnded);
});

test("a write given up before it left is not written", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  const process = await sandbox.spawn(["hold"], { stdin: true });
  const there = hub.process({ sandboxId: sandbox.id, processId: process.id });
  let release;
  hub.override.WriteInput = () => new Promise(resolve => {
    release = () => resolve(undefined);
  });
  const first = process.stdin.write("first ");
  await until(() => release !== undefined, "the first write arrives");
  const stop = new AbortController();
  const second = process.stdin.write("second ", { signal: stop.signal });
  const third = process.stdin.write("third");
  stop.abort(new Error("enough"));
  await assert.rejects(second, /enough/);
  hub.override = {};
  release();
  await Promise.all([first, third]);
  assert.equal(there.stdin.toString(), "first third");
});

test("a signal whose answer is lost is not sent again", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  const process = await sandbox.spawn(["hold"]);
  hub.lose.SignalProcess = 1;
  await assert.rejects(process.signal("USR1"), UnknownOutcomeError);
  assert.equal(hub.count("SignalProcess"), 1);
});

test("a token under a chosen id is not lost with the answer, and whoever comes later gets the sandbox without it", limit, async t => {
  const { hub, client } = await scripted(t);
  hub.lose.CreateSandbox = 1;
  const sandbox = await client.create({ id: "mine" });
  assert.equal(sandbox.token, hub.sandboxes.get("mine").token);
  assert.match(sandbox.token, /^owner\.[A-Za-z0-9_-]{32,128}$/);
  assert.ok(sandbox.created);
  const later = await client.create({ id: "mine" });
  assert.deepEqual([later.token, later.created], [undefined, false]);
  const known = await client.create({ id: "mine", token: sandbox.token.slice("owner.".length) });
  assert.deepEqual([known.token, known.created], [sandbox.token, false]);
  await assert.rejects(client.create({ id: "mine", token: "x".repeat(32) }), ConflictError);
});

test("a pause whose answer is lost is a pause", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  hub.lose.PauseSandbox = 1;
  assert.equal((await sandbox.pause()).status, "paused");
});

test("waiting for a program survives lost connections", limit, async t => {
  const { hub, sandbox, server } = await scripted(t);
  const process = await sandbox.spawn(["hold"]);
  const exit = process.wait();
  for (let round = 1; round <= 3; round++) {
    await until(() => hub.count("WaitProcess") >= round, "it waits");
    for (const peer of server.peers) peer.cut();
  }

  await until(() => hub.count("WaitProcess") >= 4, "it waits again");
  hub.process({ sandboxId: sandbox.id, processId: process.id }).end({ reason: "exited", code: 5 });
  assert.equal((await exit).code, 5);
});

test("events come in order, each once, over lost connections", limit, async t => {
  const { hub, sandbox, server } = await scripted(t);
  const seen = [];
  const reading = (async () => {
    for await (const event of sandbox.events()) {
      seen.push(event.sequence);
      if (event.type === "deleted") return;
    }
  })();
  for (let sequence = 1; sequence <= 60; sequence++) {
    hub.event(sandbox.id, sequence, sequence === 60 ? "deleted" : "paused");
    if (sequence % 6 === 0) for (const peer of server.peers) peer.cut();
    await until(() => seen.length >= sequence - 3, "events come");
  }

  await reading;
  assert.deepEqual(seen, Array.from({ length: 60 }, (_, index) => index + 1));
});

test("the session cookie is kept over reconnections", limit, async t => {
  const { server, sandbox } = await scripted(t);
  for (const peer of server.peers) peer.cut();
  await sandbox.describe();
  assert.match([...server.peers].at(-1).headers.cookie, /affinity=here/);
});
