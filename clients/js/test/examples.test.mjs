import test from "node:test";
import { exampleChecks } from "./support/example-checks.mjs";
import { ScriptedHub } from "./support/scripted-hub.mjs";
import { serve } from "./support/signalr-server.mjs";

for (const [name, check] of Object.entries(exampleChecks)) {
  test(`the example ${name} does what it says`, { timeout: 60_000 }, async t => {
    const server = await serve(new ScriptedHub());
    t.after(() => server.close());
    await check(t, server.url, {});
  });
}
