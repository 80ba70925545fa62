import { PermissionError, SandboxError, ServerError, UnavailableError } from "./errors.js";
import { parseServerError } from "./server-errors.js";

/** A call or stream broke off with its connection: whether the server got it, and what it answered, is not known. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
}

/** A call did not leave, since the connection was already gone. */
export class NotSent extends ConnectionLost {}

/**
 * What a failed call or stream means.
 * @param thrown What SignalR rejected with: an `Error` with the server's text, or anything else when the connection failed.
 * @param connectionLives Whether the connection that it was made on is still up.
 */
export function classify(thrown: unknown, method: string, connectionLives: boolean): SandboxError | ConnectionLost {
  if (thrown instanceof SandboxError || thrown instanceof ConnectionLost) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const told = parseServerError(text);
  if (told !== undefined) return told;
  // SignalR tells these two refusals to send by their words alone.
  if (/not in the ('Connected'|OPEN) state/i.test(text)) return new NotSent(text, { cause: thrown });
  // A failure of the transport is not a plain Error (HttpError, AbortError, TypeError, a string), the server's word is.
  const plain = thrown instanceof Error && thrown.name === "Error";
  if (!connectionLives || !plain) return new ConnectionLost(text, { cause: thrown });
  return new ServerError(`${method}: ${text}`, undefined, { cause: thrown });
}

/**
 * What a failed attempt to connect means, or undefined when it is worth another try.
 * @param known Whether there ever was a connection to this address.
 */
export function refusalOf(thrown: unknown, url: string, known: boolean): SandboxError | undefined {
  if (thrown instanceof SandboxError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const status = /status code '(\d{3})'|from negotiate '(\d{3})'/i.exec(text);
  switch (status?.[1] ?? status?.[2]) {
    case "401": return new PermissionError("unauthorized", `${url} wants a valid key.`, { cause: thrown });
    case "403": return new PermissionError("forbidden", `${url} does not allow this key or origin.`, { cause: thrown });
    case "404":
      // A proxy may answer so while its server starts again; at the first time it is rather the wrong address.
      return known ? undefined : new UnavailableError("unavailable", `There is no hub at ${url}.`, undefined, { cause: thrown });
    default: return undefined;
  }
}
