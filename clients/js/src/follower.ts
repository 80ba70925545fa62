import { sleep } from "./abort.js";
import { Backoff } from "./backoff.js";
import { CallTimeoutError, UnavailableError } from "./errors.js";
import { ConnectionLost } from "./failure.js";
import type { Hub } from "./hub.js";
import type { Subscription } from "./subscription.js";

/** A stream that lived this long was well; what happens to it then is a new trouble. */
const wellAfter = 30_000;

/**
 * A server stream that is opened again, from where its reader is, whenever it breaks off: with its connection, or because the server
 * cannot now. Errors of any other kind, and trouble that lasts longer than the client's patience, are thrown.
 */
export class Follower<T> {
  readonly #backoff = new Backoff();
  #subscription: Subscription<T> | undefined;
  #troubleSince: number | undefined;

  /** @param request Makes the request of the next opening from where the reader is then. */
  constructor(
    private readonly hub: Hub,
    private readonly method: string,
    private readonly request: () => object,
  ) {}

  /** The next item, or undefined when the server completed the stream. After that, the next call opens it again. */
  async next(signal: AbortSignal): Promise<T | undefined> {
    for (;;) {
      try {
        this.#subscription ??= await this.hub.subscribe<T>(this.method, this.request(), signal);
        const item = await this.#subscription.next(signal);
        if (item === undefined) this.#subscription = undefined;
        else this.#well();
        return item;
      } catch (error) {
        if (signal.aborted) {
          this.cancel();
          throw signal.reason;
        }

        const opened = this.#subscription?.opened;
        this.#subscription = undefined;
        await this.pause(error, signal, opened);
      }
    }
  }

  /** Waits before the stream is opened again, or throws when it is not to be. */
  async pause(error: unknown, signal: AbortSignal, opened?: number): Promise<void> {
    const passing = error instanceof ConnectionLost || error instanceof UnavailableError || error instanceof CallTimeoutError;
    if (!passing || this.hub.connection.closing.aborted) throw this.hub.connection.closing.reason ?? error;
    const now = performance.now();
    if (opened !== undefined && now - opened > wellAfter) this.#well();
    this.#troubleSince ??= now;
    if (now - this.#troubleSince > this.hub.patience * 1000) {
      throw new UnavailableError("unavailable", `${this.method} broke off again and again for ${this.hub.patience} s.`, undefined, { cause: error });
    }

    const wait = error instanceof UnavailableError ? (error.retryAfter ?? 0) * 1000 : 0;
    await sleep(Math.max(wait, this.#backoff.next()), signal);
  }

  /** Lets the stream go. */
  cancel(): void {
    this.#subscription?.cancel();
    this.#subscription = undefined;
  }

  #well(): void {
    this.hub.connection.proved();
    this.#backoff.reset();
    this.#troubleSince = undefined;
  }
}
