import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROFILE_POLICIES } from '../policy/policy.ts';
import { later, monotonicMs } from '../time.ts';
import { grantRestart, NO_RESTARTS } from './restart-budget.ts';

const policy = { ...PROFILE_POLICIES.standard.restart, maxRestarts: 3, windowMs: 60_000 };

describe('the restart budget', () => {
  it('ends a crash every 1.3 s, however long each attempt lived', () => {
    let ledger = NO_RESTARTS;
    let now = monotonicMs(0);
    for (let granted = 0; granted < policy.maxRestarts; granted++) {
      now = later(now, 1300);
      const verdict = grantRestart(ledger, policy, { now, random: 0, livedMs: 1300 });
      expect(verdict.type).toBe('granted');
      if (verdict.type === 'granted') ledger = verdict.ledger;
    }
    const last = grantRestart(ledger, policy, { now: later(now, 1300), random: 0, livedMs: 1300 });
    expect(last).toMatchObject({ type: 'exhausted', used: 3 });
    if (last.type === 'exhausted') expect(last.retryAfterMs).toBeGreaterThan(0);
  });

  it('gives restarts back when they fall out of the window', () => {
    const ledger = { at: [0, 1, 2].map(monotonicMs), lastDelayMs: 1000 };
    const now = monotonicMs(60_001);
    expect(grantRestart(ledger, policy, { now, random: 0, livedMs: 5 }).type).toBe('granted');
  });

  it('is reset by an attempt that lived long', () => {
    const ledger = { at: [0, 1, 2].map(monotonicMs), lastDelayMs: 30_000 };
    const long = { now: monotonicMs(10), random: 1, livedMs: policy.healthyAfterMs };
    expect(grantRestart(ledger, policy, long)).toMatchObject({
      type: 'granted',
      used: 1,
      delayMs: policy.backoffMinMs,
    });
  });

  it('waits between the shortest and the longest wait, at most three times the last', () => {
    const random = fc.double({ min: 0, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(random, fc.nat(100_000), (drawn, lastDelayMs) => {
        const ledger = { at: [], lastDelayMs };
        const now = monotonicMs(0);
        const verdict = grantRestart(ledger, policy, { now, random: drawn, livedMs: 0 });
        if (verdict.type !== 'granted') throw new Error('the budget is not used up');
        const high = Math.min(policy.backoffMaxMs, Math.max(policy.backoffMinMs, 3 * lastDelayMs));
        expect(verdict.delayMs).toBeGreaterThanOrEqual(policy.backoffMinMs);
        expect(verdict.delayMs).toBeLessThanOrEqual(high);
      }),
    );
  });
});
