import { SandboxClient, type ListOptions } from "./client.js";
import { ConflictError, NotFoundError, SandboxGoneError } from "./errors.js";
import { readEvents, type EventOptions } from "./event-reader.js";
import { Files } from "./files.js";
import type { Hub } from "./hub.js";
import type { AttachOptions, CallOptions, ConnectOptions, CreateOptions, SnapshotOptions, StartOptions } from "./options.js";
import { Process } from "./process.js";
import { start, type Program } from "./start.js";
import type { Checkpoint, CheckpointList, CreatedSandbox, EventGap, ProcessInfo, SandboxEvent, SandboxInfo, SandboxStats, TakenSnapshot } from "./wire.js";

/** What a sandbox object is made from. @internal */
export interface SandboxParts {
  readonly hub: Hub;
  readonly info: SandboxInfo;
  readonly token: string | undefined;
  readonly created: boolean;
  /** Ends the connection, where it is this sandbox's own. */
  readonly release: () => Promise<void>;
}

/** A sandbox: a place with files and memory that programs run in. */
export class Sandbox {
  readonly id: string;
  /** The secret that opens it, where this object knows it: the server gives it once, at creation. */
  readonly token: string | undefined;
  /** Whether the call that made this object created the sandbox. */
  readonly created: boolean;
  /** Its files. */
  readonly files: Files;
  readonly #hub: Hub;
  readonly #release: () => Promise<void>;
  #info: SandboxInfo;

