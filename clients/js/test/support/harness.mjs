import { Sandbox } from "sandbox-client";
import { ScriptedHub } from "./scripted-hub.mjs";
import { serve } from "./signalr-server.mjs";

/** A scripted server and a client of it, which end with the test. */
export async function scripted(test, options = {}) {
  const hub = new ScriptedHub();
  const server = await serve(hub);
  const client = await Sandbox.connect(server.url, options);
  test.after(async () => {
    await client.close();
    await server.close();
    if (hub.faults.length > 0) throw new AggregateError(hub.faults, "the scripted server failed");
  });
  return { hub, server, client, sandbox: await client.create() };
}

/** Waits until something is true. */
export async function until(condition, what, seconds = 10) {
  const deadline = performance.now() + seconds * 1000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Not within ${seconds} s: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}
