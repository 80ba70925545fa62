// Against a real server: SANDBOX_URL=http://127.0.0.1:8080 [SANDBOX_KEY=...] npm test
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import {
  CallTimeoutError, ConflictError, InvalidRequestError, NotFoundError, PermissionError, ProcessTimeoutError, RewoundError, Sandbox, SandboxClient,
  SandboxError, SandboxGoneError,
} from "sandbox-client";
import { cutter } from "./support/cutter.mjs";
import { exampleChecks } from "./support/example-checks.mjs";

const url = process.env.SANDBOX_URL;
const key = process.env.SANDBOX_KEY;
const access = key ? { key } : {};
const options = { timeout: 120_000, skip: url ? false : "SANDBOX_URL is not set: give the address of a running server to test against it" };
const live = (name, body) => test(`live: ${name}`, options, body);

async function made(t, more = {}) {
  let sandbox;
  t.after(async () => {
    await sandbox?.[Symbol.asyncDispose]();
    more.proxy?.close();
  });
  sandbox = await Sandbox.create(more.proxy?.url ?? url, { ...access, idleTimeout: 120, ...more.options });
  return sandbox;
}

live("code runs in both languages, with output, errors and exit codes", async t => {
  const sandbox = await made(t);
  const python = await sandbox.exec("python", "import sys; print('ä'); print('oh', file=sys.stderr); sys.exit(3)");
  const result = await python.result();
  assert.equal(result.stdout, "ä\n");
  assert.equal(result.stderr, "oh\n");
  assert.deepEqual([result.exit.reason, result.exit.code], ["exited", 3]);
  assert.equal((await (await sandbox.exec("bash", "echo $0 $((6*7))")).result()).stdout.split(" ").at(-1), "42\n");
});

live("input goes in by offset and its end is seen", async t => {
  const sandbox = await made(t);
  const process = await sandbox.spawn(["cat"], { stdin: true });
  const piece = "0123456789abcdef".repeat(20_000);
  const reading = process.stdout.readAll();
  await process.stdin.write("first ");
  await process.stdin.write(piece);
  await process.stdin.end();
  assert.equal(await reading, `first ${piece}`);
  assert.equal((await process.wait({ check: true })).code, 0);
});

live("files are written, found, changed and read, with progress and from the middle", async t => {
  const { files } = await made(t);
  const data = new Uint8Array(2_500_000).map((_, index) => index * 31 % 251);
  const told = [];
  async function* pieces() {
    for (let at = 0; at < data.length; at += 70_000) yield data.subarray(at, at + 70_000);
  }

  const entry = await files.write("/home/user/d/f", pieces(), { parents: true, mode: "0640", onProgress: progress => told.push(progress.done) });
  assert.deepEqual([entry.size, entry.mode, told], [data.length, "0640", [1 << 20, 2 << 20, data.length]]);
  assert.deepEqual(await files.readBytes("/home/user/d/f"), data);
  assert.deepEqual(await files.readBytes("/home/user/d/f", { offset: 2_400_000, tag: entry.tag }), data.slice(2_400_000));
  await assert.rejects(files.readBytes("/home/user/d/f", { tag: "other" }), error => error instanceof ConflictError && error.file === "changed");
  assert.equal((await files.append("/home/user/log", "one\n")).size, 4);
  assert.equal((await files.append("/home/user/log", "two\n")).size, 8);
  await files.copy("/home/user/log", "/home/user/d/copy");
  await files.rename("/home/user/d/copy", "/home/user/d/moved");
  await files.changeMode("/home/user/d/moved", "0755");
  const list = await files.list("/home/user/d");
  assert.deepEqual(list.entries.map(found => `${found.path} ${found.mode}`).sort(), ["/home/user/d/f 0640", "/home/user/d/moved 0755"]);
  assert.deepEqual((await files.glob("/home/user", "**/mov*")).entries.map(found => found.path), ["/home/user/d/moved"]);
  assert.deepEqual((await files.search("/home/user/d", "TWO", { anyCase: true })).matches, [{ path: "/home/user/d/moved", line: 2, text: "two" }]);
  const watch = files.watch("/home/user/d");
  assert.equal((await watch.next()).value.type, "ready");
  await files.makeDirectory("/home/user/d/new");
  assert.deepEqual((await watch.next()).value, { type: "created", path: "/home/user/d/new", directory: true });
  await watch.return();
  await files.remove("/home/user/d", { recursive: true });
  assert.equal(await files.exists("/home/user/d/f"), false);
  await assert.rejects(files.stat("/home/user/d"), error => error instanceof NotFoundError && error.file === "no_such_file");
});

