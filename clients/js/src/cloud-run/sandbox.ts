import { Deferred } from "./deferred.js";
import type { SandboxOptions } from "./options.js";
import { SandboxProcess } from "./process.js";
import { Connector, type Socket } from "./socket.js";
import { creation, withError, type ServerEvent } from "./wire.js";

const languages = new Set(["python", "bash"]);
const mostTokens = 1000;
const firstDelay = 100;
const longestDelay = 5000;
const mostTries = 60;

/** A failure that the server told of. `status` is its word for it. */
export class SandboxError extends Error {
  override readonly name = "SandboxError";
  readonly status: string | undefined;

  constructor(message: string, status?: string) {
    super(message);
    this.status = status;
  }
}

// The oldest clients knew no tokens: what this program made itself it may attach to by the id alone.
const tokens = new Map<string, string>();

/** A sandbox, over the WebSocket that clients of Cloud Run Sandbox speak. */
export class Sandbox {
  readonly #connector: Connector;
  readonly #options: SandboxOptions;
  #socket: Socket | undefined;
  #id = "";
  #token = "";
  #running = new Deferred<void>();
  #waiting: { readonly until: string; readonly answer: Deferred<void> } | undefined;
  #starting: Deferred<void> | undefined;
  #process: SandboxProcess | undefined;
  #failed: string | undefined;
  #closed = new Deferred<void>();
  #connection = 0;
  #seeks = false;
  #ends = false;

  private constructor(url: string | URL, options: SandboxOptions) {
    this.#options = options;
    this.#connector = new Connector(url, options);
  }

  /** Makes a sandbox. */
  static async create(url: string | URL, options: SandboxOptions = {}): Promise<Sandbox> {
    const sandbox = new Sandbox(url, options);
    await sandbox.#connect("/create");
    sandbox.#socket!.send(creation(options));
    await sandbox.#running.promise;
    return sandbox;
  }

