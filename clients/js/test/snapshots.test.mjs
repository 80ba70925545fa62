import assert from "node:assert/strict";
import test from "node:test";
import { ConflictError, NotFoundError, UnknownOutcomeError } from "sandbox-client";
import { scripted } from "./support/harness.mjs";

const limit = { timeout: 30_000 };

test("snapshots are taken, listed by pages, labelled, renamed and deleted, and sandboxes start from them", limit, async t => {
  const { hub, sandbox, client } = await scripted(t);
  const taken = await sandbox.snapshot("one", { labels: { a: "b" } });
  assert.deepEqual([taken.snapshot.name, taken.snapshot.labels, taken.changed, taken.leftOut], ["one", { a: "b" }, ["srv/log"], []]);
  await assert.rejects(sandbox.snapshot("one"), ConflictError);
  assert.deepEqual((await sandbox.snapshot("one", { overwrite: true, consistent: true })).changed, []);
  for (const name of ["two", "three"]) await sandbox.snapshot(name);

  const names = [];
  for await (const { name } of client.snapshots({ pageSize: 2 })) names.push(name);
  assert.deepEqual(names, ["one", "three", "two"]);
  assert.deepEqual((await client.labelSnapshot("two", { n: "m" })).labels, { n: "m" });
  assert.equal((await client.snapshot("two")).name, "two");
  await assert.rejects(client.renameSnapshot("two", "three"), ConflictError);
  assert.equal((await client.renameSnapshot("two", "four")).name, "four");
  await assert.rejects(client.snapshot("two"), NotFoundError);
  await client.deleteSnapshot("four", { cascade: true });
  await assert.rejects(client.snapshot("four"), NotFoundError);
  await client.create({ snapshot: "one" });
  assert.equal(hub.calls.at(-1).request.snapshot, "one");
});

test("a snapshot whose answer is lost is not asked for again", limit, async t => {
  const { hub, sandbox } = await scripted(t);
  hub.lose.CreateSnapshot = 1;
  await assert.rejects(sandbox.snapshot("one"), UnknownOutcomeError);
  assert.equal(hub.calls.filter(({ method }) => method === "CreateSnapshot").length, 1);
});