live("starting an id twice starts one program", async t => {
  const sandbox = await made(t);
  const start = () => sandbox.exec("bash", "echo x >> marks; cat marks", { id: "once" });
  const [first, second] = await Promise.all([start(), start()]);
  assert.deepEqual([first.known, second.known].sort(), [false, true]);
  assert.equal(await second.stdout.readAll(), "x\n");
  assert.equal(await first.stdout.readAll(), "x\n");
});

live("a terminal is real: its size, its resizing, Ctrl-C and Ctrl-D", async t => {
  const sandbox = await made(t);
  const shell = await sandbox.spawn(["bash", "--norc"], { terminal: { rows: 31, cols: 97 } });
  let screen = "";
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of shell.terminal) screen += decoder.decode(chunk, { stream: true });
  })();
  const shows = async pattern => {
    const deadline = performance.now() + 20_000;
    while (!pattern.test(screen)) {
      if (performance.now() > deadline) throw new Error(`never showed ${pattern}: ${JSON.stringify(screen)}`);
      await new Promise(resolve => setTimeout(resolve, 10));
    }
  };
  await shell.stdin.write("stty size\n");
  await shows(/31 97/);
  await shell.resize({ rows: 40, cols: 120 });
  await shell.stdin.write("stty size\n");
  await shows(/40 120/);
  await shell.stdin.write("sh -c 'echo in=$((1+2)); exec sleep 1000'\n");
  await shows(/in=3/);
  await shell.stdin.write("\x03");
  await shell.stdin.write("echo after=$((1+1))\n");
  await shows(/after=2/);
  await shell.stdin.end();
  await reading;
  assert.equal((await shell.wait()).reason, "exited");
});

live("events tell of a sandbox's life, and can be read on", async t => {
  const sandbox = await made(t);
  const process = await sandbox.spawn(["true"], { id: "told" });
  await process.wait();
  const types = [];
  let since = 0;
  for await (const event of sandbox.events()) {
    if (event.type === "gap") throw new Error("a gap in a new sandbox's events");
    types.push(event.type);
    since = event.sequence;
    if (event.type === "process_exited") {
      assert.equal(event.processId, "told");
      assert.equal(event.exit.code, 0);
      break;
    }
  }

  assert.deepEqual(types, ["created", "process_started", "process_exited"]);
  const later = sandbox.events({ since });
  await sandbox.delete();
  const rest = [];
  for await (const event of later) rest.push(event.type);
  assert.deepEqual(rest, ["deleting", "deleted"]);
});

live("a sandbox is paused, resumed, measured, listed and described", async t => {
  const label = `t${Date.now()}`;
  const sandbox = await made(t, { options: { labels: { label } } });
  assert.equal((await sandbox.pause()).status, "paused");
  assert.equal((await sandbox.resume()).status, "running");
  assert.ok((await sandbox.stats()).uptime > 0);
  const client = await Sandbox.connect(url, access);
  t.after(() => client.close());
  const found = [];
  for await (const { id } of client.list({ labels: { label } })) found.push(id);
  assert.deepEqual(found, [sandbox.id]);
});

live("refusals are typed, and a connection outlives them", async t => {
  const sandbox = await made(t);
  const client = await Sandbox.connect(url, access);
  t.after(() => client.close());
  await assert.rejects(client.attach("no-such-sandbox"), NotFoundError);
  await assert.rejects(client.attach(sandbox.id, { token: "wrong" }), PermissionError);
  await assert.rejects(client.create({ id: sandbox.id, labels: { other: "request" } }), ConflictError);
  await assert.rejects(sandbox.process("nothing"), NotFoundError);
  const again = await client.attach(sandbox.id, { token: sandbox.token });
  assert.equal(again.info.status, "running");
  const process = await again.spawn(["sleep", "1000"]);
  await assert.rejects(process.wait({ timeout: 0.1 }), CallTimeoutError);
  // Calls run beside each other: the deletion may have begun when the server sees the wait.
  const gone = error => error instanceof SandboxGoneError || (error instanceof ConflictError && error.status === "deleting");
  await Promise.all([assert.rejects(process.wait({ check: true }), gone), sandbox.delete()]);
  await assert.rejects(again.spawn(["true"]), SandboxGoneError);
});

