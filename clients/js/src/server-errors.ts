import {
  CallTimeoutError, ConflictError, InvalidRequestError, LimitError, NotFoundError, PermissionError, SandboxError,
  SandboxGoneError, ServerError, UnavailableError, UnknownOutcomeError,
} from "./errors.js";

interface ServerFailure {
  code: string;
  message: string;
  expected?: number;
  status?: string;
  reason?: string;
  retryAfter?: number;
  id?: string;
  file?: string;
}

/**
 * The error that a failed call's text stands for, or undefined when the text holds none. SignalR puts words before what the server wrote,
 * so the text counts from its first brace.
 */
export function parseServerError(text: string): SandboxError | undefined {
  const brace = text.indexOf("{");
  if (brace < 0) return undefined;
  let failure: Partial<ServerFailure> | null;
  try {
    failure = JSON.parse(text.slice(brace)) as Partial<ServerFailure> | null;
  } catch {
    return undefined; // Braces of another origin: the caller knows what to make of the text.
  }

  if (typeof failure !== "object" || failure === null || typeof failure.code !== "string") return undefined;
  const error = toError({ ...failure, code: failure.code, message: failure.message ?? failure.code });
  if (typeof failure.file === "string") error.file = failure.file;
  return error;
}

function toError(failure: ServerFailure): SandboxError {
  const { code, message } = failure;
  switch (code) {
    case "invalid": return new InvalidRequestError(message);
    case "unauthorized":
    case "forbidden": return new PermissionError(code, message);
    case "not_found": return new NotFoundError(message);
    case "conflict": return new ConflictError(message, failure);
    case "unknown": return new UnknownOutcomeError(message);
    case "gone": return new SandboxGoneError(message, failure);
    case "limit": return new LimitError(message);
    case "overloaded":
    case "unavailable": return new UnavailableError(code, message, failure.retryAfter);
    case "timeout": return new CallTimeoutError(message);
    // A code of a later server: the message still says what it is.
    default: return new ServerError(message, failure.id);
  }
}