  /** Takes up a sandbox that is there; one in storage is brought back. The token may be left out for one that this program has made. */
  static async attach(url: string | URL, sandboxId: string, token?: string | SandboxOptions, options: SandboxOptions = {}): Promise<Sandbox> {
    if (typeof token === "object") [token, options] = [undefined, token];
    const sandbox = new Sandbox(url, options);
    [sandbox.#id, sandbox.#token] = [sandboxId, token ?? tokens.get(sandboxId) ?? ""];
    await sandbox.#attach();
    return sandbox;
  }

  get sandboxId(): string {
    return this.#id;
  }

  get sandboxToken(): string {
    return this.#token;
  }

  /** Runs a program; one at a time. (The oldest clients gave the code first, which is understood too.) */
  async exec(language: string, code: string): Promise<SandboxProcess> {
    if (!languages.has(language) && languages.has(code)) [language, code] = [code, language];
    if (this.#starting || this.#process) throw new SandboxError("A program runs already: one at a time.", "SANDBOX_EXECUTION_ERROR");
    const starting = (this.#starting = new Deferred<void>());
    try {
      this.#send({ language, code });
      const process = new SandboxProcess(message => this.#send(message));
      this.#process = process;
      await starting.promise;
      return process;
    } catch (error) {
      this.#process = undefined;
      throw error;
    } finally {
      this.#starting = undefined;
    }
  }

  /** Puts the sandbox to storage. `attach` brings it back. */
  async checkpoint(): Promise<void> {
    this.#ends = true;
    try {
      await this.#ask({ action: "checkpoint" }, "SANDBOX_CHECKPOINTED");
    } catch (error) {
      this.#ends = false;
      throw error;
    }
  }

  /** Keeps the sandbox's files under a name. */
  snapshotFilesystem(name: string): Promise<void> {
    return this.#ask({ action: "snapshot_filesystem", name }, "SANDBOX_FILESYSTEM_SNAPSHOT_CREATED");
  }

  /** Deletes the sandbox, and waits until the connection is closed. */
  async kill(): Promise<void> {
    this.#ends = true;
    try {
      this.#send({ action: "kill_sandbox" });
    } catch {
      return; // It is gone already.
    }

    await this.#closed.promise;
  }

  /** What `kill` was called once. */
  terminate(): Promise<void> {
    return this.kill();
  }

  /** Leaves the sandbox, which lives on until it was idle for too long. */
  async close(): Promise<void> {
    this.#ends = true;
    this.#socket?.close();
    if (this.#socket) await this.#closed.promise;
  }

  async #attach(): Promise<void> {
    await this.#connect(`/attach/${encodeURIComponent(this.#id)}?sandbox_token=${encodeURIComponent(this.#token)}`);
    await this.#running.promise;
  }

  async #connect(path: string): Promise<void> {
    this.#running = new Deferred<void>();
    this.#closed = new Deferred<void>();
    // What comes late from the connection before is nothing to this one.
    const connection = ++this.#connection;
    this.#socket = await this.#connector.connect(path, {
      onEvent: event => { if (connection === this.#connection) this.#take(event); },
      onClose: code => { if (connection === this.#connection) this.#lose(code); },
    });
  }

  #send(message: object): void {
    if (!this.#socket) throw new SandboxError("The sandbox has no connection.");
    this.#socket.send(message);
  }

  async #ask(message: object, until: string): Promise<void> {
    if (this.#waiting) throw new SandboxError("Something else is still being done: wait for it first.");
    const answer = new Deferred<void>();
    this.#waiting = { until, answer };
    try {
      this.#send(message);
      await answer.promise;
    } finally {
      this.#waiting = undefined;
    }
  }

  #take(event: ServerEvent): void {
    switch (event.event) {
      case "sandbox_id":
        [this.#id, this.#token] = [event.sandbox_id, event.sandbox_token];
        if (tokens.size === mostTokens) tokens.delete(tokens.keys().next().value!);
        tokens.set(this.#id, this.#token);
        return;
      case "stdout":
      case "stderr":
        this.#process?.take(event.event, event.data);
        return;
      case "error":
        this.#fail(new SandboxError(event.message, this.#failed));
        return;
      case "status_update":
        this.#stand(event.status);
    }
  }

  #stand(status: string): void {
    this.#failed = withError.has(status) ? status : undefined;
    if (status === "SANDBOX_RUNNING") this.#running.resolve();
    else if (status === "SANDBOX_EXECUTION_RUNNING") this.#starting?.resolve();
    else if (status === "SANDBOX_EXECUTION_DONE") {
      this.#process?.end();
      this.#process = undefined;
    } else if (status === "SANDBOX_NOT_FOUND" || status === "SANDBOX_IN_USE") this.#running.reject(new SandboxError(`${status}: ${this.#id}`, status));
    if (status === this.#waiting?.until) this.#waiting.answer.resolve();
  }

  /** An error event belongs to what its status names. */
  #fail(error: SandboxError): void {
    switch (error.status) {
      case "SANDBOX_EXECUTION_ERROR":
      case "SANDBOX_EXECUTION_UNSUPPORTED_LANGUAGE_ERROR":
        if (this.#starting) this.#starting.reject(error);
        else this.#endProcess(error);
        return;
      case "SANDBOX_STDIN_ERROR":
      case "SANDBOX_EXECUTION_FORCE_KILL_ERROR":
        this.#process?.refuse(error);
        return;
      default:
        this.#waiting?.answer.reject(error);
        this.#running.reject(error);
    }
  }

  #lose(code: number): void {
    this.#socket = undefined;
    this.#closed.resolve();
    const error = new SandboxError(`The connection was closed (${code}).`);
    this.#running.reject(error);
    this.#waiting?.answer.reject(error);
    this.#starting?.reject(error);
    if (this.#seeks) return;
    const lost = code !== 1000 && code !== 1011 && code !== 4000;
    if (lost && this.#options.enableAutoReconnect && !this.#ends && this.#token !== "") void this.#reconnect();
    else this.#endProcess(error);
  }

  #endProcess(error: Error): void {
    this.#process?.end(error);
    this.#process = undefined;
  }

  /** Seeks a connection again. Sees its own failures. */
  async #reconnect(): Promise<void> {
    this.#seeks = true;
    let last: Error | undefined;
    for (let tries = 0, delay = firstDelay; tries < mostTries && !this.#ends; tries++, delay = Math.min(delay * 2, longestDelay)) {
      await new Promise(resolve => setTimeout(resolve, delay * (0.5 + Math.random() / 2)));
      try {
        await this.#attach();
        this.#seeks = false;
        if (this.#process) this.#send({ action: "reconnect" });
        return;
      } catch (error) {
        last = error as Error;
        // In use: the server has not noticed yet that the connection before is gone.
        if (error instanceof SandboxError && error.status !== undefined && error.status !== "SANDBOX_IN_USE") break;
      }
    }

    this.#seeks = false;
    this.#endProcess(last ?? new SandboxError("The sandbox was left."));
  }
}
