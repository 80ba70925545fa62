import assert from "node:assert/strict";
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { ServerError } from "sandbox-client";
import { pack } from "tar-stream";
import { packDirectory as packNowhere, packSources as packSourcesNowhere, unpackDirectory as unpackNowhere } from "../dist/directories.js";
import { packDirectory, packSources, unpackDirectory } from "../dist/node/directories.js";

const limit = { timeout: 30_000 };

async function places(t) {
  const here = await mkdtemp(join(tmpdir(), "sandbox-directory-"));
  t.after(() => rm(here, { recursive: true }));
  const outside = join(here, "outside");
  await writeFile(outside, "kept");
  return { here, outside, target: join(here, "in") };
}

function archive(...entries) {
  const made = pack();
  for (const [type, name, linkname = ""] of entries) {
    made.entry({ name, type, linkname, mode: 0o7777 }, type === "file" ? "evil" : undefined);
  }

  made.finalize();
  return ReadableStream.from(made);
}

async function refused(target, named, ...entries) {
  await assert.rejects(unpackDirectory(archive(...entries), target), error => {
    assert.ok(error instanceof ServerError, error.stack);
    assert.ok(error.message.includes(`'${named}'`), error.message);
    return true;
  });
}

test("a name that leads out is refused", limit, async t => {
  const { target, outside } = await places(t);
  for (const name of ["../outside", "/tmp/sandbox-directory-outside", "a/../../outside", "d/../outside", ".."]) {
    for (const type of ["file", "directory", "symlink"]) await refused(target, type === "directory" ? `${name}` : name, [type, name, "target"]);
  }

  assert.equal(await readFile(outside, "utf8"), "kept");
});

test("what is neither file nor directory nor link is refused", limit, async t => {
  const { target, outside } = await places(t);
  for (const type of ["link", "fifo", "character-device", "block-device"]) await refused(target, "there", [type, "there", outside], ["file", "there"]);
  assert.equal(await readFile(outside, "utf8"), "kept");
  assert.deepEqual(await readdir(target), []);
});

test("nothing is written through a link, and none that leads out is made", limit, async t => {
  const { target, here, outside } = await places(t);
  const leftOut = await unpackDirectory(archive(
    ["symlink", "out", here], ["file", "out/outside"], ["symlink", "passwd", "/etc/passwd"], ["symlink", "up", ".."], ["file", "fine"], ["symlink", "in", "fine"],
    // Each by itself stays in; together the second would go up from where the first leads.
    ["symlink", "here", "."], ["symlink", "trick", "here/../outside"],
    ["directory", "a/b"], ["symlink", "a/b/fine", "../../fine"], ["symlink", "a/b/not", "../../../outside"]), target);
  assert.deepEqual(leftOut.sort(), ["a/b/not", "out", "passwd", "trick", "up"]);
  assert.equal(await readFile(outside, "utf8"), "kept");
  assert.equal(await readFile(join(target, "a/b/fine"), "utf8"), "evil");
  assert.equal(await readFile(join(target, "out/outside"), "utf8"), "evil");
  assert.equal(await readlink(join(target, "in")), "fine");

  // A link that was here before, and one below a link of the archive.
  await symlink(here, join(target, "mine"));
  await refused(target, "mine/outside", ["file", "mine/outside"]);
  await refused(target, "l/below", ["symlink", "l", "a"], ["symlink", "l/below", "fine"]);
  await refused(target, "a", ["symlink", "a", "fine"]);
  assert.equal(await readFile(outside, "utf8"), "kept");
});

test("nothing is setuid, and of two of one name the later one counts", limit, async t => {
  const { target } = await places(t);
  await unpackDirectory(archive(["file", "x"], ["symlink", "x", "y"], ["file", "x"], ["directory", "d"]), target);
  assert.equal(await readFile(join(target, "x"), "utf8"), "evil");
  for (const name of ["x", "d"]) assert.equal((await lstat(join(target, name))).mode & 0o7777, 0o777);
});

