/** The promise's outcome, or the signal's reason if that comes first. The promise itself runs on, and its failure is then nobody's. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** Waits, unless the signal fires first. */
export async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const slept = new Promise<void>(resolve => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await abortable(slept, signal);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Runs work under a time limit and the caller's signal.
 * @param seconds The limit; Infinity for none.
 * @param late Makes the error for a passed limit.
 */
export async function within<T>(
  seconds: number, signal: AbortSignal | undefined, late: () => Error, work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const limit = new AbortController();
  const onAbort = (): void => limit.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  // A timer of more than 2^31 ms would fire at once.
  const timer = seconds * 1000 < 2 ** 31 ? setTimeout(() => limit.abort(late()), seconds * 1000) : undefined;
  try {
    return await abortable(work(limit.signal), limit.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}
