import { UnknownOutcomeError } from "./errors.js";
import { checkSize } from "./request-size.js";
import type { Hub } from "./hub.js";
import { randomId } from "./ids.js";
import type { StartOptions } from "./options.js";
import type { ProcessInfo, SandboxInfo } from "./wire.js";

/** What is to run: an argument list without a shell, or code. */
export type Program = { readonly argv: readonly string[] } | { readonly language: string; readonly code: string };

/** The server's answer to a start. */
export interface Started {
  readonly process: ProcessInfo;
  readonly known: boolean;
}

/**
 * Starts a program once, however often it takes to hear so. Each try carries the same process id, and the epoch and timeline that were
 * known at the first: a server that cannot know any more whether that one ran says so, and then this throws `UnknownOutcomeError`.
 *
 * A refusal of that kind at the very first try only says that what was known is old, provided that the id was made here: nobody can have
 * used it before. Then it is asked again with what is true now.
 * @param refresh Asks for the sandbox as it is now.
 */
export async function start(
  hub: Hub, address: object, sandbox: SandboxInfo, program: Program, options: StartOptions, refresh: () => Promise<SandboxInfo>,
): Promise<Started> {
  const { id, signal, onGap: _gap, onRewind: _rewind, terminal, ...rest } = options;
  const request = {
    ...address,
    ...rest,
    ...program,
    processId: id ?? randomId("p"),
    terminal: terminal === true ? {} : terminal || undefined,
  };
  checkSize(request);
  let known = sandbox;
  for (let refreshed = false; ; refreshed = true) {
    let repeated = false;
    try {
      return await hub.invoke<Started>("StartProcess", { ...request, epoch: known.epoch, timeline: known.timeline }, {
        signal,
        onLoss: "repeat",
        onRepeat: () => {
          repeated = true;
        },
      });
    } catch (error) {
      if (!(error instanceof UnknownOutcomeError) || id !== undefined || repeated || refreshed) throw error;
      known = await refresh();
    }
  }
}
