import { Readable } from "node:stream";
import { Deferred } from "./deferred.js";

/** What a program writes to one of its streams, as text. What is not read is kept in memory. */
export class ProcessStream extends Readable {
  constructor() {
    super({ encoding: "utf8", read() {} });
  }

  /** All of it, once the program is done. */
  async readAll(): Promise<string> {
    let all = "";
    for await (const text of this) all += text as string;
    return all;
  }
}

/** A program that runs in a sandbox. */
export class SandboxProcess {
  readonly stdout = new ProcessStream();
  readonly stderr = new ProcessStream();
  readonly #send: (message: object) => void;
  #killing: Deferred<void> | undefined;
  #refused: Error | undefined;
  readonly #done = new Deferred<void>();

  constructor(send: (message: object) => void) {
    this.#send = send;
  }

  /** Gives it input. Throws what the server said of the input before, where it was not taken. */
  writeToStdin(data: string): void {
    if (this.#refused) throw this.#refused;
    this.#send({ event: "stdin", data });
  }

  /** Waits until it is done. */
  wait(): Promise<void> {
    return this.#done.promise;
  }

  /** Ends it, and waits for its end. */
  async kill(): Promise<void> {
    this.#killing ??= new Deferred<void>();
    this.#send({ action: "kill_process" });
    await Promise.race([this.#done.promise, this.#killing.promise]);
  }

  /** The server did not do what was asked for. */
  refuse(error: Error): void {
    if (this.#killing) this.#killing.reject(error);
    else this.#refused = error;
  }

  /** It wrote something. */
  take(stream: "stdout" | "stderr", data: string): void {
    this[stream].push(data);
  }

  /** It has ended, or will never be heard of again. */
  end(error?: Error): void {
    this.stdout.push(null);
    this.stderr.push(null);
    if (error) this.#done.reject(error);
    else this.#done.resolve();
  }
}
