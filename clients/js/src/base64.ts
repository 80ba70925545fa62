interface NodeBuffer {
  from(data: string, encoding: "base64"): Uint8Array;
  from(data: ArrayBufferLike, offset: number, length: number): { toString(encoding: "base64"): string };
}

interface Base64Constructor {
  fromBase64?(text: string): Uint8Array;
}

const buffer = (globalThis as { Buffer?: NodeBuffer }).Buffer;
const native = Uint8Array as unknown as Base64Constructor;

/** The bytes that base64 text stands for. */
export function fromBase64(text: string): Uint8Array {
  if (buffer !== undefined) {
    // Buffer pools small ones: a copy of the very bytes, so that nobody sees a neighbour's through `.buffer`.
    return new Uint8Array(buffer.from(text, "base64"));
  }

  if (native.fromBase64 !== undefined) return native.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

/** Bytes as base64 text. */
export function toBase64(bytes: Uint8Array): string {
  if (buffer !== undefined) return buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  let binary = "";
  for (let start = 0; start < bytes.length; start += 0x2000) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x2000));
  }

  return btoa(binary);
}
