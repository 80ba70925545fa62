import type { Gap, Rewind } from "./gap-errors.js";

/** A secret, or where to get it before each connection. */
export type KeySource = string | (() => string | Promise<string>);

/** How to reach a server. Durations are seconds. */
export interface ConnectOptions {
  /** An API key. Left out: none, which a server on the loopback interface may allow, or a sandbox's token does instead. */
  key?: KeySource | undefined;
  /** Sends a Google ID token instead of a key; needs the package `google-auth-library`, and Node. */
  useGoogleAuth?: boolean | { audience?: string };
  /** How long the first connection may take, with its retries. Default 15. */
  connectTimeout?: number;
  /** How long a lost connection is sought again before calls and streams fail. Default 300. */
  reconnectTimeout?: number;
  /** How long a call may take, a reconnection in the middle included. Default 60. */
  callTimeout?: number;
  /** After how much silence a connection counts as lost. Default 30; not below twice the server's keep-alive of 15. */
  serverTimeout?: number;
  /** More headers, such as a proxy's (Node only: browsers cannot set them). */
  headers?: Record<string, string>;
  /** Told whenever the connection is made, lost, or could not be made yet. */
  onConnection?: (change: ConnectionChange) => void;
}

/** A change of the connection, for logs and displays: nothing needs to be done about it. */
export interface ConnectionChange {
  readonly state: "connected" | "lost" | "retrying";
  /** How many connections there were before. */
  readonly reconnects: number;
  /** Why, where that is known. */
  readonly error?: unknown;
}

/** Anything that can be given up. */
export interface CallOptions {
  /** Gives the call up. What it asked for may have happened. */
  signal?: AbortSignal | undefined;
}

/** How a sandbox that exists is taken up. */
export interface AttachOptions extends CallOptions {
  /** Its secret; not needed with a key of its owner. */
  token?: string | undefined;
  /** Whether a suspended one is woken, and its idle timeout begins anew. Default true; without, it can be described, rewound or deleted asleep. */
  wake?: boolean;
}

/** What a new sandbox is to be. Sizes are bytes, durations seconds; what is left out is the server's default. */
export interface CreateOptions extends CallOptions {
  /** `[a-z0-9][a-z0-9-]{0,39}`. The same request under the same id twice gives the same sandbox. Left out: a random one. */
  id?: string;
  /** With an id: the secret of its token, 32 to 128 of `A-Z a-z 0-9 _ -`, drawn at random. Left out: drawn here, so that no lost answer loses it. */
  token?: string | undefined;
  template?: string;
  /** The template's start state that it begins from (`base` has `pandas`), where there is one yet. */
  start?: string;
  /** The snapshot that it starts from, in place of a template. */
  snapshot?: string;
  env?: Record<string, string>;
  cwd?: string;
  user?: "user" | "root";
  memoryBytes?: number;
  diskBytes?: number;
  /** How many processes it may have. */
  processes?: number;
  /** Counts from the last client activity and the last running program. */
  idleTimeout?: number;
  /** What happens then: it is deleted (default), or put to storage with its programs until the next call on it. */
  onIdle?: "delete" | "suspend";
  /** The total time, from creation. */
  lifetime?: number;
  /** While something runs or happens in it, a checkpoint is taken every so often. Left out: none but those that are asked for. */
  checkpointInterval?: number;
  /** How many checkpoints without a label are kept beside the current one: the newest. Left out: all, or 10 with `checkpointInterval`. */
  keepCheckpoints?: number;
  /** Each checkpoint has its files beside it as a layer: one that cannot be restored any more can still be started with them, see `restore`. */
  keepFiles?: boolean;
  labels?: Record<string, string>;
  /** No idle timeout. */
  keepAlive?: boolean;
}

/** How a program is started. */
export interface StartOptions extends CallOptions, DiscontinuityOptions {
  /** `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`: starting an id twice starts one program. Left out: a random one. */
  id?: string;
  env?: Record<string, string>;
  cwd?: string;
  user?: "user" | "root";
  /** Whether its input stays open for `stdin`. Default false: it reads an end of file. A terminal's is always open. */
  stdin?: boolean;
  /** Seconds until it is ended. Left out: none. */
  timeout?: number;
  /** A terminal instead of pipes. */
  terminal?: boolean | { rows?: number; cols?: number; term?: string };
  /** What happens when its output log is full: forget the oldest bytes (default), or make the program wait for its readers. */
  onFull?: "drop_oldest" | "block";
}

/** What to do about output that does not go on where it stopped. Without a handler the stream fails. */
export interface DiscontinuityOptions {
  /** Called instead of failing with a `GapError`; the stream goes on behind the gap. */
  onGap?: (gap: Gap) => void;
  /** Called instead of failing with a `RewoundError`; the stream goes on at `to` of the new timeline. */
  onRewind?: (rewind: Rewind) => void;
}

/** From where and how an output log is read. */
export interface ReadOptions extends CallOptions, DiscontinuityOptions {
  /** The first byte wanted. Default 0. */
  offset?: number;
  /** The history that `offset` belongs to. Left out: the present one. */
  timeline?: number;
  /** Whether to wait for what is still to come. Default true. */
  follow?: boolean;
}

/** How a snapshot is to be made. */
export interface SnapshotOptions extends CallOptions {
  /** For lists: at most 16, of 1,000 bytes together. */
  labels?: Record<string, string>;
  /** Whether one of that name is replaced. Default false: a `ConflictError`. */
  overwrite?: boolean;
  /**
   * Whether all files are of one moment, and none changed meanwhile: a copy of the sandbox in which nothing runs is walked, for which the host must have room
   * (`UnavailableError`). Default false: they are read while the programs write.
   */
  consistent?: boolean;
}

/** How a template is to be made of an image. */
export interface ImportTemplateOptions extends CallOptions {
  /** Told how many bytes were sent. */
  onProgress?: (progress: { readonly done: number; readonly total: number | undefined }) => void;
}

/** How a snapshot is to be made of an image. */
export interface ImportOptions extends SnapshotOptions, ImportTemplateOptions {}
