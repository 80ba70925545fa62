import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Log } from "./log.mjs";

const window = 262_144;

/** A refusal in the wire's form. */
export function refuse(code, message = code, details = {}) {
  return Object.assign(new Error(message), { wire: { code, message, ...details } });
}

/**
 * What the server of docs/hub.md does, as far as a client can tell, with faults at will. Programs are real ones of this machine, but for
 * `["lines", n]`, which has written n numbered lines at once, and `["hold"]`, which does what its test says.
 */
export class ScriptedHub {
  sandboxes = new Map();
  snapshots = new Map();
  /** Every call in order. */
  calls = [];
  negotiations = [];
  negotiateStatus = 200;
  /** How many answers to lose, by method: the call is done, and the connection is cut in the middle of its answer. */
  lose = {};
  /** Replaces methods. */
  override = {};
  /** An answer that never comes. */
  silence = Symbol("silence");
  /** Makes the number of bytes after which a new connection is cut. */
  budget = () => Infinity;
  /** The most that a data item carries. */
  chunk = 49_152;
  cuts = 0;
  /** How many streams were let go by their client. */
  cancels = 0;
  /** How many programs were really started, by process id. */
  starts = new Map();
  /** The most that was ever under way beyond what a reader acknowledged. */
  furthest = 0;
  faults = [];
  /** Where programs run. */
  folder = mkdtempSync(join(tmpdir(), "scripted-hub-"));
  #children = new Set();

  connected(peer) {
    peer.budget = this.budget();
  }