  /** @internal */
  constructor(parts: SandboxParts) {
    this.id = parts.info.id;
    this.token = parts.token;
    this.created = parts.created;
    this.#hub = parts.hub;
    this.#release = parts.release;
    this.#info = parts.info;
    this.files = new Files(parts.hub, this.#address());
  }

  /** Creates a sandbox on a server, over a connection of its own. */
  static async create(url: string | URL, options: ConnectOptions & CreateOptions = {}): Promise<Sandbox> {
    return await new SandboxClient(url, options).owned(client => client.create(options));
  }

  /** Takes up a sandbox that exists, by its token or a key, over a connection of its own. */
  static async attach(url: string | URL, id: string, options: ConnectOptions & AttachOptions = {}): Promise<Sandbox> {
    return await new SandboxClient(url, options).owned(client => client.attach(id, options));
  }

  /** Connects to a server, for many sandboxes over one connection. */
  static connect(url: string | URL, options: ConnectOptions & CallOptions = {}): Promise<SandboxClient> {
    return SandboxClient.connect(url, options);
  }

  /** The owner's sandboxes on a server, page by page as they are taken, over a connection for this alone. */
  static async *list(url: string | URL, options: ConnectOptions & ListOptions = {}): AsyncGenerator<SandboxInfo, undefined, undefined> {
    const client = await SandboxClient.connect(url, options);
    try {
      yield* client.list(options);
    } finally {
      await client.close();
    }
  }

  /** What is known of it, as of the last answer. `describe` asks anew. */
  get info(): SandboxInfo {
    return this.#info;
  }

  /** Runs code. Resolves when it has been started; the process has its output and its end. */
  exec(language: "python" | "bash" | "javascript", code: string, options: StartOptions = {}): Promise<Process> {
    return this.#start({ language, code }, options);
  }

  /** Runs a program by its argument list: no shell is between. */
  spawn(argv: readonly string[], options: StartOptions = {}): Promise<Process> {
    return this.#start({ argv }, options);
  }

  /** Takes up a process that runs or ran here. Its output is there from the beginning, its input goes on where it is. */
  async process(id: string, options: CallOptions = {}): Promise<Process> {
    const address = { ...this.#address(), processId: id };
    const { process } = await this.#hub.invoke<{ process: ProcessInfo }>(
      "DescribeProcess", address, { signal: options.signal, onLoss: "repeat" });
    return new Process({ hub: this.#hub, address, info: process, known: true, hasInput: true, timeline: undefined });
  }

  /** Its processes; of the ended ones the newest 256. */
  async processes(options: CallOptions = {}): Promise<readonly ProcessInfo[]> {
    const answer = await this.#hub.invoke<{ processes: ProcessInfo[] }>(
      "ListProcesses", this.#address(), { signal: options.signal, onLoss: "repeat" });
    return answer.processes;
  }

  /** What happens to it: from the beginning, or after the event that was seen last. */
  events(options: EventOptions = {}): AsyncGenerator<SandboxEvent | EventGap, undefined, undefined> {
    return readEvents(this.#hub, this.#address(), options);
  }

  /** Asks the server about it. Counts as no activity. */
  describe(options: CallOptions = {}): Promise<SandboxInfo> {
    return this.#call("DescribeSandbox", options);
  }

  /** Freezes it in place. */
  pause(options: CallOptions = {}): Promise<SandboxInfo> {
    return this.#change("PauseSandbox", "paused", options);
  }

  /** Lets a paused one go on. */
  resume(options: CallOptions = {}): Promise<SandboxInfo> {
    return this.#change("ResumeSandbox", "running", options);
  }

  /** Keeps its whole state, memory and files; it goes on. Where the answer is lost, it may be kept twice. */
  async checkpoint(options: CallOptions & { label?: string } = {}): Promise<Checkpoint> {
    const { label, signal } = options;
    const answer = await this.#hub.invoke<{ checkpoint: Checkpoint }>(
      "CheckpointSandbox", { ...this.#named(), label }, { signal, onLoss: "repeat" });
    return answer.checkpoint;
  }

  /** Puts it to storage with its running programs. The next start, write or read wakes it, and so does `restore`. */
  suspend(options: CallOptions = {}): Promise<SandboxInfo> {
    return this.#call("SuspendSandbox", options);
  }

  /**
   * Wakes a suspended one; one that is awake stays as it is. With `cold`, if its checkpoint cannot be restored any more, it is started with the
   * files that lie beside that (`keepFiles`): the programs that ran are lost, which the event `started_cold` tells, and a new timeline begins.
   */
  restore(options: CallOptions & { cold?: boolean } = {}): Promise<SandboxInfo> {
    return this.#call("RestoreSandbox", options, options.cold === true ? { cold: true } : undefined);
  }

  /**
   * Goes back to a checkpoint: what happened since has not happened. A new timeline begins: readers get a `RewoundError` (or `onRewind`), and
   * a program's `stdin` may be refused as a conflict. Take programs up again by `process`.
   */
  rewind(checkpoint: string | Pick<Checkpoint, "id">, options: CallOptions = {}): Promise<SandboxInfo> {
    return this.#call("RewindSandbox", options, { checkpointId: idOf(checkpoint) });
  }

  /**
   * Makes new sandboxes (1 to 100) from its present state, and goes on. Each has an id and a token of its own, and shares this object's
   * connection. An answer that is lost is an `UnknownOutcomeError`: the events of type `forked` tell what was made.
   */
  async fork(count = 1, options: CallOptions = {}): Promise<Sandbox[]> {
    const answer = await this.#hub.invoke<{ sandboxes: CreatedSandbox[] }>(
      "ForkSandbox", { ...this.#named(), count }, { signal: options.signal, onLoss: "never" });
    return answer.sandboxes.map(({ sandbox, token, created }) =>
      new Sandbox({ hub: this.#hub, info: sandbox, token: token ?? undefined, created, release: () => Promise.resolve() }));
  }

  /**
   * Takes a snapshot of its files, under a name of `[a-z0-9][a-z0-9-]{0,39}`, while its programs go on. It needs a key of its owner. An
   * answer that is lost is an `UnknownOutcomeError`: `snapshot` of the client tells.
   */
  snapshot(name: string, options: SnapshotOptions = {}): Promise<TakenSnapshot> {
    const { labels, overwrite, consistent, signal } = options;
    return this.#hub.invoke<TakenSnapshot>("CreateSnapshot", { ...this.#named(), name, labels, overwrite, consistent }, { signal, onLoss: "never" });
  }

  /** Its checkpoints, and the one that it goes on from. Wakes nothing. */
  checkpoints(options: CallOptions = {}): Promise<CheckpointList> {
    return this.#hub.invoke<CheckpointList>("ListCheckpoints", this.#named(), { signal: options.signal, onLoss: "repeat" });
  }

  /** Deletes a checkpoint, and gives those that are left. The current one is a `ConflictError`. */
  deleteCheckpoint(checkpoint: string | Pick<Checkpoint, "id">, options: CallOptions = {}): Promise<CheckpointList> {
    const request = { ...this.#named(), checkpointId: idOf(checkpoint) };
    return this.#hub.invoke<CheckpointList>("DeleteCheckpoint", request, { signal: options.signal, onLoss: "repeat" });
  }

  /** What it uses. */
  stats(options: CallOptions = {}): Promise<SandboxStats> {
    return this.#hub.invoke<SandboxStats>("SandboxStats", this.#named(), { signal: options.signal, onLoss: "repeat" });
  }

  /** Deletes it with all that is in it. The connection stays: see `close`. */
  delete(options: CallOptions = {}): Promise<SandboxInfo> {
    return this.#call("DeleteSandbox", options);
  }

  /** Ends the connection, where it is this sandbox's own. The sandbox goes on. */
  close(): Promise<void> {
    return this.#release();
  }

  /** Deletes the sandbox if this object created it, and ends the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.created) await this.delete();
    } catch (error) {
      if (!(error instanceof NotFoundError || error instanceof SandboxGoneError)) throw error;
    } finally {
      await this.close();
    }
  }

  async #start(program: Program, options: StartOptions): Promise<Process> {
    const { process, known } = await start(this.#hub, this.#address(), this.#info, program, options, () => this.describe());
    const { onGap, onRewind } = options;
    return new Process({
      hub: this.#hub,
      address: { ...this.#address(), processId: process.id },
      info: process,
      known,
      hasInput: options.stdin === true || Boolean(options.terminal),
      timeline: known ? undefined : this.#info.timeline,
      ...(onGap === undefined ? {} : { onGap }),
      ...(onRewind === undefined ? {} : { onRewind }),
    });
  }

  /** A change of state, whose repetition after a lost answer finds it done and may be refused as such. */
  async #change(method: string, wanted: string, options: CallOptions): Promise<SandboxInfo> {
    let repeated = false;
    try {
      return await this.#call(method, options, {}, () => {
        repeated = true;
      });
    } catch (error) {
      if (repeated && error instanceof ConflictError && error.status === wanted) return await this.describe(options);
      throw error;
    }
  }

  async #call(method: string, options: CallOptions, more: object = {}, onRepeat?: () => void): Promise<SandboxInfo> {
    const call = { signal: options.signal, onLoss: "repeat" as const, ...(onRepeat === undefined ? {} : { onRepeat }) };
    const answer = await this.#hub.invoke<{ sandbox: SandboxInfo }>(method, { ...this.#named(), ...more }, call);
    return this.#info = answer.sandbox;
  }

  /** How calls on a sandbox name it. */
  #named(): { id: string; token?: string | undefined } {
    return { id: this.id, token: this.token };
  }

  /** How calls on what is in a sandbox name it. */
  #address(): { sandboxId: string; token?: string | undefined } {
    return { sandboxId: this.id, token: this.token };
  }
}

function idOf(checkpoint: string | Pick<Checkpoint, "id">): string {
  return typeof checkpoint === "string" ? checkpoint : checkpoint.id;
}
