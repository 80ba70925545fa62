/** What went wrong, for programs. The first twelve are those of the server; the rest are the library's own. */
export type ErrorCode =
  | "invalid" | "unauthorized" | "forbidden" | "not_found" | "conflict" | "unknown" | "gone" | "limit" | "overloaded"
  | "unavailable" | "timeout" | "internal"
  | "process_timeout" | "process_failed" | "gap" | "rewound";

/** The root of everything this library throws, but for a signal's own reason and a `TypeError` for a wrong argument. */
export class SandboxError extends Error {
  /** What went wrong, for programs. */
  readonly code: ErrorCode;
  /** Of an operation on files: what is the matter, a word of docs/http.md such as "no_such_file". */
  file?: string;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** The request cannot be: the message says which member and what to do. */
export class InvalidRequestError extends SandboxError {
  constructor(message: string, options?: ErrorOptions) {
    super("invalid", message, options);
  }
}

/** The key or token is missing or wrong (`unauthorized`), or does not allow this (`forbidden`). */
export class PermissionError extends SandboxError {
  constructor(code: "unauthorized" | "forbidden", message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

/** There is no such sandbox or process, or it belongs to somebody else. */
export class NotFoundError extends SandboxError {
  constructor(message: string, options?: ErrorOptions) {
    super("not_found", message, options);
  }
}

/** Something else has the id, an input offset leaves a gap, or the state forbids it. */
export class ConflictError extends SandboxError {
  /** The input offset that the server expected, where that is the conflict. */
  readonly expected: number | undefined;
  /** The sandbox's status, where that is the conflict. */
  readonly status: string | undefined;

  constructor(message: string, details: { expected?: number; status?: string } = {}, options?: ErrorOptions) {
    super("conflict", message, options);
    this.expected = details.expected;
    this.status = details.status;
  }
}

/** A limit of the operator or of the sandbox is reached. */
export class LimitError extends SandboxError {
  constructor(message: string, options?: ErrorOptions) {
    super("limit", message, options);
  }
}

/** The server cannot be reached, or cannot do it now. Nothing was done. */
export class UnavailableError extends SandboxError {
  /** After how many seconds it is worth trying again, where the server said so. */
  readonly retryAfter: number | undefined;

  constructor(code: "unavailable" | "overloaded", message: string, retryAfter?: number, options?: ErrorOptions) {
    super(code, message, options);
    this.retryAfter = retryAfter;
  }
}

/** A call took longer than it may. What it asked for may have happened, or may still happen. */
export class CallTimeoutError extends SandboxError {
  constructor(message: string, options?: ErrorOptions) {
    super("timeout", message, options);
  }
}

/** A fault of the server. */
export class ServerError extends SandboxError {
  /** Finds the fault in the server's log. */
  readonly id: string | undefined;

  constructor(message: string, id?: string, options?: ErrorOptions) {
    super("internal", message, options);
    this.id = id;
  }
}

/** The sandbox was deleted or has failed. */
export class SandboxGoneError extends SandboxError {
  readonly status: string | undefined;
  readonly reason: string | undefined;

  constructor(message: string, details: { status?: string; reason?: string } = {}, options?: ErrorOptions) {
    super("gone", message, options);
    this.status = details.status;
    this.reason = details.reason;
  }
}

/** It was asked for, but whether it happened cannot be known any more. It is never repeated on its own, for it could happen twice. */
export class UnknownOutcomeError extends SandboxError {
  constructor(message: string, options?: ErrorOptions) {
    super("unknown", message, options);
  }
}