live("a program's own time limit, a kill and a signal are told apart", async t => {
  const sandbox = await made(t);
  const late = await sandbox.spawn(["sleep", "1000"], { timeout: 0.3 });
  await assert.rejects(late.wait({ check: true }), ProcessTimeoutError);
  const killed = await sandbox.spawn(["sleep", "1000"]);
  await killed.kill();
  assert.equal((await killed.wait()).reason, "killed");
  const trapped = await sandbox.exec("bash", "trap 'echo caught; exit 7' USR1; echo ready; while :; do sleep 0.05; done");
  const lines = trapped.stdout.lines();
  assert.equal((await lines.next()).value, "ready");
  await trapped.signal("USR1");
  assert.equal((await lines.next()).value, "caught");
  assert.equal((await trapped.wait()).code, 7);
});

live("fifty programs run at once", async t => {
  const sandbox = await made(t, { options: { processes: 200 } });
  const outputs = await Promise.all(Array.from({ length: 50 }, async (_, index) =>
    (await (await sandbox.spawn(["echo", String(index)])).result({ check: true })).stdout));
  assert.deepEqual(outputs, Array.from({ length: 50 }, (_, index) => `${index}\n`));
});

live("a stalled reader holds up no keystroke on its connection", async t => {
  const sandbox = await made(t);
  const flood = await sandbox.exec("bash", "yes | head -c 20000000");
  const stalled = flood.stdout.getReader();
  await stalled.read();
  const cat = await sandbox.spawn(["cat"], { terminal: true });
  const echo = cat.terminal.getReader();
  for (const letter of "echo") {
    await cat.stdin.write(letter);
    assert.equal(new TextDecoder().decode((await echo.read()).value), letter);
  }

  await cat.kill();
  let length = 0;
  const rest = flood.output("stdout");
  for await (const chunk of rest) length += chunk.length;
  assert.equal(length, 20_000_000);
  await stalled.cancel();
});

live("a program's numbered lines go on over a suspend, and a write wakes it", async t => {
  const sandbox = await made(t);
  const program = await sandbox.exec(
    "bash", "n=0; until read -t 0; do echo line $n; n=$((n + 1)); sleep 0.02; done; read word; echo got $word after $n", { stdin: true });
  const lines = program.stdout.lines();
  let next = 0;
  while (next < 20) assert.equal((await lines.next()).value, `line ${next++}`);
  assert.equal((await sandbox.suspend()).status, "suspended");
  assert.equal((await sandbox.describe()).status, "suspended");
  await program.stdin.write("stop\n");
  const rest = [];
  for await (const line of lines) rest.push(line);
  for (const line of rest.slice(0, -1)) assert.equal(line, `line ${next++}`);
  assert.equal(rest.at(-1), `got stop after ${next}`);
  await program.wait({ check: true });
  assert.ok(sandbox.info.epoch < (await sandbox.describe()).epoch);
  await (await sandbox.spawn(["true"])).wait({ check: true });
  const types = [];
  for await (const { type } of sandbox.events({ follow: false })) types.push(type);
  assert.deepEqual(types.filter(type => ["suspended", "restored", "rewound"].includes(type)), ["suspended", "restored"]);
});

live("a forked Python has its globals, and each goes on by itself", async t => {
  const sandbox = await made(t);
  const python = await sandbox.spawn(["python3", "-i", "-q"], { id: "python", stdin: true, env: { PYTHONUNBUFFERED: "1" } });
  const lines = python.stdout.lines();
  await python.stdin.write("x = 40; print(x)\n");
  assert.equal((await lines.next()).value, "40");
  const forks = await sandbox.fork(2);
  try {
    assert.equal(new Set([sandbox, ...forks].map(({ id }) => id)).size, 3);
    assert.equal(new Set([sandbox, ...forks].map(({ token }) => token)).size, 3);
    for (const [index, fork] of forks.entries()) {
      const twin = await fork.process("python");
      await twin.stdin.write(`x += ${index + 1}; print(x)\n`);
      const its = twin.stdout.lines();
      assert.deepEqual([(await its.next()).value, (await its.next()).value], ["40", String(41 + index)]);
    }

    await python.stdin.write("print(x)\n");
    assert.equal((await lines.next()).value, "40");
  } finally {
    // Before the original, whose connection they share.
    await Promise.all(forks.map(fork => fork.delete()));
  }
});

