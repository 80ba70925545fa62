import type { SandboxOptions } from "./options.js";

/** What the server sends. */
export type ServerEvent =
  | { readonly event: "status_update"; readonly status: string }
  | { readonly event: "sandbox_id"; readonly sandbox_id: string; readonly sandbox_token: string }
  | { readonly event: "stdout" | "stderr"; readonly data: string }
  | { readonly event: "error"; readonly message: string };

/** Statuses behind which an `error` event says more. */
export const withError = new Set([
  "SANDBOX_CREATION_ERROR", "SANDBOX_RESTORE_ERROR", "SANDBOX_PERMISSION_DENIAL_ERROR", "SANDBOX_ERROR", "SANDBOX_LOCK_RENEWAL_ERROR",
  "SANDBOX_EXECUTION_ERROR", "SANDBOX_EXECUTION_UNSUPPORTED_LANGUAGE_ERROR", "SANDBOX_EXECUTION_IN_PROGRESS_ERROR",
  "SANDBOX_EXECUTION_FORCE_KILL_ERROR", "SANDBOX_STDIN_ERROR", "SANDBOX_KILL_ERROR", "SANDBOX_CHECKPOINT_ERROR", "SANDBOX_FILESYSTEM_SNAPSHOT_ERROR",
]);

/** The first message of a creation. */
export function creation(options: SandboxOptions): object {
  return {
    idle_timeout: options.idleTimeout,
    enable_checkpoint: options.enableSandboxCheckpoint ?? options.enableCheckpoint,
    enable_sandbox_handoff: options.enableSandboxHandoff,
    enable_idle_timeout_auto_checkpoint: options.enableIdleTimeoutAutoCheckpoint,
    filesystem_snapshot_name: options.filesystemSnapshotName,
  };
}
