// Work that a signal ends in order: it is told once, and waited for.

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Work under way that can be told to end early, and ends in order then. */
export interface Interruptible<T> {
  readonly finished: Promise<T>;
  interrupt(): void;
}

/**
 * Starts work and waits for it. The first signal to us interrupts it; which it was is said when the work has ended.
 * We listen before there is anything to leave behind.
 */
export async function whileInterruptible<T>(
  start: () => Interruptible<T>,
): Promise<{ readonly value: T; readonly signal: (typeof SIGNALS)[number] | null }> {
  let signal: (typeof SIGNALS)[number] | null = null;
  let work: Interruptible<T> | null = null;
  const listeners = SIGNALS.map((name) => {
    const listener = (): void => {
      signal ??= name;
      work?.interrupt();
    };
    process.on(name, listener);
    return () => process.off(name, listener);
  });
  try {
    work = start();
    return { value: await work.finished, signal };
  } finally {
    for (const stopListening of listeners) stopListening();
  }
}
