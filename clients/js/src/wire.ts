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
  readonly user: string;
  readonly cwd: string;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly processes: number;
  readonly idleTimeout: number;
  readonly onIdle: string;
  readonly lifetime?: number;
  readonly keepAlive: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly created: string;
  /** The fencing number of its holder. */
  readonly epoch: number;
  /** Which history its offsets belong to. */
  readonly timeline: number;
  /** When it ends if nothing happens before. */
  readonly expires?: string;
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
);

/** Events that fell out of the log before they were read: numbers `from` to `to`, both included. */
export interface EventGap {
  readonly type: "gap";
  readonly from: number;
  readonly to: number;
}
