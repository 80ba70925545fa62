import type { FileContent, FileProgress } from "./file-options.js";

/** Content in parts of `size` bytes, the last one shorter, perhaps empty. One part is held at a time, and one piece of the content. */
export async function* partsOf(content: FileContent, size: number): AsyncGenerator<{ data: Uint8Array<ArrayBuffer>; last: boolean }> {
  let part = new Uint8Array(size);
  let filled = 0;
  for await (const piece of piecesOf(content)) {
    for (let at = 0; at < piece.length;) {
      const step = Math.min(piece.length - at, size - filled);
      part.set(piece.subarray(at, at + step), filled);
      filled += step;
      at += step;
      if (filled === size) {
        yield { data: part, last: false };
        part = new Uint8Array(size);
        filled = 0;
      }
    }
  }

  yield { data: part.subarray(0, filled), last: true };
}

/** Content as a stream, which tells how much of it was taken. */
export function streamOf(content: FileContent, onProgress?: (progress: FileProgress) => void): ReadableStream<Uint8Array> {
  const pieces = piecesOf(content);
  let done = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done: over } = await pieces.next();
      if (over) {
        controller.close();
        return;
      }

      done += value.length;
      onProgress?.({ done, total: undefined });
      controller.enqueue(value);
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
}

async function* piecesOf(content: FileContent): AsyncGenerator<Uint8Array> {
  if (typeof content === "string") {
    yield new TextEncoder().encode(content);
  } else if (content instanceof Uint8Array) {
    yield content;
  } else if ("getReader" in content) {
    // Not every browser's streams can be iterated.
    const reader = content.getReader();
    try {
      for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
    } finally {
      await reader.cancel();
    }
  } else {
    yield* content;
  }
}
