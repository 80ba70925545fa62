import { abortable, sleep } from "./abort.js";
import { Backoff } from "./backoff.js";
import { toBase64 } from "./base64.js";
import { ConflictError } from "./errors.js";
import type { Hub } from "./hub.js";

/** The most that one WriteInput carries. */
const most = 65_536;

interface Write {
  readonly bytes: Uint8Array;
  taken: number;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Feeds a process's input in order, each byte at its offset, so that a call repeated after a lost answer is taken once. Writes that wait
 * for one another are joined into one call. One writer a process: a second one's bytes at the same offsets would count as repetitions.
 */
export class InputPump {
  readonly #hub: Hub;
  readonly #address: object;
  readonly #waiting: Write[] = [];
  #offset: number;
  /** How many of the waiting writes the present call carries a part of. */
  #underWay = 0;
  #running = false;
  #ending: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #drained: (() => void) | undefined;

  constructor(hub: Hub, address: object, offset: number) {
    this.#hub = hub;
    this.#address = address;
    this.#offset = offset;
  }

  /** Resolves when the server has taken the data. A write given up by its signal may still be taken if it was under way. */
  async write(data: Uint8Array | string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#ending !== undefined) throw new ConflictError("The input was ended.");
    // A copy, for the caller may reuse its buffer while an unanswered write waits to be repeated.
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data.slice();
    if (bytes.length === 0) return;
    let write: Write | undefined;
    const taken = new Promise<void>((resolve, reject) => {
      write = { bytes, taken: 0, resolve, reject };
      this.#waiting.push(write);
    });
    this.#start();
    try {
      await abortable(taken, signal);
    } catch (error) {
      const index = write === undefined ? -1 : this.#waiting.indexOf(write);
      if (write?.taken === 0 && index >= this.#underWay) this.#waiting.splice(index, 1); // What is under way has its offsets.
      throw error;
    }
  }

  /** Ends the input once everything before was taken. */
  end(signal?: AbortSignal): Promise<void> {
    this.#ending ??= this.#end();
    return abortable(this.#ending, signal);
  }

  async #end(): Promise<void> {
    if (this.#running) {
      await new Promise<void>(resolve => {
        this.#drained = resolve;
      });
    }

    if (this.#failure !== undefined) throw this.#failure.error;
    await this.#hub.invoke("EndInput", { ...this.#address, offset: this.#offset }, { onLoss: "patient" });
  }

  #start(): void {
    if (!this.#running) void this.#run();
  }

  /** Never rejects: a failure is every waiting write's, and every later one's. */
  async #run(): Promise<void> {
    this.#running = true;
    const backoff = new Backoff();
    try {
      while (this.#waiting.length > 0) await this.#send(backoff);
    } catch (error) {
      this.#failure = { error };
      for (const write of this.#waiting.splice(0)) write.reject(error);
    }

    // In the same turn as the last look at what waits, so that no write falls between.
    this.#running = false;
    this.#drained?.();
  }

  async #send(backoff: Backoff): Promise<void> {
    const batch = this.#batch();
    // No time limit: a program that does not read holds its writer up, as a full pipe does.
    const answer = await this.#hub.invoke<{ offset: number }>(
      "WriteInput", { ...this.#address, offset: this.#offset, data: toBase64(batch) }, { onLoss: "patient", timeout: Infinity });
    const taken = answer.offset - this.#offset;
    if (taken < 0 || taken > batch.length) {
      throw new ConflictError(`Somebody else writes to this input: it is at ${answer.offset}, not at ${this.#offset + batch.length}.`,
        { expected: answer.offset });
    }

    this.#took(taken);
    if (taken > 0) backoff.reset();
    else await sleep(backoff.next());
  }

  /** What the next call carries. */
  #batch(): Uint8Array {
    const parts: Uint8Array[] = [];
    let length = 0;
    this.#underWay = 0;
    for (const { bytes, taken } of this.#waiting) {
      if (length === most) break;
      this.#underWay++;
      const part = bytes.subarray(taken, taken + most - length);
      parts.push(part);
      length += part.length;
    }

    const batch = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      batch.set(part, at);
      at += part.length;
    }

    return batch;
  }

  #took(count: number): void {
    this.#underWay = 0;
    this.#offset += count;
    let rest = count;
    for (let write = this.#waiting[0]; write !== undefined && rest > 0; write = this.#waiting[0]) {
      const part = Math.min(rest, write.bytes.length - write.taken);
      write.taken += part;
      rest -= part;
      if (write.taken < write.bytes.length) return;
      this.#waiting.shift();
      write.resolve();
    }
  }
}
