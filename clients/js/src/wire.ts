/** Where a sandbox is in its life. */
export type SandboxStatus =
  | "creating" | "running" | "suspending" | "suspended" | "restoring" | "paused" | "deleting" | "deleted" | "failed";

/** A sandbox as the server describes it. Sizes are bytes, durations seconds, times ISO 8601. */
export interface SandboxInfo {
  readonly id: string;
  readonly status: SandboxStatus;
  /** Why it failed or was deleted. */
  readonly reason?: string;
  readonly template: string;
  /** The start state that it was created with, where there is one. */
  readonly start?: string;
  /** The snapshot that it was started from, where there is one. */
  readonly snapshot?: string;
  readonly user: string;
  readonly cwd: string;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly processes: number;
  readonly idleTimeout: number;
  readonly onIdle: string;
  readonly lifetime?: number;
  readonly checkpointInterval?: number;
  readonly keepCheckpoints?: number;
  /** Whether its checkpoints have their files beside them as a layer. */
  readonly keepFiles?: boolean;
  readonly keepAlive: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly created: string;
  /** The fencing number of its holder; it grows with every restore. */
  readonly epoch: number;
  /** Which history its offsets belong to; going back to an older state begins a new one. */
  readonly timeline: number;
  /** When it ends if nothing happens before. */
  readonly expires?: string;
}

/** A sandbox's whole state, memory and files, in storage. */
export interface Checkpoint {
  readonly id: string;
  /** When it was taken. */
  readonly created: string;
  /** How much storage it takes. */
  readonly bytes: number;
  /** The checkpoint that the sandbox had gone on from before, where there is one: so they form a tree. */
  readonly parent?: string;
  readonly label?: string;
  /** Whether its files lie beside it as a layer, so that the sandbox can be started with them if it cannot be restored. */
  readonly files?: boolean;
}

/** A sandbox's checkpoints. */
export interface CheckpointList {
  /** Oldest first. */
  readonly checkpoints: readonly Checkpoint[];
  /** The one that it goes on from when it wakes, or when its host is lost; it cannot be deleted. */
  readonly current?: string;
}

/** A named, immutable filesystem that new sandboxes start from. */
export interface Snapshot {
  readonly name: string;
  readonly created: string;
  /** How much storage its layers take, without the template's; what it shares with others counts for each. */
  readonly bytes: number;
  /** How many layers it has, the template's among them. */
  readonly layerCount: number;
  /** The snapshot that its sandbox was started from, where there is one. */
  readonly parent?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Its layers, lowest first; a list leaves them out. */
  readonly layers?: readonly { readonly digest: string; readonly diffId: string; readonly bytes: number; readonly unpackedBytes: number }[];
}

/** A snapshot that was just taken. */
export interface TakenSnapshot {
  readonly snapshot: Snapshot;
  /** Files that changed while they were read, and may be half old and half new. */
  readonly changed: readonly string[];
  /** What a snapshot cannot hold: FIFOs, sockets, devices. */
  readonly leftOut: readonly string[];
}

/** The server's answer that hands over a sandbox. @internal */
export interface CreatedSandbox {
  readonly sandbox: SandboxInfo;
  readonly token?: string;
  readonly created: boolean;
}

/** What a sandbox uses now. What its host does not count is absent. */
export interface SandboxStats {
  readonly cpuSeconds?: number;
  readonly memoryBytes?: number;
  readonly memoryLimitBytes?: number;
  readonly diskBytes?: number;
  readonly diskLimitBytes: number;
  readonly processes: number;
  /** Seconds since its creation. */
  readonly uptime: number;
}

