import assert from "node:assert/strict";
import { runExample } from "./examples.mjs";

/** What each example must print, on whatever server. */
export const exampleChecks = {
  async basic(t, url, env) {
    const output = await runExample(t, "basic.mjs", url, { env });
    assert.match(output, /Hello from 42\nA later program reads: kept\nSorted: apple, fig, pear\nAs expected: exited 3\n/);
  },
  async parallel(t, url, env) {
    const output = await runExample(t, "parallel.mjs", url, { env });
    assert.match(output, /Sum: 2470\nProcesses known to the sandbox: 20\n/);
  },
  async reconnect(t, url, env) {
    const output = await runExample(t, "reconnect.mjs", url, { env });
    const lines = output.replaceAll(/^(\[|--).*\n/gm, "");
    assert.equal(lines, `${Array.from({ length: 20 }, (_, index) => `line ${index + 1}\n`).join("")}Exit code: 0\n`);
  },
  async shell(t, url, env) {
    const output = await runExample(t, "shell.mjs", url, { env, input: "echo $((40 + 2))-here\nexit 0\n" });
    assert.match(output, /42-here/);
  },
};
