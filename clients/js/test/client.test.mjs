import assert from "node:assert/strict";
import test from "node:test";
import { NotFoundError, PermissionError, Sandbox } from "sandbox-client";
import { scripted } from "./support/harness.mjs";
import { ScriptedHub } from "./support/scripted-hub.mjs";
import { serve } from "./support/signalr-server.mjs";

const limit = { timeout: 30_000 };

async function served(t) {
  const hub = new ScriptedHub();
  const server = await serve(hub);
  t.after(() => server.close());
  return { hub, server };
}

test("a sandbox is created, taken up by its token, and deleted by who made it", limit, async t => {
  const { hub, server } = await served(t);
  const made = await Sandbox.create(server.url, { labels: { a: "b" }, key: "secret" });
  const taken = await Sandbox.attach(server.url, made.id, { token: made.token });
  assert.equal(taken.created, false);
  await taken[Symbol.asyncDispose]();
  assert.equal((await made.describe()).status, "running");
  await made[Symbol.asyncDispose]();
  assert.equal(hub.sandboxes.get(made.id).info.status, "deleted");
  const { request } = hub.calls.find(({ method }) => method === "CreateSandbox");
  assert.deepEqual(request, { id: made.id, token: made.token.slice("owner.".length), labels: { a: "b" } });
});

test("a wrong token and an unknown id are told apart", limit, async t => {
  const { sandbox, server } = await scripted(t);
  await assert.rejects(Sandbox.attach(server.url, sandbox.id, { token: "wrong" }), PermissionError);
  await assert.rejects(Sandbox.attach(server.url, "nowhere"), NotFoundError);
});

test("the key goes as a bearer header, and a function is asked before each connection", limit, async t => {
  const { hub, server } = await served(t);
  let asked = 0;
  const client = await Sandbox.connect(server.url, { key: () => `key-${++asked}` });
  const sandbox = await client.create();
  assert.match(hub.negotiations[0].authorization, /^Bearer key-\d+$/);
  assert.match([...server.peers][0].headers.authorization, /^Bearer key-\d+$/);
  const before = asked;
  for (const peer of server.peers) peer.cut();
  await sandbox.describe();
  assert.ok(asked > before);
  await client.close();
});

test("a list is taken page by page", limit, async t => {
  const { client, hub } = await scripted(t);
  for (let index = 0; index < 6; index++) await client.create({ id: `z${index}` });
  const ids = [];
  for await (const { id } of client.list({ pageSize: 3, labels: { a: "b" } })) ids.push(id);
  assert.equal(ids.length, 7);
  assert.deepEqual(ids.slice(1), ["z0", "z1", "z2", "z3", "z4", "z5"]);
  const lists = hub.calls.filter(({ method }) => method === "ListSandboxes").map(({ request }) => request);
  assert.deepEqual(lists.map(({ after }) => after), [undefined, "z1", "z4"]);
  assert.deepEqual(lists[0].labels, { a: "b" });
});

test("a server's sandboxes are listed without a client, too", limit, async t => {
  const { client, server } = await scripted(t);
  await client.create({ id: "z" });
  const ids = [];
  for await (const { id } of Sandbox.list(server.url, { pageSize: 1 })) ids.push(id);
  assert.equal(ids.at(-1), "z");
  assert.equal(ids.length, 2);
});

test("the address may be of any of the usual forms", limit, async t => {
  const { server } = await served(t);
  for (const form of [server.url, `${server.url}/`, `${server.url}/hub`, server.url.replace("http", "ws"), new URL(server.url)]) {
    await (await Sandbox.connect(form)).close();
  }

  await assert.rejects(Sandbox.connect("127.0.0.1:8080"), TypeError);
  await assert.rejects(Sandbox.connect("ftp://x"), TypeError);
});