/** How a program ended. */
export interface Exit {
  readonly reason: "exited" | "killed" | "timeout" | "out_of_memory" | "sandbox_ended";
  /** 0 to 255, where it ended by itself. */
  readonly code?: number | null;
  /** The signal that ended it. */
  readonly signal?: number | string | null;
  readonly message?: string | null;
  /** How long it ran. */
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** A terminal's size in characters. */
export interface TerminalSize {
  readonly rows: number;
  readonly cols: number;
}

/** A process as the server describes it. */
export interface ProcessInfo {
  readonly id: string;
  /** Its number inside the sandbox. */
  readonly pid: number;
  readonly argv: readonly string[];
  readonly status: "running" | "exited";
  readonly exit?: Exit | null;
  readonly started: string;
  readonly terminal?: TerminalSize | null;
  readonly channels: readonly ChannelInfo[];
  /** How many bytes of input it was given. */
  readonly stdinOffset: number;
}

/** One of a process's output logs. */
export interface ChannelInfo {
  readonly name: string;
  readonly mime: string;
  /** The first byte that can still be read. */
  readonly start?: number;
  /** How many bytes were written. */
  readonly offset: number;
  /** The same, once nothing more will come. */
  readonly end?: number | null;
}

/** What the server sends to a reader of an output log. */
export type OutputItem =
  | { readonly type: "data"; readonly timeline: number; readonly offset: number; readonly data: string }
  | { readonly type: "gap"; readonly timeline: number; readonly from: number; readonly to: number; readonly lostBytes: number }
  | { readonly type: "rewound"; readonly timeline: number; readonly from: number; readonly to: number }
  | { readonly type: "end"; readonly timeline: number; readonly offset: number };

/** Something that happened to a sandbox. Numbers grow by one. */
export type SandboxEvent = { readonly sequence: number; readonly time: string } & (
  | { readonly type: "created" | "paused" | "resumed" | "deleting" | "deleted" }
  | { readonly type: "process_started"; readonly processId: string }
  | { readonly type: "process_exited"; readonly processId: string; readonly exit: Exit }
  | { readonly type: "idle_warning"; readonly at: string }
  | { readonly type: "failed"; readonly reason: string }
  /** It was time for a checkpoint, which could not be taken; it goes on. */
  | { readonly type: "checkpoint_failed"; readonly reason: string }
  /** What its programs had put into its hooks failed after a restore or fork, or could not be started. */
  | { readonly type: "hook_failed"; readonly processId: string; readonly exit?: Exit; readonly reason?: string }
  /** Its state was kept, and it goes on; or it went to storage. */
  | { readonly type: "checkpointed" | "suspended"; readonly checkpointId: string }
  /** It goes on from where it was suspended, with nothing lost. */
  | { readonly type: "restored"; readonly checkpointId: string; readonly timeline: number }
  /** It goes on from an older state: what happened after `since` has not happened. With a `reason` where nobody asked for that. */
  | {
    readonly type: "rewound"; readonly checkpointId: string; readonly since: string; readonly timeline: number; readonly reason?: string;
  }
  /** Another sandbox was made from its state. */
  | { readonly type: "forked"; readonly checkpointId: string; readonly sandboxId: string }
  /** Another server on the same store asks for it: it is about to be suspended, and goes on there. */
  | { readonly type: "handoff_requested" }
  /** Its checkpoint, of `since`, could not be restored, and it was started with the files of that: these programs are lost, as far as that is known. */
  | {
    readonly type: "started_cold"; readonly checkpointId: string; readonly since: string; readonly timeline: number; readonly reason: string;
    readonly processIds?: readonly string[];
  }
);

/** Events that fell out of the log before they were read: numbers `from` to `to`, both included. */
export interface EventGap {
  readonly type: "gap";
  readonly from: number;
  readonly to: number;
}

/** A file, directory or other entry as it was found. */
export interface FileEntry {
  /** Absolute; where it is no UTF-8, with U+FFFD in place of what is not. */
  readonly path: string;
  /** The path's bytes as base64, where `path` does not say them. */
  readonly pathBytes?: string;
  readonly type: "file" | "directory" | "link" | "fifo" | "socket" | "other";
  /** Permissions as octal text, such as "0644". */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly modified: string;
  /** Tells this state of the file from every other. */
  readonly tag: string;
  /** Where a link leads. */
  readonly target?: string;
}

/** A line in which a text was found: its number from 1, and its first 1,000 bytes. */
export interface FileMatch {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

/** Something that happened in a directory that is watched. */
export interface FileHappening {
  readonly type: "ready" | "created" | "modified" | "deleted" | "moved_from" | "moved_to" | "attributes" | "overflow" | "gone";
  readonly path: string;
  readonly directory: boolean;
  /** The same in both halves of a move. */
  readonly move?: number;
}
