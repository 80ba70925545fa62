const letters = "abcdefghijklmnopqrstuvwxyz234567";

/**
 * A random id that sandboxes, processes and readers may have: a prefix and 16 letters (80 bits).
 * `crypto.randomUUID` would not do: browsers have it on https pages only.
 */
export function randomId(prefix: string): string {
  return `${prefix}-${randomLetters(16)}`;
}

/** The secret of a sandbox's token: 52 letters (260 bits). */
export function randomSecret(): string {
  return randomLetters(52);
}

function randomLetters(count: number): string {
  let text = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(count))) text += letters[byte & 31];
  return text;
}