  dispose() {
    for (const child of this.#children) child.kill("SIGKILL");
    rmSync(this.folder, { recursive: true });
  }

  count(method) {
    return this.calls.filter(call => call.method === method).length;
  }

  async call(method, request, peer) {
    const replaced = this.override[method];
    if (replaced !== undefined) {
      const answer = await replaced(request, peer);
      if (answer !== undefined) return answer;
    }

    return await this[method](request, peer);
  }

  stream(method, request, peer, signal) {
    return (this.override[method] ?? this[method]).call(this, request, peer, signal);
  }

  CreateSandbox({ id, token, labels = {} }) {
    const known = this.sandboxes.get(id);
    if (known !== undefined) {
      if (token !== undefined && known.token !== `owner.${token}`) throw refuse("conflict", "It has another token.");
      return { sandbox: known.info, token: token === undefined ? undefined : known.token, created: false };
    }

    const info = { id, status: "running", template: "base", labels, epoch: 1, timeline: 1, created: new Date().toISOString() };
    const whole = token === undefined ? `token-of-${id}` : `owner.${token}`;
    this.sandboxes.set(id, { info, token: whole, processes: new Map(), events: [], checkpoints: [] });
    return { sandbox: info, token: whole, created: true };
  }

  AttachSandbox(request) {
    return { sandbox: this.#awake(request).info };
  }

  DescribeSandbox(request) {
    return { sandbox: this.#sandbox(request).info };
  }

  ListSandboxes({ after = "", limit = 100 }) {
    const all = [...this.sandboxes.values()].map(({ info }) => info).filter(({ id }) => id > after).sort((a, b) => (a.id < b.id ? -1 : 1));
    const sandboxes = all.slice(0, limit);
    return { sandboxes, next: all.length > limit ? sandboxes.at(-1).id : undefined };
  }

  DeleteSandbox({ id }) {
    const sandbox = this.sandboxes.get(id);
    if (sandbox === undefined) throw refuse("not_found");
    sandbox.info = { ...sandbox.info, status: "deleted" };
    return { sandbox: sandbox.info };
  }

  PauseSandbox(request) {
    const sandbox = this.#sandbox(request);
    if (sandbox.info.status !== "running") throw refuse("conflict", "It does not run.", { status: sandbox.info.status });
    sandbox.info = { ...sandbox.info, status: "paused" };
    return { sandbox: sandbox.info };
  }

  CheckpointSandbox({ label, ...request }) {
    const sandbox = this.#awake(request);
    const checkpoint = { id: `c${sandbox.checkpoints.length + 1}`, created: new Date().toISOString(), bytes: 1_000, parent: sandbox.current, label };
    const state = new Map([...sandbox.processes].map(([id, process]) => [id, process.place()]));
    sandbox.checkpoints.push({ checkpoint, state });
    sandbox.current = checkpoint.id;
    return { checkpoint };
  }

  CreateSnapshot({ name, labels = {}, overwrite = false, consistent = false, ...request }) {
    this.#sandbox(request);
    if (this.snapshots.has(name) && !overwrite) throw refuse("conflict", "There is one.");
    this.snapshots.set(name, { name, created: new Date().toISOString(), bytes: 10, layerCount: 2, labels });
    return { snapshot: this.snapshots.get(name), changed: consistent ? [] : ["srv/log"], leftOut: [] };
  }

  ListSnapshots({ after = "", limit = 100 }) {
    const all = [...this.snapshots.values()].filter(({ name }) => name > after).sort((a, b) => (a.name < b.name ? -1 : 1));
    return { snapshots: all.slice(0, limit), next: all.length > limit ? all[limit - 1].name : undefined };
  }

  DescribeSnapshot({ name }) {
    if (!this.snapshots.has(name)) throw refuse("not_found");
    return { snapshot: this.snapshots.get(name) };
  }

  LabelSnapshot({ name, labels }) {
    this.snapshots.set(name, { ...this.DescribeSnapshot({ name }).snapshot, labels });
    return this.DescribeSnapshot({ name });
  }

  RenameSnapshot({ name, to }) {
    if (this.snapshots.has(to)) throw refuse("conflict", "There is one.");
    this.snapshots.set(to, { ...this.DescribeSnapshot({ name }).snapshot, name: to });
    this.snapshots.delete(name);
    return this.DescribeSnapshot({ name: to });
  }

  DeleteSnapshot({ name }) {
    const answer = this.DescribeSnapshot({ name });
    this.snapshots.delete(name);
    return answer;
  }

  SuspendSandbox(request) {
    const sandbox = this.#sandbox(request);
    if (sandbox.info.status !== "suspended") this.CheckpointSandbox(request);
    sandbox.info = { ...sandbox.info, status: "suspended" };
    return { sandbox: sandbox.info };
  }

  RestoreSandbox({ cold, ...request }) {
    const sandbox = this.#sandbox(request);
    if (sandbox.unrestorable !== undefined) {
      if (cold !== true) throw refuse("conflict", sandbox.unrestorable);
      const { epoch, timeline } = sandbox.info;
      sandbox.info = { ...sandbox.info, status: "running", epoch: epoch + 1, timeline: timeline + 1 };
      return { sandbox: sandbox.info };
    }

    return { sandbox: this.#awake(request).info };
  }

  RewindSandbox({ checkpointId, ...request }) {
    const sandbox = this.#sandbox(request);
    const { state } = this.#checkpoint(sandbox, checkpointId);
    const { epoch, timeline } = sandbox.info;
    sandbox.info = { ...sandbox.info, status: "running", epoch: epoch + 1, timeline: timeline + 1 };
    sandbox.sureSince = epoch + 1;
    sandbox.current = checkpointId;
    for (const [id, process] of sandbox.processes) {
      if (state.has(id)) process.goBack(state.get(id));
      else sandbox.processes.delete(id);
    }

    return { sandbox: sandbox.info };
  }

  ForkSandbox({ count = 1, ...request }) {
    const { info } = this.#sandbox(request);
    this.CheckpointSandbox(request);
    return {
      sandboxes: Array.from({ length: count }, (_, index) => {
        const { sandbox, token } = this.CreateSandbox({ id: `${info.id}-fork-${index}-${this.sandboxes.size}` });
        return { sandbox, created: true, token };
      }),
    };
  }

  ListCheckpoints(request) {
    const { checkpoints, current } = this.#sandbox(request);
    return { checkpoints: checkpoints.map(({ checkpoint }) => checkpoint), current };
  }

  DeleteCheckpoint({ checkpointId, ...request }) {
    const sandbox = this.#sandbox(request);
    if (checkpointId === sandbox.current) throw refuse("conflict", "It goes on from this one.", { status: sandbox.info.status });
    sandbox.checkpoints = sandbox.checkpoints.filter(({ checkpoint }) => checkpoint.id !== checkpointId);
    return this.ListCheckpoints(request);
  }

  SandboxStats(request) {
    this.#sandbox(request);
    return { cpuSeconds: 1, memoryBytes: 2, memoryLimitBytes: 3, diskLimitBytes: 4, processes: 5, uptime: 6 };
  }

  StartProcess(request) {
    const sandbox = this.#awake({ ...request, id: request.sandboxId });
    const known = sandbox.processes.get(request.processId);
    if (known !== undefined) return { process: known.describe(), known: true };
    const { epoch, timeline } = sandbox.info;
    const sure = (request.epoch ?? epoch) >= (sandbox.sureSince ?? epoch) && (request.epoch ?? epoch) <= epoch;
    if (!sure || (request.timeline ?? timeline) !== timeline) throw refuse("unknown", "It may have run.");
    this.starts.set(request.processId, (this.starts.get(request.processId) ?? 0) + 1);
    const process = new ScriptedProcess(request);
    sandbox.processes.set(request.processId, process);
    process.start(this.#children, this.folder);
    return { process: process.describe(), known: false };
  }

  ListProcesses(request) {
    return { processes: [...this.#sandbox({ ...request, id: request.sandboxId }).processes.values()].map(process => process.describe()) };
  }

  DescribeProcess(request) {
    return { process: this.process(request).describe() };
  }

  async WaitProcess(request) {
    const process = this.process(request);
    let timer;
    await Promise.race([process.exited, new Promise(resolve => {
      timer = setTimeout(resolve, (request.timeout ?? 30) * 1000).unref();
    })]);
    clearTimeout(timer);
    return { process: process.describe() };
  }

  SignalProcess(request) {
    const process = this.process(request);
    process.signals.push(request.signal);
    process.child?.kill(typeof request.signal === "number" ? request.signal : `SIG${request.signal}`);
    return { process: process.describe() };
  }

  KillProcess(request) {
    this.process(request).kill();
    return { process: this.process(request).describe() };
  }

  ResizeTerminal(request) {
    const process = this.process(request);
    process.terminal = { rows: request.rows, cols: request.cols };
    return { process: process.describe() };
  }

  async WriteInput(request) {
    this.#awake({ ...request, id: request.sandboxId });
    return { offset: await this.process(request).write(request.offset, Buffer.from(request.data, "base64")) };
  }

  EndInput(request) {
    return { offset: this.process(request).endInput(request.offset) };
  }

  AckOutput({ readId, offset }, peer) {
    const reader = peer.readers.get(readId);
    if (reader === undefined) return;
    reader.acknowledged = Math.max(reader.acknowledged, offset);
    reader.log.wake();
  }

  async *ReadOutput(request, peer, signal) {
    const { processId, channel = "stdout", readId, follow = true } = request;
    const sandbox = this.#awake({ ...request, id: request.sandboxId });
    const log = this.process(request).log(channel);
    let { offset = 0 } = request;
    if (log === undefined) throw refuse("invalid", `${processId} has no ${channel}.`);
    const timeline = () => sandbox.info.timeline;
    let history = request.timeline ?? timeline();
    const reader = { acknowledged: offset, log };
    peer.readers.set(readId, reader);
    while (!signal.aborted) {
      if (history !== timeline()) {
        history = timeline();
        const from = offset;
        offset = reader.acknowledged = Math.min(from, sandbox.parted ?? log.length);
        yield { type: "rewound", timeline: history, from, to: offset };
        continue;
      }

      if (offset < log.start) {
        yield { type: "gap", timeline: timeline(), from: offset, to: log.start, lostBytes: log.start - offset };
        offset = log.start;
        reader.acknowledged = Math.max(reader.acknowledged, offset);
      }

      const to = Math.min(log.length, offset + this.chunk, reader.acknowledged + window);
      if (to > offset) {
        yield { type: "data", timeline: timeline(), offset, data: log.slice(offset, to).toString("base64") };
        offset = to;
        this.furthest = Math.max(this.furthest, offset - reader.acknowledged);
        continue;
      }

      if (offset === log.length && (log.ended || !follow)) {
        yield { type: "end", timeline: timeline(), offset };
        return;
      }

      await log.changed(signal);
    }
  }

  async *ReadEvents(request, peer, signal) {
    const { events } = this.#sandbox({ ...request, id: request.sandboxId });
    let { since = 0 } = request;
    while (!signal.aborted) {
      for (const event of events.filter(({ sequence }) => sequence > since)) {
        if (event.sequence > since + 1) yield { type: "gap", from: since + 1, to: event.sequence - 1 };
        since = event.sequence;
        yield event;
      }

      if (request.follow === false) return;
      await new Promise(resolve => {
        events.wake = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }

  /** Something happened. */
  event(sandboxId, sequence, type, more = {}) {
    const { events } = this.sandboxes.get(sandboxId);
    events.push({ sequence, time: new Date().toISOString(), type, ...more });
    events.wake?.();
  }

  process({ sandboxId, processId, token }) {
    const process = this.#sandbox({ id: sandboxId, token }).processes.get(processId);
    if (process === undefined) throw refuse("not_found", `There is no process ${processId}.`);
    return process;
  }

  #checkpoint(sandbox, checkpointId) {
    const found = sandbox.checkpoints.find(({ checkpoint }) => checkpoint.id === checkpointId);
    if (found === undefined) throw refuse("not_found", `The sandbox has no checkpoint '${checkpointId}'.`);
    return found;
  }

  /** The sandbox, woken where it sleeps. */
  #awake(request) {
    const sandbox = this.#sandbox(request);
    if (sandbox.info.status !== "suspended") return sandbox;
    sandbox.sureSince ??= sandbox.info.epoch;
    sandbox.info = { ...sandbox.info, status: "running", epoch: sandbox.info.epoch + 1 };
    return sandbox;
  }

  #sandbox({ id, token }) {
    const sandbox = this.sandboxes.get(id);
    if (sandbox === undefined) throw refuse("not_found", `There is no sandbox ${id}.`);
    if (token !== undefined && token !== sandbox.token) throw refuse("unauthorized", "The token is wrong.");
    if (sandbox.info.status === "deleted") throw refuse("gone", "It was deleted.", { status: "deleted", reason: "asked for" });
    return sandbox;
  }
}

class ScriptedProcess {
  stdin = Buffer.alloc(0);
  signals = [];
  exit = undefined;
  /** How many bytes a write may take, for programs that read slowly. */
  takes = Infinity;
  #logs;
  #ended;

  constructor(request) {
    this.request = request;
    this.argv = request.argv ?? [request.language === "python" ? "python3" : "bash", "-c", request.code];
    this.terminal = request.terminal && { rows: 24, cols: 80, ...request.terminal };
    this.#logs = new Map((this.terminal ? ["terminal"] : ["stdout", "stderr"]).map(name => [name, new Log()]));
    this.exited = new Promise(resolve => {
      this.#ended = resolve;
    });
  }

  log(channel) {
    return this.#logs.get(channel);
  }

  start(children, folder) {
    const [program, ...rest] = this.argv;
    if (program === "hold") return;
    if (program === "lines") {
      this.log("stdout").append(Array.from({ length: Number(rest[0]) }, (_, index) => `line ${index}\n`).join(""));
      this.end({ reason: "exited", code: 0 });
      return;
    }

    const child = this.child = spawn(program, rest, { cwd: folder, env: { ...process.env, ...this.request.env }, stdio: "pipe" });
    children.add(child);
    child.on("error", error => this.end({ reason: "exited", code: 127, message: error.message }));
    child.stdin.on("error", () => {});
    child.stdout.on("data", data => this.log(this.terminal ? "terminal" : "stdout").append(data));
    child.stderr.on("data", data => this.log(this.terminal ? "terminal" : "stderr").append(data));
    if (!this.request.stdin && !this.terminal) child.stdin.end();
    child.on("close", (code, signal) => {
      children.delete(child);
      this.end(signal === null ? { reason: "exited", code } : { reason: "killed", signal });
    });
  }

  end(exit) {
    this.exit = { seconds: 0.1, cpuSeconds: 0.1, ...exit };
    for (const log of this.#logs.values()) log.end();
    this.#ended();
  }

  /** What a checkpoint keeps of it. */
  place() {
    return { stdin: this.stdin.length, logs: new Map([...this.#logs].map(([name, log]) => [name, log.length])) };
  }

  goBack({ stdin, logs }) {
    this.stdin = this.stdin.subarray(0, stdin);
    for (const [name, log] of this.#logs) log.cutBack(logs.get(name));
  }

  kill() {
    if (this.child === undefined) this.end({ reason: "killed", signal: "SIGKILL" });
    else this.child.kill("SIGKILL");
  }

  async write(offset, bytes) {
    if (offset > this.stdin.length) throw refuse("conflict", "The offset leaves a gap.", { expected: this.stdin.length });
    const fresh = bytes.subarray(Math.min(bytes.length, this.stdin.length - offset)).subarray(0, this.takes);
    this.stdin = Buffer.concat([this.stdin, fresh]);
    if (this.child !== undefined && fresh.length > 0) this.child.stdin.write(fresh);
    return Math.max(this.stdin.length, offset);
  }

  endInput(offset) {
    if (offset !== this.stdin.length) throw refuse("conflict", "The offset leaves a gap.", { expected: this.stdin.length });
    this.inputEnded = true;
    this.child?.stdin.end();
    return offset;
  }

  describe() {
    return {
      id: this.request.processId, pid: this.child?.pid ?? 1, argv: this.argv, status: this.exit ? "exited" : "running", exit: this.exit,
      started: "2026-01-01T00:00:00Z", terminal: this.terminal, stdinOffset: this.stdin.length,
      channels: [...this.#logs].map(([name, log]) => ({ name, mime: "application/octet-stream", offset: log.length })),
    };
  }
}