live("a rewind goes back to a checkpoint, and its readers and writers are told", async t => {
  const sandbox = await made(t);
  const counter = await sandbox.exec("python", "n = 0\nwhile input(): n += 1; print(n, flush=True)", { stdin: true });
  const counts = counter.stdout.lines();
  const count = async (process, lines) => {
    await process.stdin.write("go\n");
    return (await lines.next()).value;
  };
  assert.equal(await count(counter, counts), "1");
  const checkpoint = await sandbox.checkpoint({ label: "one" });
  assert.equal(await count(counter, counts), "2");
  assert.equal(await count(counter, counts), "3");
  const { timeline } = sandbox.info;
  const next = assert.rejects(counts.next(), error => {
    assert.ok(error instanceof RewoundError);
    assert.deepEqual([error.rewind.from, error.rewind.to, error.rewind.timeline], [6, 2, timeline + 1]);
    return true;
  });
  assert.equal((await sandbox.rewind(checkpoint)).timeline, timeline + 1);
  await next;
  await assert.rejects(counter.stdin.write("go\n"), error => error instanceof ConflictError && error.expected === 3);
  const again = await sandbox.process(counter.id);
  const lines = again.stdout.lines();
  assert.equal((await lines.next()).value, "1");
  assert.equal(await count(again, lines), "2");
  const { checkpoints, current } = await sandbox.checkpoints();
  assert.equal(current, checkpoint.id);
  assert.equal(checkpoints.find(({ id }) => id === current).label, "one");
  for await (const event of sandbox.events()) {
    if (event.type !== "rewound") continue;
    assert.deepEqual([event.checkpointId, event.timeline], [checkpoint.id, timeline + 1]);
    break;
  }
});

live("a directory goes up and comes down as it is, and a link that leads out is left out", async t => {
  const sandbox = await made(t);
  const { files } = sandbox;
  const here = await mkdtemp(join(tmpdir(), "sandbox-live-"));
  t.after(() => rm(here, { recursive: true }));
  await mkdir(join(here, "tree", "deep"), { recursive: true });
  await writeFile(join(here, "tree", "deep", "big"), new Uint8Array(3_000_000));
  await writeFile(join(here, "tree", "run.sh"), "echo ran", { mode: 0o755 });
  await symlink("run.sh", join(here, "tree", "link"));
  const told = [];
  const onProgress = ({ done }) => told.push(done);
  await files.uploadDirectory(join(here, "tree"), "/home/user/tree", { onProgress });
  assert.ok(told.at(-1) > 3_000_000);
  assert.equal((await (await sandbox.spawn(["sh", "-c", "tree/link; ln -s /etc/passwd tree/out"])).result()).stdout, "ran\n");
  assert.deepEqual(await files.downloadDirectory("/home/user/tree", join(here, "back"), { onProgress }), { leftOut: ["out"] });
  assert.equal(await readFile(join(here, "back", "link"), "utf8"), "echo ran");
  assert.equal((await stat(join(here, "back", "deep", "big"))).size, 3_000_000);
  await assert.rejects(files.downloadDirectory("/home/user/none", here), error => error instanceof NotFoundError && error.file === "no_such_file");
  await assert.rejects(files.unpack("/home/user/x", "no archive, but long enough for one".repeat(20)), error => error.file === "bad_archive");
});

live("a download goes on where its connection was cut", async t => {
  const sandbox = await made(t);
  const data = Buffer.from(Uint32Array.from({ length: 1_250_000 }, (_, index) => index * 2_654_435_761).buffer);
  await sandbox.files.write("/home/user/large", data);
  const proxy = await cutter(url, ({ cuts }) => cuts < 4 ? 800_000 : Infinity);
  t.after(() => proxy.close());
  const through = await Sandbox.attach(proxy.url, sandbox.id, { ...access, token: sandbox.token });
  t.after(() => through.close());
  const told = [];
  const read = await through.files.readBytes("/home/user/large", { onProgress: ({ done }) => told.push(done) });
  assert.equal(data.compare(read), 0);
  assert.equal(proxy.cuts, 4);
  assert.deepEqual(told, told.toSorted((one, other) => one - other));
  assert.equal(data.subarray(4_000_000).compare(await through.files.readBytes("/home/user/large", { offset: 4_000_000 })), 0);
  assert.equal((await through.files.readBytes("/home/user/large", { offset: 5_000_000 })).length, 0);
});

