import { sleep, within } from "./abort.js";
import { Backoff } from "./backoff.js";
import { CallTimeoutError, UnavailableError, UnknownOutcomeError } from "./errors.js";
import { Connection } from "./connection.js";
import { classify, ConnectionLost, NotSent } from "./failure.js";
import type { ConnectOptions } from "./options.js";
import { Subscription } from "./subscription.js";

/** How one call is made. */
export interface Call {
  readonly signal?: AbortSignal | undefined;
  /** Seconds; left out: the client's `callTimeout`. */
  readonly timeout?: number | undefined;
  /**
   * What happens when the answer is lost with the connection. `repeat`: asked again, for asking twice does what asking once does;
   * `patient`: the same, and also while the server says that it cannot now; `never`: it fails with an `UnknownOutcomeError`.
   */
  readonly onLoss: "repeat" | "patient" | "never";
  /** Called before each repetition of something that may have reached the server. */
  readonly onRepeat?: () => void;
}

/** Calls and streams of the hub, over however many connections it takes. */
export class Hub {
  readonly connection: Connection;
  /** How many seconds a call may take. */
  readonly callTimeout: number;
  /** For how many seconds of trouble a stream is taken up again. */
  readonly patience: number;

  constructor(url: string, options: ConnectOptions) {
    this.connection = new Connection(url, options);
    this.callTimeout = options.callTimeout ?? 60;
    this.patience = options.reconnectTimeout ?? 300;
  }

  /** Calls a method with one object and gives its answer. */
  async invoke<T>(method: string, request: object, call: Call): Promise<T> {
    const timeout = call.timeout ?? this.callTimeout;
    let sent = false;
    const late = (): Error => sent
      ? new CallTimeoutError(`${method} was not answered within ${timeout} s.`)
      : new UnavailableError("unavailable", `${method}: no connection to ${this.connection.url} within ${timeout} s.`);
    return await within(timeout, call.signal, late, async signal => {
      for (const backoff = new Backoff(); ;) {
        await this.connection.connected(signal);
        const generation = this.connection.generation;
        if (sent) call.onRepeat?.();
        const sentBefore = sent;
        sent = true;
        try {
          const answer = await this.connection.signalr.invoke<T>(method, request);
          this.connection.proved();
          return answer;
        } catch (thrown) {
          signal.throwIfAborted();
          const failure = classify(thrown, method, this.connection.lives(generation));
          if (failure instanceof NotSent) {
            sent = sentBefore;
            await this.connection.drop(generation);
          } else if (!mayRepeat(failure, call)) {
            throw failure instanceof ConnectionLost
              ? new UnknownOutcomeError(`${method}: the connection was lost before the answer came; it may have happened.`, { cause: failure })
              : failure;
          }

          const wait = failure instanceof UnavailableError ? (failure.retryAfter ?? 0) * 1000 : 0;
          await sleep(Math.max(wait, backoff.next()), signal);
        }
      }
    });
  }

  /** Opens a server stream on the present connection. It ends with a `ConnectionLost` when that ends. */
  async subscribe<T>(method: string, request: object, signal?: AbortSignal, limit?: number): Promise<Subscription<T>> {
    await this.connection.connected(signal);
    const generation = this.connection.generation;
    return new Subscription<T>(
      this.connection.signalr.stream<T>(method, request),
      thrown => classify(thrown, method, this.connection.lives(generation)),
      limit);
  }

  /** Sends something that needs no answer, and that does not matter once the connection is gone. */
  tell(method: string, request: object): void {
    this.connection.signalr.send(method, request).catch(() => {
      // The connection is gone, and with it the stream that this was about.
    });
  }
}

function mayRepeat(failure: Error, call: Call): boolean {
  if (call.onLoss === "never") return false;
  if (failure instanceof ConnectionLost || failure instanceof CallTimeoutError) return true;
  return call.onLoss === "patient" && failure instanceof UnavailableError;
}
