import { fromBase64 } from "./base64.js";
import { ServerError } from "./errors.js";
import type { OutputItem } from "./wire.js";

/** What an item means for a reader that stands at a cursor. */
export type CursorStep =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "nothing" }
  | { readonly kind: "gap"; readonly from: number; readonly to: number }
  | { readonly kind: "rewound"; readonly from: number; readonly to: number }
  | { readonly kind: "end" };

/**
 * A place in an output log, (timeline, offset). It turns what any number of connections deliver into every byte exactly once: what
 * comes again is cut off, and what is missing without a word is a fault.
 */
export class OutputCursor {
  #timeline: number | undefined;
  #offset: number;

  constructor(timeline: number | undefined, offset: number) {
    this.#timeline = timeline;
    this.#offset = offset;
  }

  /** The history that the offset belongs to; undefined until the first item, where the reader did not say. */
  get timeline(): number | undefined {
    return this.#timeline;
  }

  /** The next byte wanted. */
  get offset(): number {
    return this.#offset;
  }

  /** Takes an item and moves on. */
  take(item: OutputItem): CursorStep {
    if (item.type === "rewound") return this.#rewind(item.timeline, item.to);
    this.#timeline ??= item.timeline;
    if (item.timeline !== this.#timeline) {
      throw new ServerError(`The server went from timeline ${this.#timeline} to ${item.timeline} without saying where.`);
    }

    switch (item.type) {
      case "data": return this.#data(item.offset, fromBase64(item.data));
      case "gap": return this.#gap(item.to);
      case "end":
        if (item.offset > this.#offset) throw this.#missing(item.offset);
        return { kind: "end" };
      default: return { kind: "nothing" }; // An item of a later server, which an older client need not know.
    }
  }

  #data(offset: number, bytes: Uint8Array): CursorStep {
    if (offset > this.#offset) throw this.#missing(offset);
    const fresh = bytes.subarray(Math.min(this.#offset - offset, bytes.length));
    if (fresh.length === 0) return { kind: "nothing" };
    this.#offset += fresh.length;
    return { kind: "bytes", bytes: fresh };
  }

  #gap(to: number): CursorStep {
    const from = this.#offset;
    if (to <= from) return { kind: "nothing" };
    this.#offset = to;
    return { kind: "gap", from, to };
  }

  #rewind(timeline: number, to: number): CursorStep {
    const from = this.#offset;
    if (timeline === this.#timeline && to === from) return { kind: "nothing" };
    this.#timeline = timeline;
    this.#offset = to;
    // Nothing of the old history was taken, so there are no two to be joined. Everywhere else `to === from` is no such proof: the new one may
    // have grown past this place by other bytes.
    if (from === 0 && to === 0) return { kind: "nothing" };
    return { kind: "rewound", from, to };
  }

  #missing(offset: number): ServerError {
    return new ServerError(`The server went from offset ${this.#offset} to ${offset} without saying that bytes are lost.`);
  }
}
