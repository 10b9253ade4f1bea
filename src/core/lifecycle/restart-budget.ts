// How many restarts are left, and how long to wait before the next: plain data, so that it outlives a process.

import type { RestartPolicy } from '../policy/policy.ts';
import { later, type MonotonicMs } from '../time.ts';

/** Restarts so far: when each happened, and the last wait. */
export interface RestartLedger {
  readonly at: readonly MonotonicMs[];
  readonly lastDelayMs: number;
}

export const NO_RESTARTS: RestartLedger = { at: [], lastDelayMs: 0 };

export type RestartVerdict =
  | {
      readonly type: 'granted';
      readonly delayMs: number;
      readonly used: number;
      readonly ledger: RestartLedger;
    }
  | { readonly type: 'exhausted'; readonly used: number; readonly retryAfterMs: number };

/**
 * Grants or refuses a restart at `now`. The budget counts restarts within the last `windowMs`, however long the
 * attempts lived, so that a command that crashes slowly is not restarted for ever; an attempt that lived
 * `healthyAfterMs` resets budget and wait. The wait has decorrelated jitter: uniform between the shortest wait
 * and three times the last one, at most the longest (M. Brooker, "Exponential Backoff And Jitter", 2015).
 *
 * @param random uniform in [0, 1)
 * @param livedMs how long the attempt that just ended had lived
 */
export function grantRestart(
  ledger: RestartLedger,
  policy: RestartPolicy,
  { now, random, livedMs }: { now: MonotonicMs; random: number; livedMs: number },
): RestartVerdict {
  const healthy = livedMs >= policy.healthyAfterMs;
  const recent = healthy ? [] : ledger.at.filter((at) => now - at < policy.windowMs);
  const [oldest] = recent;
  if (recent.length >= policy.maxRestarts) {
    const retryAfterMs = oldest === undefined ? policy.windowMs : oldest + policy.windowMs - now;
    return { type: 'exhausted', used: recent.length, retryAfterMs };
  }
  const lastMs = healthy ? 0 : ledger.lastDelayMs;
  const highMs = Math.min(policy.backoffMaxMs, Math.max(policy.backoffMinMs, 3 * lastMs));
  const delayMs = Math.round(policy.backoffMinMs + random * (highMs - policy.backoffMinMs));
  return {
    type: 'granted',
    delayMs,
    used: recent.length + 1,
    ledger: { at: [...recent, later(now, delayMs)], lastDelayMs: Math.max(delayMs, 1) },
  };
}
