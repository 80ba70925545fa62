import { InvalidRequestError } from "./errors.js";

/** What the server takes in one message is 4 MiB; the rest is for the frame around a request. */
const most = 4_000_000;

/** Refuses a request that would cost the connection: the server ends one that sends too much, and a repetition would end the next. */
export function checkSize(request: object): void {
  const size = new TextEncoder().encode(JSON.stringify(request)).length;
  if (size > most) {
    throw new InvalidRequestError(`The request has ${size} bytes, and ${most} are the most. Write large things into the program's input.`);
  }
}
