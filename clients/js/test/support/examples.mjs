import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const library = fileURLToPath(new URL("../..", import.meta.url));
const examples = fileURLToPath(new URL("../../../../examples/js", import.meta.url));

/** Runs an example as a program of its own, with the library linked as `npm install` does. Gives what it printed; a failure throws. */
export async function runExample(test, name, url, { input = "", env = {} } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "sandbox-example-"));
  test.after(() => rm(folder, { recursive: true }));
  await cp(join(examples, name), join(folder, name));
  await mkdir(join(folder, "node_modules"));
  await symlink(library, join(folder, "node_modules", "sandbox-client"), "dir");
  const child = spawn(process.execPath, [name, url], { cwd: folder, env: { ...process.env, ...env }, signal: test.signal });
  let output = "";
  child.stdout.on("data", data => (output += data));
  child.stderr.on("data", data => (output += data));
  child.stdin.end(input);
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (code !== 0) throw new Error(`${name} exited with ${code}:\n${output}`);
  return output;
}