live("an upload goes on where its connection was cut, and what is appended is there once", async t => {
  const sandbox = await made(t);
  const data = Buffer.from(Uint32Array.from({ length: 1_250_000 }, (_, index) => index * 2_654_435_761).buffer);
  const proxy = await cutter(url, ({ cuts }) => cuts < 6 ? 600_000 + cuts * 150_000 : Infinity, { upward: true });
  t.after(() => proxy.close());
  const through = await Sandbox.attach(proxy.url, sandbox.id, { ...access, token: sandbox.token });
  t.after(() => through.close());
  const told = [];
  const entry = await through.files.write("/home/user/large", data, { onProgress: ({ done, total }) => told.push([done, total]) });
  assert.equal(entry.size, data.length);
  assert.ok(proxy.cuts > 2, `${proxy.cuts} cuts`);
  assert.deepEqual(told.map(([done]) => done), [1, 2, 3, 4].map(part => part * (1 << 20)).concat(data.length));
  assert.deepEqual(told.at(-1), [data.length, data.length]);
  assert.equal(data.compare(await sandbox.files.readBytes("/home/user/large")), 0);
  assert.equal((await through.files.append("/home/user/large", data)).size, 2 * data.length);
  assert.equal(data.compare(await sandbox.files.readBytes("/home/user/large", { offset: data.length })), 0);
});

live("an upload that is given up goes on later from where it is, or goes", async t => {
  const { files } = await made(t);
  const data = new Uint8Array(3_000_000).fill(7);
  const leaving = new AbortController();
  const upload = "mine";
  async function* slowly() {
    yield data.subarray(0, 2 << 20);
    leaving.abort(new Error("enough"));
    yield data.subarray(2 << 20);
  }

  await assert.rejects(files.write("/home/user/f", slowly(), { upload, signal: leaving.signal }), /enough/);
  assert.equal(await files.exists("/home/user/f"), false);
  const where = await files.write("/home/user/f", "", { upload, offset: 1e9 }).catch(error => error.expected);
  assert.equal(where % (1 << 20), 0);
  assert.equal((await files.write("/home/user/f", data.subarray(where), { upload, offset: where })).size, data.length);
  await assert.rejects(files.write("/proc/none", "x"), error => error instanceof SandboxError && error.file !== undefined);
  await assert.rejects(files.write("/home/user/f", "x", { keepExisting: true }), error => error instanceof ConflictError && error.file === "exists");
  await assert.rejects(files.write("/home/user/full", new Uint8Array(300 << 20)), error => error.file === "no_space");
});

live("a snapshot is exported as an image, and imported under another name", async t => {
  const client = await SandboxClient.connect(url, access);
  t.after(() => client.close());
  const sandbox = await client.create();
  const [name, copy] = [`js-${sandbox.id.slice(-8)}`, `js-copy-${sandbox.id.slice(-8)}`];
  await sandbox.files.write("/home/user/kept", "here");
  await sandbox.snapshot(name);
  await sandbox.delete();
  try {
    let sent = 0;
    const image = await client.exportSnapshot(name);
    const imported = await client.importSnapshot(copy, image, { labels: { from: "js" }, onProgress: ({ done }) => {
      sent = done;
    } });
    assert.deepEqual([imported.name, imported.labels], [copy, { from: "js" }]);
    assert.ok(sent > 1_000_000);
    assert.equal((await client.renameSnapshot(copy, `${copy}-2`)).name, `${copy}-2`);
    await assert.rejects(client.renameSnapshot(name, `${copy}-2`), ConflictError);
    await client.renameSnapshot(`${copy}-2`, copy);
    const again = await client.create({ snapshot: copy });
    assert.equal(await again.files.readText("/home/user/kept"), "here");
    await again.delete();
    await assert.rejects(client.importSnapshot("js-bad", "no image"), error => error.code === "invalid");
    await assert.rejects(client.exportSnapshot("js-none"), NotFoundError);
  } finally {
    await client.deleteSnapshot(name);
    await client.deleteSnapshot(copy);
  }
});

live("every line comes exactly once to two viewers though the connection is cut a hundred times", async t => {
  // A piece of output takes up to 90,000 bytes. Were connections often cut before one has come, the waits between them would grow to seconds.
  const proxy = await cutter(url, ({ cuts }) => cuts < 100 ? 50_000 + Math.random() * 150_000 : Infinity);
  const sandbox = await made(t, { proxy });
  const process = await sandbox.spawn(["seq", "-f", "line %.0f", "0", "599999"]);
  const readLines = async stream => {
    let next = 0;
    for await (const line of stream.lines()) assert.equal(line, `line ${next++}`);
    return next;
  };
  assert.deepEqual(await Promise.all([readLines(process.stdout), readLines(process.output("stdout"))]), [600_000, 600_000]);
  assert.equal((await process.wait()).code, 0);
  assert.equal(proxy.cuts, 100);
});

