import assert from "node:assert/strict";
import test from "node:test";
import {
  CallTimeoutError, ConflictError, InvalidRequestError, LimitError, NotFoundError, PermissionError, Sandbox, SandboxError, SandboxGoneError,
  ServerError, UnavailableError, UnknownOutcomeError,
} from "sandbox-client";
import { scripted, until } from "./support/harness.mjs";
import { refuse, ScriptedHub } from "./support/scripted-hub.mjs";
import { serve } from "./support/signalr-server.mjs";

const limit = { timeout: 30_000 };

const kinds = [
  ["invalid", InvalidRequestError, {}], ["unauthorized", PermissionError, {}], ["forbidden", PermissionError, {}],
  ["not_found", NotFoundError, {}], ["conflict", ConflictError, { expected: 12, status: "paused" }], ["unknown", UnknownOutcomeError, {}],
  ["gone", SandboxGoneError, { status: "failed", reason: "it broke" }], ["limit", LimitError, {}],
  ["overloaded", UnavailableError, { retryAfter: 2 }], ["unavailable", UnavailableError, {}], ["internal", ServerError, { id: "f00" }],
];
for (const [code, type, details] of kinds) {
  test(`the code ${code} is a ${type.name}, and the connection stays`, limit, async t => {
    const { hub, sandbox, server } = await scripted(t);
    hub.override.SandboxStats = () => {
      throw refuse(code, `about ${code} {"braces": 1}`, details);
    };
    const error = await sandbox.stats().then(() => undefined, thrown => thrown);
    assert.ok(error instanceof type && error instanceof SandboxError);
    assert.equal(error.name, type.name);
    assert.equal(error.code, code);
    assert.equal(error.message, `about ${code} {"braces": 1}`);
    for (const [name, value] of Object.entries(details)) assert.equal(error[name], value);
    hub.override = {};
    assert.equal((await sandbox.stats()).uptime, 6);
    assert.equal(server.peers.size, 1);
    assert.equal(hub.negotiations.length, 1);
  });
}

test("a failure without a code is a fault of the server", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  hub.override.SandboxStats = () => {
    throw new Error("not for clients");
  };
  await assert.rejects(sandbox.stats(), ServerError);
  assert.equal(hub.count("SandboxStats"), 1);
});

test("a stream's refusal is its reader's error", limit, async t => {
  const { sandbox } = await scripted(t);
  const process = await sandbox.spawn(["hold"]);
  await sandbox.delete();
  await assert.rejects(process.stdout.readAll(), error => error instanceof SandboxGoneError && error.reason === "asked for");
  await assert.rejects(process.wait(), SandboxGoneError);
  await assert.rejects(sandbox.events().next(), SandboxGoneError);
  await sandbox[Symbol.asyncDispose]();
});

test("a call that is never answered ends at its time", limit, async t => {
  const { hub, sandbox } = await scripted(t, { callTimeout: 0.2 });
  hub.override.SandboxStats = () => hub.silence;
  await assert.rejects(sandbox.stats(), error => error instanceof CallTimeoutError && error.code === "timeout");
});

test("a call that the server found too slow is asked again where that is safe", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  let tries = 0;
  hub.override.StartProcess = () => {
    if (tries++ === 0) throw refuse("timeout");
  };
  assert.equal((await (await sandbox.spawn(["echo", "hi"])).result()).stdout, "hi\n");
});

test("a wait goes on while the server cannot", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  const process = await sandbox.spawn(["true"]);
  let tries = 0;
  hub.override.WaitProcess = () => {
    if (tries++ < 2) throw refuse("unavailable", "moving", { retryAfter: 0.01 });
  };
  assert.equal((await process.wait()).code, 0);
});

test("a server that is not there is an error within the time for connecting", limit, async () => {
  const started = performance.now();
  await assert.rejects(Sandbox.create("http://127.0.0.1:9", { connectTimeout: 0.3 }), UnavailableError);
  assert.ok(performance.now() - started < 10_000);
});

