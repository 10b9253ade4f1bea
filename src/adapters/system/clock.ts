// The clocks and timers of the machine.

import { epochMs, monotonicMs } from '../../core/time.ts';
import type { Cancel, Clock } from '../../ports.ts';

/** What `setTimeout` can hold; beyond it Node fires at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/**
 * The machine's clock. On Linux, monotonic instants count from the boot, so that those of two processes of one
 * boot can be compared.
 */
export const systemClock: Clock = {
  now: () => epochMs(Date.now()),
  monotonic: () => {
    const [seconds, nanoseconds] = process.hrtime();
    return monotonicMs(seconds * 1_000 + nanoseconds / 1_000_000);
  },
  after: startTimer,
};

function startTimer(durationMs: number, fn: () => void): Cancel {
  let restMs = Math.max(0, durationMs);
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const stepMs = Math.min(restMs, TIMER_MS_MAX);
    restMs -= stepMs;
    timer = setTimeout(restMs > 0 ? arm : fn, stepMs);
  };
  arm();
  return () => clearTimeout(timer);
}
