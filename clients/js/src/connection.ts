import { HubConnectionBuilder, HubConnectionState, LogLevel, type HubConnection, type IHttpConnectionOptions } from "@microsoft/signalr";
import { abortable, sleep } from "./abort.js";
import { bearerSource } from "./auth.js";
import { Backoff } from "./backoff.js";
import { UnavailableError } from "./errors.js";
import { refusalOf } from "./failure.js";
import { Http } from "./http.js";
import type { ConnectOptions } from "./options.js";

/**
 * The one SignalR connection of a client, made when it is first needed and again whenever it is needed and gone. SignalR's own automatic
 * reconnection is left off: it does not cover the first start, and calls could not wait for it. One object serves all of them, for it keeps
 * the session-affinity cookie.
 */
export class Connection {
  readonly url: string;
  readonly signalr: HubConnection;
  /** The same server with the same rights, for what is a stream of bytes. */
  readonly http: Http;
  readonly #options: ConnectOptions;
  readonly #bearer: (() => Promise<string>) | undefined;
  readonly #closing = new AbortController();
  readonly #backoff = new Backoff();
  #generation = 0;
  #connecting: Promise<void> | undefined;

  constructor(url: string, options: ConnectOptions) {
    this.url = url;
    this.#options = options;
    this.#bearer = bearerSource(options, url);
    this.http = new Http(url, options.headers ?? {}, this.#bearer);
    // The server answers pages of other origins without `Access-Control-Allow-Credentials`, so a browser would refuse a request with cookies.
    const http: IHttpConnectionOptions = { timeout: 20_000, withCredentials: false };
    if (this.#bearer !== undefined) http.accessTokenFactory = this.#bearer;
    if (options.headers !== undefined) http.headers = options.headers;
    this.signalr = new HubConnectionBuilder()
      .withUrl(url, http)
      .withServerTimeout((options.serverTimeout ?? 30) * 1000)
      .configureLogging(LogLevel.None)
      .build();
    this.signalr.onclose(error => {
      this.#generation++;
      if (!this.#closing.signal.aborted) this.#tell("lost", error); // What was closed is not lost.
    });
  }

  /** Grows with every lost connection. */
  get generation(): number {
    return this.#generation;
  }

  /** Fires when the client is closed for good. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Whether the connection of a generation is up. */
  lives(generation: number): boolean {
    return generation === this.#generation && this.signalr.state === HubConnectionState.Connected;
  }

  /** Waits for a connection, and makes it where there is none. */
  async connected(signal?: AbortSignal): Promise<void> {
    this.#closing.signal.throwIfAborted();
    if (this.signalr.state === HubConnectionState.Connected) return;
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    await abortable(this.#connecting, signal);
  }

  /** Says that the server answers, so that the next loss is followed by a quick try. */
  proved(): void {
    this.#backoff.reset();
  }

  /** Gives up a connection that cannot send any more, though it was not reported lost yet. */
  async drop(generation: number): Promise<void> {
    if (this.lives(generation)) await this.signalr.stop();
  }

  /** Ends the connection for good. */
  async close(): Promise<void> {
    this.#closing.abort(new UnavailableError("unavailable", "The client was closed."));
    await this.signalr.stop();
  }

  async #connect(): Promise<void> {
    const known = this.#generation > 0;
    const limit = known ? this.#options.reconnectTimeout ?? 300 : this.#options.connectTimeout ?? 15;
    const until = performance.now() + limit * 1000;
    for (let first = true; ; first = false) {
      if (!first || known) await sleep(this.#backoff.next(), this.#closing.signal);
      try {
        await this.#bearer?.(); // SignalR would wrap its failure in words.
        await this.signalr.start();
        if (this.#closing.signal.aborted) await this.signalr.stop();
        this.#closing.signal.throwIfAborted();
        this.#tell("connected");
        return;
      } catch (error) {
        const refusal = refusalOf(error, this.url, known);
        if (refusal !== undefined) throw refusal;
        if (performance.now() >= until) {
          throw new UnavailableError("unavailable", `No connection to ${this.url} within ${limit} s.`, undefined, { cause: error });
        }

        this.#tell("retrying", error);
      }
    }
  }

  #tell(state: "connected" | "lost" | "retrying", error?: unknown): void {
    try {
      this.#options.onConnection?.({ state, reconnects: this.#generation, error });
    } catch (thrown) {
      // The listener's fault must not end the connection, and is not to be hidden either.
      queueMicrotask(() => {
        throw thrown;
      });
    }
  }
}
