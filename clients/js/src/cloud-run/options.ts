/** How a sandbox is made or taken up, in the words of Cloud Run Sandbox. */
export interface SandboxOptions {
  /** Seconds without activity until it ends. Default 300. */
  idleTimeout?: number;
  /** Whether it may be put to storage. `enableCheckpoint` is its older name. */
  enableSandboxCheckpoint?: boolean;
  enableCheckpoint?: boolean;
  /** Whether a client that comes to another server is told of the lock that it takes. Needs checkpoints. */
  enableSandboxHandoff?: boolean;
  /** Whether it is put to storage when it was idle for too long, instead of deleted. Needs checkpoints. */
  enableIdleTimeoutAutoCheckpoint?: boolean;
  /** The snapshot to start from. */
  filesystemSnapshotName?: string;
  /** Whether a connection that is lost is sought again, and the program's output goes on. Default false. */
  enableAutoReconnect?: boolean;
  /** Sends a Google ID token for the server's https origin; needs the package `google-auth-library`. */
  useGoogleAuth?: boolean;
  /** Prints what comes and goes. */
  enableDebug?: boolean;
  /** Before each line of that. */
  debugLabel?: string;
  /** More options for the WebSocket, as the package `ws` takes them (`headers`, `ca`, ...). */
  wsOptions?: Record<string, unknown> & { headers?: Record<string, string> };
}
