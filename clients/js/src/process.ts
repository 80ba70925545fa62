import { sleep } from "./abort.js";
import { CallTimeoutError, ConflictError, InvalidRequestError, LimitError, NotFoundError, SandboxGoneError } from "./errors.js";
import type { Hub } from "./hub.js";
import { InputPump } from "./input-pump.js";
import { InputStream } from "./input-stream.js";
import type { CallOptions, DiscontinuityOptions, ReadOptions } from "./options.js";
import { OutputReader } from "./output-reader.js";
import { OutputStream } from "./output-stream.js";
import { throwUnlessSuccess } from "./process-errors.js";
import type { Exit, ProcessInfo, TerminalSize } from "./wire.js";

/** How to wait for a program's end. */
export interface WaitOptions extends CallOptions {
  /** Seconds after which waiting ends with a `CallTimeoutError`; the program goes on. Left out: none. */
  timeout?: number;
  /** Throws unless it exited with 0: `ProcessTimeoutError`, `SandboxGoneError`, or `ProcessFailedError`. Default false. */
  check?: boolean;
}

/** What a program left behind. */
export interface ProcessResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: Exit;
}

/** What a process object is made from. @internal */
export interface ProcessParts extends DiscontinuityOptions {
  readonly hub: Hub;
  readonly address: { readonly sandboxId: string; readonly token?: string | undefined; readonly processId: string };
  readonly info: ProcessInfo;
  readonly known: boolean;
  readonly hasInput: boolean;
  /** The history that its output began in; undefined for the present one. */
  readonly timeline: number | undefined;
}

/** A program in a sandbox. Its streams survive any number of lost connections. */
export class Process {
  readonly id: string;
  /** Whether a start found that the id was started before (which may have been its own first try), so that nothing was started now. */
  readonly known: boolean;
  readonly #parts: ProcessParts;
  readonly #streams = new Map<string, OutputStream>();
  readonly #stdin: InputStream | undefined;
  #info: ProcessInfo;

  /** @internal */
  constructor(parts: ProcessParts) {
    this.#parts = parts;
    this.#info = parts.info;
    this.id = parts.info.id;
    this.known = parts.known;
    if (parts.hasInput) this.#stdin = new InputStream(new InputPump(parts.hub, parts.address, parts.info.stdinOffset));
  }

  /** What is known of it, as of the last answer. `describe` asks anew. */
  get info(): ProcessInfo {
    return this.#info;
  }

  /** Its number inside the sandbox. */
  get pid(): number {
    return this.#info.pid;
  }

