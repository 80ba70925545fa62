import { SandboxError } from "./errors.js";

/** Output that fell out of the log before it was read. */
export interface Gap {
  readonly channel: string;
  readonly timeline: number;
  /** The first missing byte. */
  readonly from: number;
  /** The byte at which the log goes on. */
  readonly to: number;
  /** How many bytes are missing. */
  readonly lostBytes: number;
}

/**
 * The sandbox went back to an older state. What was read from `to` up to `from` never happened; and what was read before `to` is in the new
 * history as well, unless that has grown by other bytes since.
 */
export interface Rewind {
  readonly channel: string;
  /** The new timeline. */
  readonly timeline: number;
  /** How far had been read. */
  readonly from: number;
  /** Where the log goes on. */
  readonly to: number;
}

/** Output is missing. Give `onGap` to go on instead, or read again from `gap.to`. */
export class GapError extends SandboxError {
  readonly gap: Gap;

  constructor(gap: Gap) {
    super("gap", `${gap.lostBytes} bytes of ${gap.channel} fell out of the log before they were read (${gap.from} to ${gap.to}).`);
    this.gap = gap;
  }
}

/**
 * The sandbox went back to an older state, and two histories are not joined silently. Give `onRewind` to go on instead, or read again:
 * `process.output(channel, { offset: rewind.to, timeline: rewind.timeline })`.
 */
export class RewoundError extends SandboxError {
  readonly rewind: Rewind;

  constructor(rewind: Rewind) {
    super("rewound", `The sandbox went back to an older state: ${rewind.channel} was read up to ${rewind.from} and goes on at ${rewind.to}.`);
    this.rewind = rewind;
  }
}