live("starts and input survive a connection that is cut every few kilobytes: everything happens once", async t => {
  const proxy = await cutter(url, ({ cuts }) => cuts < 60 ? 1_500 + Math.random() * 3_000 : Infinity);
  const sandbox = await made(t, { proxy });
  for (let index = 0; index < 20; index++) {
    const program = await sandbox.exec("bash", `echo ${index} >> starts; cat >> words`, { stdin: true });
    for (const word of ["a", "b", "c"]) await program.stdin.write(`${index}${word} `);
    await program.stdin.end();
    await program.wait({ check: true });
  }

  const read = async name => (await (await sandbox.spawn(["cat", name])).result()).stdout;
  assert.equal(await read("starts"), Array.from({ length: 20 }, (_, index) => `${index}\n`).join(""));
  assert.equal(await read("words"), Array.from({ length: 20 }, (_, index) => `${index}a ${index}b ${index}c `).join(""));
  assert.ok(proxy.cuts > 0);
});

live("a template is built from a recipe, is used, and goes", async t => {
  const client = new SandboxClient(url, access);
  t.after(() => client.close());
  const name = `js-${Math.random().toString(36).slice(2, 12)}`;
  const seen = [];
  const recipe = { run: ["echo built | tee /srv/js"], env: { MADE: `by ${name}` }, cwd: "/srv" };
  const built = await client.buildTemplate(name, recipe, { onProgress: happened => seen.push(happened.type === "step" ? happened.command : new TextDecoder().decode(happened.data)) });
  assert.deepEqual([built.template.name, built.template.cwd, built.cached], [name, "/srv", false]);
  assert.deepEqual(seen, ["start from base", "echo built | tee /srv/js", "built\n", "store"]);
  assert.equal((await client.buildTemplate(name, recipe)).cached, true);
  await assert.rejects(client.buildTemplate(name, { run: ["echo oh no; exit 7"] }), error =>
    error instanceof InvalidRequestError && error.message.includes("exit code 7") && error.message.includes("oh no"));
  await assert.rejects(client.buildTemplate(name, { network: true }), error => error instanceof PermissionError && error.code === "forbidden");
  const files = [{ from: "app", to: "/srv/app" }];
  await assert.rejects(client.buildTemplate(name, { files }, { files: "no tar at all" }), InvalidRequestError);
  await assert.rejects(client.buildTemplate(name, { files }), TypeError);
  const folder = await mkdtemp(join(tmpdir(), "sandbox-recipe-"));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "app", "deep"), { recursive: true });
  await writeFile(join(folder, "app", "deep", "word"), "copied");
  await writeFile(join(folder, "not-copied"), "x");
  const other = `${name}-files`;
  const copies = { files, run: ["find /srv/app -type f; cat /srv/app/deep/word"], cwd: "/srv" };
  const copied = await client.buildTemplate(other, copies, { folder, onProgress: happened => seen.push(happened.data && new TextDecoder().decode(happened.data)) });
  assert.equal(copied.template.name, other);
  assert.ok(seen.join("").includes("/srv/app/deep/word\ncopied"), seen.join(""));
  assert.equal((await client.buildTemplate(other, copies, { folder })).cached, true);
  await client.removeTemplate(other);
  let sent = 0;
  const imported = await client.importTemplate(other, await client.exportSnapshot(name), { onProgress: ({ done }) => {
    sent = done;
  } });
  assert.deepEqual([imported.name, imported.cwd, imported.env.MADE, sent > 1_000_000], [other, "/srv", `by ${name}`, true]);
  await assert.rejects(client.importTemplate("js-bad", "no image"), InvalidRequestError);
  await client.removeTemplate(other);
  const sandbox = await client.create({ template: name });
  assert.equal((await (await sandbox.exec("bash", "cat js; echo $MADE")).result()).stdout, `built\nby ${name}\n`);
  await assert.rejects(client.removeTemplate(name), ConflictError);
  await sandbox.delete();
  const names = [];
  for await (const template of client.templates()) names.push(template.name);
  assert.ok(names.includes("base") && names.includes(name));
  assert.equal((await client.template(name)).env.MADE, `by ${name}`);
  await client.removeTemplate(name);
  await assert.rejects(client.template(name), NotFoundError);
});

for (const [name, check] of Object.entries(exampleChecks)) {
  live(`the example ${name} does what it says`, t => check(t, url, key ? { SANDBOX_KEY: key } : {}));
}
