import { SandboxError, UnavailableError } from "./errors.js";
import { parseServerError } from "./server-errors.js";

/** How something is asked. */
export interface HttpOptions {
  readonly token?: string | undefined;
  readonly headers?: Record<string, string>;
  readonly body?: BodyInit;
  /** What the body is; a tar archive where it is left out. */
  readonly type?: string;
  readonly signal?: AbortSignal | undefined;
  /** A status beside those of success that the caller knows what to make of. */
  readonly also?: number;
}

/** Plain HTTP to a hub's server, for what is a stream. */
export class Http {
  readonly #base: string;
  readonly #headers: Record<string, string>;
  readonly #bearer: (() => Promise<string>) | undefined;

  constructor(hub: string, headers: Record<string, string>, bearer: (() => Promise<string>) | undefined) {
    const url = new URL(hub);
    this.#base = `${url.origin}${url.pathname.replace(/hub$/, "")}`;
    this.#headers = headers;
    this.#bearer = bearer;
  }

  /** Asks, and gives the object that is answered. */
  async ask<T>(method: string, path: string, options: HttpOptions): Promise<T> {
    const response = await this.send(method, path, options);
    try {
      return await response.json() as T;
    } catch (error) {
      options.signal?.throwIfAborted();
      throw new UnavailableError("unavailable", `The answer broke off: ${(error as Error).message}`, undefined, { cause: error });
    }
  }

  /** Asks, and gives an answer that says that it was done; its body is not read yet. */
  async send(method: string, path: string, options: HttpOptions = {}): Promise<Response> {
    const headers = new Headers(this.#headers);
    if (this.#bearer !== undefined) headers.set("Authorization", `Bearer ${await this.#bearer()}`);
    for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);
    if (options.token !== undefined) headers.set("Sandbox-Token", options.token);
    const request: RequestInit & { duplex?: "half" } = { method, headers, signal: options.signal ?? null };
    if (options.body !== undefined) {
      headers.set("Content-Type", options.type ?? "application/x-tar");
      request.body = options.body;
      request.duplex = "half"; // Which a body that is a stream wants said.
    }

    let response: Response;
    try {
      response = await fetch(new URL(path, this.#base), request);
    } catch (error) {
      options.signal?.throwIfAborted();
      throw new UnavailableError("unavailable", `${this.#base} cannot be reached: ${(error as Error).message}`, undefined, { cause: error });
    }

    if (response.ok || response.status === options.also) return response;
    throw problemOf(response.status, await response.text());
  }
}

function problemOf(status: number, text: string): SandboxError {
  let problem: Record<string, unknown> | null = null;
  try {
    problem = JSON.parse(text) as Record<string, unknown> | null;
  } catch {
    // No problem details: something between said it.
  }

  const error = problem && parseServerError(JSON.stringify({ ...problem, message: problem["detail"], status: problem["sandboxStatus"] }));
  return error ?? new UnavailableError("unavailable", `The server answered ${status}.`);
}
