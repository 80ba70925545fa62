/** How long to wait before the next try: soon at first, then longer and longer, and never in step with other clients. */
export class Backoff {
  #tries = 0;

  constructor(
    private readonly first = 20,
    private readonly most = 10_000,
    private readonly random: () => number = Math.random,
  ) {}

  /** Milliseconds to wait now: a random part (half to all) of a time that doubles with every call. */
  next(): number {
    const ceiling = Math.min(this.most, this.first * 2 ** Math.min(this.#tries++, 30));
    return ceiling * (0.5 + this.random() / 2);
  }

  /** Says that it worked: the next wait is short again. */
  reset(): void {
    this.#tries = 0;
  }
}
