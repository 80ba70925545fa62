import { OutputCursor } from "./cursor.js";
import { ConnectionLost } from "./failure.js";
import { Follower } from "./follower.js";
import { GapError, RewoundError } from "./gap-errors.js";
import type { Hub } from "./hub.js";
import { randomId } from "./ids.js";
import type { ReadOptions } from "./options.js";
import type { OutputItem } from "./wire.js";

/** How many bytes are taken before the server is told. It sends up to 262,144 beyond what it was told, so nothing stalls. */
const acknowledgeEvery = 65_536;

/** Which output log. */
export interface OutputAddress {
  readonly sandboxId: string;
  readonly token?: string | undefined;
  readonly processId: string;
  readonly channel: string;
}

/**
 * Reads one output log as one unbroken sequence of bytes. It asks for nothing before the first `next`, and acknowledges bytes as they
 * are taken, so a reader that stops taking stops the server.
 */
export class OutputReader {
  readonly #hub: Hub;
  readonly #address: OutputAddress;
  readonly #options: ReadOptions;
  readonly #cursor: OutputCursor;
  readonly #follower: Follower<OutputItem>;
  readonly #stop = new AbortController();
  readonly #onAbort = (): void => this.stop(this.#options.signal?.reason);
  #readId = "";
  #acknowledged = 0;
  #ended = false;

  constructor(hub: Hub, address: OutputAddress, options: ReadOptions) {
    this.#hub = hub;
    this.#address = address;
    this.#options = options;
    this.#cursor = new OutputCursor(options.timeline, options.offset ?? 0);
    this.#follower = new Follower<OutputItem>(hub, "ReadOutput", () => this.#open());
    options.signal?.addEventListener("abort", this.#onAbort);
    if (options.signal?.aborted) this.#onAbort();
  }

  /** The next bytes; undefined at the end. After that, and after what it throws, it holds nothing any more. */
  async next(): Promise<Uint8Array | undefined> {
    try {
      const bytes = await this.#next();
      if (bytes === undefined) this.#detach();
      return bytes;
    } catch (error) {
      this.#follower.cancel();
      this.#detach();
      throw error;
    }
  }

  /** Ends the reading; a `next` that waits, and every later one, throws the reason. */
  stop(reason?: unknown): void {
    this.#stop.abort(reason);
    this.#follower.cancel();
    this.#detach();
  }

  async #next(): Promise<Uint8Array | undefined> {
    while (!this.#ended) {
      const item = await this.#follower.next(this.#stop.signal);
      if (item === undefined) {
        if (this.#options.follow === false) return undefined;
        // Completed without an end: the server let go of it.
        await this.#follower.pause(new ConnectionLost("the stream ended early"), this.#stop.signal);
        continue;
      }

      const step = this.#cursor.take(item);
      if (step.kind === "bytes") {
        this.#acknowledge();
        return step.bytes;
      }

      if (step.kind === "end") this.#ended = true;
      else if (step.kind === "gap") this.#gap(step.from, step.to);
      else if (step.kind === "rewound") this.#rewound(step.from, step.to);
    }

    return undefined;
  }

  #open(): object {
    this.#readId = randomId("r");
    this.#acknowledged = this.#cursor.offset;
    const { timeline, offset } = this.#cursor;
    return { ...this.#address, readId: this.#readId, timeline, offset, follow: this.#options.follow ?? true };
  }

  #acknowledge(): void {
    const { offset, timeline } = this.#cursor;
    if (offset - this.#acknowledged < acknowledgeEvery) return;
    this.#acknowledged = offset;
    this.#hub.tell("AckOutput", { readId: this.#readId, offset, timeline });
  }

  #gap(from: number, to: number): void {
    const gap = { channel: this.#address.channel, timeline: this.#cursor.timeline ?? 0, from, to, lostBytes: to - from };
    this.#acknowledge();
    if (this.#options.onGap === undefined) throw new GapError(gap);
    this.#options.onGap(gap);
  }

  #rewound(from: number, to: number): void {
    const rewind = { channel: this.#address.channel, timeline: this.#cursor.timeline ?? 0, from, to };
    this.#acknowledged = to;
    if (this.#options.onRewind === undefined) throw new RewoundError(rewind);
    this.#options.onRewind(rewind);
  }

  /** A caller's signal may live long: it is not to hold every reader that there ever was. */
  #detach(): void {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
  }
}
