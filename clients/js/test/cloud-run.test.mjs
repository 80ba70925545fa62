// Against a real server: SANDBOX_URL=http://127.0.0.1:8080 npm test
import assert from "node:assert/strict";
import test from "node:test";
import { Sandbox } from "sandbox-client/cloud-run";
import { cutter } from "./support/cutter.mjs";

const url = process.env.SANDBOX_URL;
const options = { timeout: 120_000, skip: url ? false : "SANDBOX_URL is not set: give the address of a running server to test against it" };
const counting = "import time\nfor i in range(100):\n    print(f'{i:03}', flush=True)\n    time.sleep(0.03)\nprint('end')";

test("live: with enableAutoReconnect a program's output goes on after its connection was cut", options, async t => {
  const proxy = await cutter(url, state => (state.cuts < 2 ? 1200 : Infinity));
  t.after(() => proxy.close());
  const sandbox = await Sandbox.create(proxy.url, { enableAutoReconnect: true });
  t.after(() => sandbox.kill());
  const process = await sandbox.exec("python", counting);
  const text = await process.stdout.readAll();
  await process.wait();
  assert.ok(proxy.cuts > 0);
  assert.ok(text.endsWith("end\n"), text.slice(-20));
  // What was on its way is lost with a connection, be it the end of a line alone: the protocol has no offsets. Nothing comes twice.
  const numbers = text.match(/\d{3}/g).map(Number);
  assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => a - b));
  assert.ok(numbers.length > 90, `${numbers.length} numbers`);
});

test("live: without it a program ends with its connection, and the sandbox can be attached to", options, async t => {
  const proxy = await cutter(url, state => (state.cuts < 1 ? 1500 : Infinity));
  t.after(() => proxy.close());
  const sandbox = await Sandbox.create(proxy.url);
  const process = await sandbox.exec("python", counting);
  await assert.rejects(process.wait(), { name: "SandboxError" });
  for (;;) {
    try {
      const back = await Sandbox.attach(url, sandbox.sandboxId, sandbox.sandboxToken);
      return await back.kill();
    } catch (error) {
      // The server has not noticed yet.
      if (error.status !== "SANDBOX_IN_USE") throw error;
    }
  }
});
