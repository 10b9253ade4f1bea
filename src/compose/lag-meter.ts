// How late this process is: what the readiness check of the sampler goes by.

import { systemClock } from '../adapters/system/clock.ts';
import { LIMITS } from '../core/limits.ts';
import type { Cancel } from '../ports.ts';

/** How late a timer that is due every second comes: the sampler runs on the same loop. */
export interface LagMeter {
  seconds(): number;
  stop(): void;
}

export function createLagMeter(): LagMeter {
  let due = systemClock.monotonic() + LIMITS.samplePeriodMs;
  let lastMs = 0;
  let cancel: Cancel = () => {};
  const tick = (): void => {
    const now = systemClock.monotonic();
    lastMs = Math.max(0, now - due);
    due = now + LIMITS.samplePeriodMs;
    cancel = systemClock.after(LIMITS.samplePeriodMs, tick);
  };
  cancel = systemClock.after(LIMITS.samplePeriodMs, tick);
  return {
    seconds: () => Math.max(lastMs, systemClock.monotonic() - due, 0) / 1000,
    stop: () => cancel(),
  };
}
