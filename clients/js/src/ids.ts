const letters = "abcdefghijklmnopqrstuvwxyz234567";

/**
 * A random id that sandboxes, processes and readers may have: a prefix and 16 letters (80 bits).
 * `crypto.randomUUID` would not do: browsers have it on https pages only.
 */
export function randomId(prefix: string): string {
  let id = `${prefix}-`;
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) id += letters[byte & 31];
  return id;
}
