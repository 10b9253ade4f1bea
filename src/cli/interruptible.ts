// Work that a signal ends in order: it is told once, and waited for.

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Waits for `work`. The first signal to us calls `interrupt`; which it was is said when the work has ended. */
export async function whileInterruptible<T>(
  work: Promise<T>,
  interrupt: () => void,
): Promise<{ readonly value: T; readonly signal: (typeof SIGNALS)[number] | null }> {
  let signal: (typeof SIGNALS)[number] | null = null;
  const listeners = SIGNALS.map((name) => {
    const listener = (): void => {
      signal ??= name;
      interrupt();
    };
    process.on(name, listener);
    return () => process.off(name, listener);
  });
  try {
    return { value: await work, signal };
  } finally {
    for (const stopListening of listeners) stopListening();
  }
}
