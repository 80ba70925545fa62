import type { EventEmitter } from "node:events";
import WebSocket from "ws";
import { bearerSource } from "../auth.js";
import type { SandboxOptions } from "./options.js";
import type { ServerEvent } from "./wire.js";

/** Told of what comes over one connection, in order. */
export interface Listener {
  readonly onEvent: (event: ServerEvent) => void;
  readonly onClose: (code: number, reason: string) => void;
}

/** Makes the connections of one sandbox, with what all of them carry: the bearer token, and the cookies of the ones before. */
export class Connector {
  readonly #base: URL;
  readonly #options: SandboxOptions;
  readonly #bearer: (() => Promise<string>) | undefined;
  readonly #cookies = new Map<string, string>();

  constructor(url: string | URL, options: SandboxOptions) {
    this.#base = new URL(url);
    const secure = this.#base.protocol === "wss:" || this.#base.protocol === "https:";
    if (!secure && this.#base.protocol !== "ws:" && this.#base.protocol !== "http:") throw new TypeError(`'${url}' is no wss or ws URL.`);
    this.#options = options;
    const https = `https://${this.#base.host}`;
    this.#bearer = options.useGoogleAuth ? bearerSource({ useGoogleAuth: { audience: https } }, https) : undefined;
    this.#base = new URL(`${secure ? "wss" : "ws"}://${this.#base.host}${this.#base.pathname.replace(/\/+$/, "")}`);
  }

  /** Connects. What comes goes to the listener, also before this is done. */
  async connect(path: string, listener: Listener): Promise<Socket> {
    const { wsOptions = {} } = this.#options;
    const headers: Record<string, string> = { ...wsOptions.headers };
    if (this.#bearer) headers["Authorization"] = `Bearer ${await this.#bearer()}`;
    if (this.#cookies.size > 0) headers["Cookie"] = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const socket = new WebSocket(`${this.#base.href.replace(/\/+$/, "")}${path}`, { ...wsOptions, headers }) as unknown as RawSocket;
    socket.on("upgrade", (response: { headers: { "set-cookie"?: string[] } }) => this.#keep(response.headers["set-cookie"] ?? []));
    return await new Promise((resolve, reject) => {
      let open = false;
      socket.on("open", () => { open = true; this.#debug("connected", path.split("?")[0]); resolve(new Socket(socket, this.#debug)); });
      socket.on("error", (error: Error) => { if (!open) reject(error); });
      socket.on("message", (data: Buffer) => {
        const text = data.toString();
        this.#debug("received", text);
        listener.onEvent(JSON.parse(text) as ServerEvent);
      });
      socket.on("close", (code: number, reason: Buffer) => {
        this.#debug("closed", code);
        if (open) listener.onClose(code, reason.toString());
      });
    });
  }

  readonly #debug = (what: string, ...more: unknown[]): void => {
    if (!this.#options.enableDebug) return;
    // Who watches may not have the sandbox's secret.
    const shown = more.map(value => String(value).replace(/("sandbox_token":")[^"]*/, "$1..."));
    console.debug(`[${this.#options.debugLabel ?? "sandbox"}]`, what, ...shown);
  };

  #keep(cookies: string[]): void {
    for (const cookie of cookies) {
      const pair = cookie.split(";", 1)[0]!;
      const at = pair.indexOf("=");
      if (at > 0) this.#cookies.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim());
    }
  }
}

/** One connection that is open. */
export class Socket {
  readonly #socket: RawSocket;
  readonly #debug: (what: string, ...more: unknown[]) => void;

  constructor(socket: RawSocket, debug: (what: string, ...more: unknown[]) => void) {
    this.#socket = socket;
    this.#debug = debug;
  }

  send(message: object): void {
    const text = JSON.stringify(message);
    this.#debug("sent", text);
    this.#socket.send(text);
  }

  close(): void {
    this.#socket.close(1000);
  }
}

interface RawSocket extends EventEmitter {
  send(text: string): void;
  close(code: number): void;
}
