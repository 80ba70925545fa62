import type { IStreamResult, ISubscription } from "@microsoft/signalr";
import { abortable } from "./abort.js";
import { ConnectionLost } from "./failure.js";

/**
 * One server stream on one connection, as a queue. It holds at most `limit` items: beyond that it lets the stream go and ends after what
 * it has as if its connection were lost, and its owner reads on from its cursor with a new one.
 */
export class Subscription<T> {
  readonly opened = performance.now();
  readonly #items: T[] = [];
  readonly #subscription: ISubscription<T>;
  #ended: { readonly error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(stream: IStreamResult<T>, explain: (thrown: unknown) => unknown, private readonly limit = 1024) {
    this.#subscription = stream.subscribe({
      next: item => this.#take(item),
      complete: () => this.#finish({}),
      // A microtask later the connection knows whether it is lost, which is what the explanation goes by.
      error: thrown => queueMicrotask(() => this.#finish({ error: explain(thrown) })),
    });
  }

  /** The next item; undefined at the end. Throws what ended the stream, after the items before. */
  async next(signal?: AbortSignal): Promise<T | undefined> {
    signal?.throwIfAborted();
    while (this.#items.length === 0 && this.#ended === undefined) {
      await abortable(new Promise<void>(resolve => {
        this.#wake = resolve;
      }), signal);
    }

    if (this.#items.length > 0) return this.#items.shift();
    if (this.#ended?.error !== undefined) throw this.#ended.error;
    return undefined;
  }

  /** Lets the stream go. What is queued can still be taken. */
  cancel(): void {
    this.#letGo({});
  }

  #take(item: T): void {
    if (this.#ended !== undefined) return;
    this.#items.push(item);
    this.#wake?.();
    if (this.#items.length >= this.limit) this.#letGo({ error: new ConnectionLost("the reader was too slow for the stream") });
  }

  #letGo(end: { readonly error?: unknown }): void {
    if (this.#ended !== undefined) return;
    this.#finish(end);
    this.#subscription.dispose();
  }

  #finish(end: { readonly error?: unknown }): void {
    this.#ended ??= end;
    this.#wake?.();
  }
}
