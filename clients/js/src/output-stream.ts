/** Where an output stream's bytes come from. */
export interface ByteSource {
  next(): Promise<Uint8Array | undefined>;
  stop(reason?: unknown): void;
}

/**
 * A program's output: a `ReadableStream` of bytes that can be iterated with `for await` in every runtime, and read whole. It asks for
 * nothing before it is read, and stops the flow when it is not read on.
 */
export class OutputStream extends ReadableStream<Uint8Array> {
  constructor(source: ByteSource) {
    super({
      async pull(controller) {
        const bytes = await source.next();
        if (bytes === undefined) controller.close();
        else controller.enqueue(bytes);
      },
      cancel(reason) {
        source.stop(reason);
      },
    }, { highWaterMark: 0 }); // Nothing is taken ahead of the reader, for taking acknowledges.
  }

  /** The bytes as they come. Leaving the loop early cancels the stream. (Defined here for the browsers that lack it.) */
  override async *[Symbol.asyncIterator](options?: { preventCancel?: boolean }): AsyncGenerator<Uint8Array, undefined, undefined> {
    const reader = this.getReader();
    let finished = false;
    try {
      for (;;) {
        const { done, value } = await reader.read().catch((error: unknown) => {
          finished = true;
          throw error;
        });
        if (done) {
          finished = true;
          return;
        }

        yield value;
      }
    } finally {
      if (!finished && !options?.preventCancel) await reader.cancel();
      reader.releaseLock();
    }
  }

  /** Everything to the end, as text (UTF-8; bytes that are none become U+FFFD). */
  async readAll(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  /** The same as `readAll`, under the name that a `Response` has for it. */
  text(): Promise<string> {
    return this.readAll();
  }

  /** Everything to the end. It is held in memory: for very much output, iterate. */
  async bytes(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of this) {
      chunks.push(chunk);
      length += chunk.length;
    }

    const whole = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }

    return whole;
  }

  /** The text line by line, without the line ends (`\n` or `\r\n`). */
  async *lines(): AsyncGenerator<string, undefined, undefined> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of this) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) yield line.endsWith("\r") ? line.slice(0, -1) : line;
    }

    rest += decoder.decode();
    if (rest !== "") yield rest;
  }
}
