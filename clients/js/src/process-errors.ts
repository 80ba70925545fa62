import { SandboxError, SandboxGoneError, type ErrorCode } from "./errors.js";
import type { Exit } from "./wire.js";

/** A program did not end well: it exited with another code than 0, or something ended it. Thrown only where `check` is asked for. */
export class ProcessFailedError extends SandboxError {
  readonly exit: Exit;

  constructor(message: string, exit: Exit, code: ErrorCode = "process_failed") {
    super(code, message);
    this.exit = exit;
  }
}

/** A program ran longer than its own `timeout` and was ended. */
export class ProcessTimeoutError extends ProcessFailedError {
  constructor(message: string, exit: Exit) {
    super(message, exit, "process_timeout");
  }
}

/**
 * Throws what an exit means, unless it is success.
 * @param name What to call the program in the message.
 */
export function throwUnlessSuccess(exit: Exit, name: string): void {
  const more = exit.message ? `: ${exit.message}` : "";
  switch (exit.reason) {
    case "exited":
      if (exit.code !== 0) throw new ProcessFailedError(`${name} exited with code ${exit.code}${more}`, exit);
      return;
    case "timeout":
      throw new ProcessTimeoutError(`${name} was ended at its timeout, after ${exit.seconds} s${more}`, exit);
    case "sandbox_ended":
      throw new SandboxGoneError(`${name} ended with its sandbox${more}`);
    case "out_of_memory":
      throw new ProcessFailedError(`${name} ran out of memory${more}`, exit);
    default:
      throw new ProcessFailedError(`${name} was ended by signal ${exit.signal ?? "?"}${more}`, exit);
  }
}
