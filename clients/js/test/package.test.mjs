import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const here = fileURLToPath(new URL("..", import.meta.url));

test("the packed package is all that a program needs beside its dependency", { timeout: 60_000 }, async t => {
  const folder = await mkdtemp(join(tmpdir(), "sandbox-client-"));
  t.after(() => rm(folder, { recursive: true }));
  const packed = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], { cwd: here });
  const [{ filename, files }] = JSON.parse(packed.stdout);
  for (const { path } of files) assert.match(path, /^(dist\/|src\/|package\.json$|README\.md$)/);
  for (const needed of ["dist/index.js", "dist/index.d.ts", "README.md"]) assert.ok(files.some(({ path }) => path === needed), needed);

  const modules = join(folder, "node_modules");
  await mkdir(modules);
  await run("tar", ["-xzf", join(folder, filename), "-C", modules]);
  const target = join(modules, "sandbox-client");
  await run("mv", [join(modules, "package"), target]);
  for (const name of await readdir(join(here, "node_modules"))) {
    // Everything but the optional library: that the rest does without it is part of the test.
    if (name !== "google-auth-library" && !name.startsWith(".")) await symlink(join(here, "node_modules", name), join(modules, name));
  }

  await writeFile(join(folder, "program.mjs"), `
    import { Sandbox, SandboxError } from "sandbox-client";
    const error = await Sandbox.connect("http://127.0.0.1:9", { useGoogleAuth: true }).then(() => undefined, thrown => thrown);
    console.log(error instanceof SandboxError, error.message);
  `);
  const { stdout } = await run(process.execPath, ["program.mjs"], { cwd: folder });
  assert.match(stdout, /^true .*npm install google-auth-library/);
});