  /** Its input. Only of a program that was started with `stdin: true` or with a terminal. */
  get stdin(): InputStream {
    if (this.#stdin === undefined) throw new InvalidRequestError(`Process ${this.id} has no input: start it with \`stdin: true\`.`);
    return this.#stdin;
  }

  get stdout(): OutputStream {
    return this.#stream("stdout");
  }

  get stderr(): OutputStream {
    return this.#stream("stderr");
  }

  /** What a terminal shows: stdout, stderr and echo as one. */
  get terminal(): OutputStream {
    return this.#stream("terminal");
  }

  /** Another reader of an output log, from any offset. Any number of them may read beside each other. */
  output(channel: string, options: ReadOptions = {}): OutputStream {
    this.#checkChannel(channel);
    const { onGap, onRewind, timeline } = this.#parts;
    const defaults: ReadOptions = {};
    if (onGap !== undefined) defaults.onGap = onGap;
    if (onRewind !== undefined) defaults.onRewind = onRewind;
    if (timeline !== undefined) defaults.timeline = timeline;
    return new OutputStream(new OutputReader(this.#parts.hub, { ...this.#parts.address, channel }, { ...defaults, ...options }));
  }

  /** Waits for its end. */
  async wait(options: WaitOptions = {}): Promise<Exit> {
    const until = options.timeout === undefined ? undefined : performance.now() + options.timeout * 1000;
    for (;;) {
      const left = until === undefined ? 30 : Math.min(30, Math.max(0, (until - performance.now()) / 1000));
      const info = await this.#waitOnce(left, options.signal);
      if (info.exit) {
        if (options.check) throwUnlessSuccess(info.exit, info.argv[0] ?? this.id);
        return info.exit;
      }

      if (until !== undefined && performance.now() >= until) {
        throw new CallTimeoutError(`Process ${this.id} did not end within ${options.timeout} s; it goes on.`);
      }
    }
  }

  /** Reads its output to the end and waits for it. A terminal's output counts as stdout. */
  async result(options: WaitOptions = {}): Promise<ProcessResult> {
    const read = options.signal === undefined ? {} : { signal: options.signal };
    const [stdout, stderr, exit] = await Promise.all([
      this.output(this.#info.terminal ? "terminal" : "stdout", read).readAll(),
      this.#info.terminal ? "" : this.output("stderr", read).readAll(),
      this.wait(options),
    ]);
    return { stdout, stderr, exit };
  }

  /** Kills it and all that came from it. */
  async kill(options: CallOptions = {}): Promise<void> {
    await this.#call("KillProcess", {}, "repeat", options.signal);
  }

  /**
   * Sends a signal, by number or name (`TERM`, `SIGINT`); with `group`, to its whole process group. A signal whose answer is lost is not
   * sent again: that is an `UnknownOutcomeError`.
   */
  async signal(signal: number | string, options: CallOptions & { group?: boolean } = {}): Promise<void> {
    const name = typeof signal === "string" ? signal.replace(/^SIG/i, "").toUpperCase() : signal;
    await this.#call("SignalProcess", { signal: name, group: options.group ?? false }, "never", options.signal);
  }

  /** Gives its terminal another size. */
  async resize(size: TerminalSize, options: CallOptions = {}): Promise<void> {
    await this.#call("ResizeTerminal", { rows: size.rows, cols: size.cols }, "repeat", options.signal);
  }

  /** Asks the server about it. */
  describe(options: CallOptions = {}): Promise<ProcessInfo> {
    return this.#call("DescribeProcess", {}, "repeat", options.signal);
  }

  /** Kills it if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#info.status === "exited") return;
    try {
      await this.kill();
    } catch (error) {
      // It, or its sandbox, is gone already: nothing is left to end.
      if (!(error instanceof NotFoundError || error instanceof SandboxGoneError || error instanceof ConflictError)) throw error;
    }
  }

  async #waitOnce(seconds: number, signal: AbortSignal | undefined): Promise<ProcessInfo> {
    try {
      return await this.#call("WaitProcess", { timeout: seconds }, "patient", signal);
    } catch (error) {
      if (!(error instanceof LimitError)) throw error;
      // So many wait on this connection that the server takes no more of them: this one looks in now and then.
      await sleep(500 + Math.random() * 500, signal);
      return await this.#call("DescribeProcess", {}, "patient", signal);
    }
  }

  async #call(method: string, request: object, onLoss: "repeat" | "patient" | "never", signal: AbortSignal | undefined): Promise<ProcessInfo> {
    const { hub, address } = this.#parts;
    // A wait is answered after up to 30 s of its own.
    const timeout = method === "WaitProcess" ? hub.patience + 30 : undefined;
    const answer = await hub.invoke<{ process: ProcessInfo }>(method, { ...address, ...request }, { onLoss, signal, timeout });
    return this.#info = answer.process;
  }

  #stream(channel: string): OutputStream {
    let stream = this.#streams.get(channel);
    if (stream === undefined) this.#streams.set(channel, stream = this.output(channel));
    return stream;
  }

  #checkChannel(channel: string): void {
    const has = this.#info.terminal ? ["terminal"] : ["stdout", "stderr"];
    if (has.includes(channel) || this.#info.channels.some(({ name }) => name === channel)) return;
    throw new InvalidRequestError(`Process ${this.id} has no ${channel}; it has ${has.join(" and ")}.`);
  }
}