for (const [status, type, code] of [[401, PermissionError, "unauthorized"], [403, PermissionError, "forbidden"], [404, UnavailableError, "unavailable"]]) {
  test(`a server that answers ${status} is not asked again and again`, limit, async t => {
    const hub = new ScriptedHub();
    hub.negotiateStatus = status;
    const server = await serve(hub);
    t.after(() => server.close());
    await assert.rejects(Sandbox.connect(server.url), error => error instanceof type && error.code === code);
    assert.equal(hub.negotiations.length, 1);
  });
}

test("a server that is busy at first is waited for", limit, async t => {
  const hub = new ScriptedHub();
  hub.negotiateStatus = 503;
  const server = await serve(hub);
  const states = [];
  const connecting = Sandbox.connect(server.url, { onConnection: ({ state }) => states.push(state) });
  await until(() => hub.negotiations.length > 1, "it is asked again");
  hub.negotiateStatus = 200;
  const client = await connecting;
  await client.close();
  await server.close();
  assert.ok(states.includes("retrying"));
});

test("a lost connection that stays lost fails what waits, at its time", limit, async t => {
  const { sandbox, server, hub } = await scripted(t, { reconnectTimeout: 0.3, callTimeout: 5 });
  const process = await sandbox.spawn(["hold"]);
  const waiting = Promise.allSettled([process.stdout.readAll(), process.wait()]);
  await until(() => hub.count("ReadOutput") === 1, "it reads");
  hub.negotiateStatus = 503;
  for (const peer of server.peers) peer.cut();
  for (const { reason } of await waiting) assert.ok(reason instanceof UnavailableError);
  hub.negotiateStatus = 200;
  assert.equal((await sandbox.stats()).uptime, 6);
});

test("closing the client fails what waits, and what comes after", limit, async t => {
  const { client, sandbox, hub } = await scripted(t);
  const process = await sandbox.spawn(["hold"]);
  const waiting = Promise.allSettled([process.wait(), process.stdout.readAll(), sandbox.events().next()]);
  await until(() => ["WaitProcess", "ReadOutput", "ReadEvents"].every(method => hub.count(method) === 1), "all wait");
  await client.close();
  for (const { reason } of await waiting) assert.ok(reason instanceof UnavailableError);
  await assert.rejects(sandbox.stats(), UnavailableError);
});

test("a signal gives up a call, a wait, a reading, events and a connection", limit, async t => {
  const { client, hub, sandbox } = await scripted(t);
  const process = await sandbox.spawn(["hold"]);
  const stop = new AbortController();
  const { signal } = stop;
  hub.override.SandboxStats = () => hub.silence;
  const waiting = [
    sandbox.stats({ signal }), process.wait({ signal }), process.output("stdout", { signal }).readAll(), sandbox.events({ signal }).next(),
    process.result({ signal }),
  ];
  const outcomes = Promise.allSettled(waiting);
  await until(() => ["SandboxStats", "WaitProcess", "ReadOutput", "ReadEvents"].every(method => hub.count(method) > 0), "all wait");
  const reason = new Error("enough");
  stop.abort(reason);
  for (const outcome of await outcomes) assert.equal(outcome.reason, reason);
  await assert.rejects(client.create({ signal }), reason);
  await assert.rejects(Sandbox.connect("http://127.0.0.1:9", { signal: AbortSignal.timeout(50) }), { name: "TimeoutError" });
});

test("a wait goes on though the server takes no more waits", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  const process = await sandbox.spawn(["true"]);
  hub.override.WaitProcess = () => {
    throw refuse("limit", "192 calls of this connection are waiting.");
  };
  assert.equal((await process.wait()).code, 0);
});

test("a request that would cost the connection is refused before it leaves", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  await assert.rejects(sandbox.exec("python", "#".repeat(4_000_001)), InvalidRequestError);
  assert.equal(hub.count("StartProcess"), 0);
});
