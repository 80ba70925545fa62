import { Follower } from "./follower.js";
import type { Hub } from "./hub.js";
import type { CallOptions } from "./options.js";
import type { EventGap, SandboxEvent } from "./wire.js";

/** From where and how a sandbox's events are read. */
export interface EventOptions extends CallOptions {
  /** The number of the last event that is known; those after it come. Default 0: from the sandbox's beginning. */
  since?: number;
  /** Whether to wait for what is still to come. Default true. */
  follow?: boolean;
}

/**
 * A sandbox's events in their order, each once, over any number of connections. What fell out of the log comes as a `gap`, also where the
 * server did not say so. Ends with the sandbox's last event, or when the signal fires (which throws its reason).
 */
export async function* readEvents(hub: Hub, address: object, options: EventOptions): AsyncGenerator<SandboxEvent | EventGap, undefined, undefined> {
  const signal = options.signal ?? new AbortController().signal;
  const follow = options.follow ?? true;
  let since = options.since ?? 0;
  const follower = new Follower<SandboxEvent | EventGap>(hub, "ReadEvents", () => ({ ...address, since, follow }));
  try {
    for (;;) {
      const item = await follower.next(signal);
      if (item === undefined) return; // The server completes it when nothing more can happen, or nothing more is wanted.

      const end = item.type === "gap" ? item.to + 1 : item.sequence;
      if (end > since + 1) {
        yield { type: "gap", from: since + 1, to: end - 1 };
        since = end - 1;
      }

      if (item.type === "gap" || item.sequence <= since) continue;
      since = item.sequence;
      yield item;
    }
  } finally {
    follower.cancel();
  }
}
