/** An output log that grows, forgets its beginning, and ends. */
export class Log {
  start = 0;
  ended = false;
  #chunks = Buffer.alloc(0);
  #wakes = new Set();

  get length() {
    return this.start + this.#chunks.length;
  }

  append(bytes) {
    this.#chunks = Buffer.concat([this.#chunks, Buffer.from(bytes)]);
    this.wake();
  }

  /** Forgets what is before an offset. */
  forget(offset) {
    this.#chunks = this.#chunks.subarray(offset - this.start);
    this.start = offset;
    this.wake();
  }

  /** Goes back, as a sandbox does that is restored from an older state. */
  cutBack(offset) {
    this.#chunks = this.#chunks.subarray(0, offset - this.start);
    this.wake();
  }

  end() {
    this.ended = true;
    this.wake();
  }

  slice(from, to) {
    return this.#chunks.subarray(from - this.start, to - this.start);
  }

  wake() {
    const wakes = [...this.#wakes];
    this.#wakes.clear();
    for (const wake of wakes) wake();
  }

  changed(signal) {
    return new Promise(resolve => {
      const wake = () => {
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#wakes.add(wake);
      signal.addEventListener("abort", wake);
    });
  }
}