test("an archive that is cut short, or none, is refused", limit, async t => {
  const { target } = await places(t);
  const bytes = Buffer.concat(await all(archive(["file", "one"], ["file", "two"])));
  for (const cut of [bytes.subarray(0, 1_537), Buffer.alloc(2_048, "x")]) {
    await assert.rejects(unpackDirectory(ReadableStream.from([cut]), target), ServerError);
  }

  const broken = ReadableStream.from((async function*() {
    yield bytes.subarray(0, 700);
    throw new TypeError("terminated");
  })());
  await assert.rejects(unpackDirectory(broken, target), ServerError);
});

test("a directory is packed and unpacked as it was, and who stops reading stops it", limit, async t => {
  const { here, target } = await places(t);
  const deep = join(here, "from", "deep", "n".repeat(200));
  await mkdir(deep, { recursive: true });
  await writeFile(join(deep, "big"), new Uint8Array(9_000_000));
  await writeFile(join(here, "from", "empty"), "");
  await writeFile(join(here, "from", "run.sh"), "echo ran");
  await chmod(join(here, "from", "run.sh"), 0o755);
  await symlink("deep", join(here, "from", "link"));
  const told = [];
  assert.deepEqual(await unpackDirectory(ReadableStream.from(packDirectory(join(here, "from"))), target, ({ done }) => told.push(done)), []);
  assert.equal((await stat(join(target, "link", "n".repeat(200), "big"))).size, 9_000_000);
  assert.deepEqual([(await stat(join(target, "empty"))).size, (await stat(join(target, "run.sh"))).mode & 0o777], [0, 0o755]);
  assert.ok(told.at(-1) > 9_000_000);
  for await (const _ of packDirectory(join(here, "from"))) break;
  await assert.rejects(packDirectory(join(here, "none")).next(), { code: "ENOENT" });
});

test("what a recipe copies is packed, once each and with what it lies in, and nothing else", limit, async t => {
  const { here, target } = await places(t);
  const folder = join(here, "recipe");
  await mkdir(join(folder, "app", "deep"), { recursive: true });
  for (const name of ["app/deep/one", "app/two", "three", "other"]) await writeFile(join(folder, name), name);
  await chmod(join(folder, "app", "two"), 0o755);
  await symlink("../three", join(folder, "app", "link"));
  await unpackDirectory(ReadableStream.from(packSources(folder, ["./app", "app/two", "three"])), target);
  assert.deepEqual((await readdir(target, { recursive: true })).sort(), ["app", "app/deep", "app/deep/one", "app/link", "app/two", "three"]);
  assert.deepEqual([await readFile(join(target, "app/link"), "utf8"), (await stat(join(target, "app/two"))).mode & 0o777], ["three", 0o755]);

  const whole = join(here, "whole");
  await unpackDirectory(ReadableStream.from(packSources(folder, ["."])), whole);
  assert.deepEqual((await readdir(whole)).sort(), ["app", "other", "three"]);
});

test("a recipe copies nothing from outside of its folder", limit, async t => {
  const { here, outside } = await places(t);
  const folder = join(here, "recipe");
  await mkdir(join(folder, "app"), { recursive: true });
  await writeFile(join(folder, "app", "file"), "x");
  await symlink("app", join(folder, "to-app"));
  const links = { absolute: outside, up: "../outside", "app/up": "../../outside", "app/trick": "file/../../outside" };
  for (const [name, leads] of Object.entries(links)) await symlink(leads, join(folder, name));
  for (const source of ["../outside", outside, "app/../../outside", "none", "to-app/file", ...Object.keys(links), "app", "."]) {
    const packed = [];
    await assert.rejects(async () => {
      for await (const piece of packSources(folder, [source])) packed.push(piece);
    }, TypeError, source);
    assert.deepEqual(packed, []);
  }
});

test("a page is told that it has no directories", limit, () => {
  assert.throws(() => packNowhere("/x"), /needs Node/);
  assert.throws(() => packSourcesNowhere("/x", ["y"]), /needs Node/);
  assert.throws(() => unpackNowhere(new ReadableStream(), "/x"), /needs Node/);
});

async function all(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
}
