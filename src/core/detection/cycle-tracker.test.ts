import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../limits.ts';
import { CycleTracker } from './cycle-tracker.ts';

function track(symbols: Iterable<number>): CycleTracker {
  const tracker = new CycleTracker();
  for (const symbol of symbols) tracker.push(symbol);
  return tracker;
}

function* cycle(period: number, count: number): Generator<number> {
  for (let i = 0; i < count; i++) yield 1000 + (i % period) * 7919;
}

describe('the cycle tracker', () => {
  it.each([1, 2, 4, 7, 23, 300, 2000])('finds a period of %d', (period) => {
    const tracker = track(cycle(period, 4 * period + 12));
    expect(tracker.period).toBe(period);
    expect(tracker.repeats).toBeGreaterThanOrEqual(2.5);
  });

  it('finds any period up to its limit within three turns', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (period) => {
        expect(track(cycle(period, 4 * period + 8)).period).toBe(period);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps a cycle in which now and then a line is missing', () => {
    const symbols = [...cycle(7, 400)].map((symbol, i) => (i % 50 === 49 ? i : symbol));
    expect(track(symbols).period % 7).toBe(0);
  });

  it('finds none where nothing repeats', () => {
    const tracker = track(Array.from({ length: 5000 }, (_, i) => Math.imul(i + 1, 0x9e3779b1)));
    expect(tracker.repeats).toBe(0);
  });

  it('lets go of a cycle that has ended', () => {
    const tracker = track([...cycle(3, 300), ...Array.from({ length: 60 }, (_, i) => 1e6 + i)]);
    expect(tracker.repeats).toBe(0);
  });

  it('takes any sequence, longer than it remembers', () => {
    const length = 3 * LIMITS.cycleLinesMax;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(), (kinds, seed) => {
        const tracker = new CycleTracker();
        for (let i = 0; i < length; i++) tracker.push(Math.imul(i ^ seed, 0x85ebca6b) % kinds);
        expect(tracker.period).toBeLessThan(LIMITS.cycleLinesMax);
      }),
      { numRuns: 20 },
    );
  });
});
