import type { InputPump } from "./input-pump.js";
import type { CallOptions } from "./options.js";

/** A program's input: a `WritableStream` (pipe into it), with `write` and `end` for the everyday. Text goes as UTF-8. */
export class InputStream extends WritableStream<Uint8Array | string> {
  readonly #pump: InputPump;

  constructor(pump: InputPump) {
    super({
      write: chunk => pump.write(chunk),
      close: () => pump.end(),
    });
    this.#pump = pump;
  }

  /** Resolves when the server has taken it. Await it: what is not awaited waits in memory. */
  write(data: Uint8Array | string, options: CallOptions = {}): Promise<void> {
    return this.#pump.write(data, options.signal);
  }

  /** Writes a last piece, if any, and ends the input; a terminal gets Ctrl-D. */
  async end(data?: Uint8Array | string, options: CallOptions = {}): Promise<void> {
    if (data !== undefined) await this.#pump.write(data, options.signal);
    await this.#pump.end(options.signal);
  }
}
