import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { confidenceOf } from './calibration.ts';
import { filterRest, filterStep, PRIOR_LOG_ODDS, sigmoid } from './two-state-filter.ts';

const nats = fc.double({ min: -3, max: 3, noNaN: true });

describe('the two-state filter', () => {
  it('starts at one onset in two thousand seconds', () => {
    expect(sigmoid(PRIOR_LOG_ODDS)).toBeCloseTo(5e-4, 12);
  });

  it('needs more than three seconds of the strongest evidence to be certain', () => {
    let logOdds = PRIOR_LOG_ODDS;
    let seconds = 0;
    while (confidenceOf(logOdds) < 95) {
      logOdds = filterStep(logOdds, 3, 1);
      seconds++;
    }
    expect(seconds).toBeGreaterThanOrEqual(3);
    expect(seconds).toBeLessThanOrEqual(5);
  });

  it('stays between its prior and its ceiling, whatever it is told', () => {
    fc.assert(
      fc.property(fc.array(nats, { maxLength: 300 }), (all) => {
        let logOdds = PRIOR_LOG_ODDS;
        for (const each of all) {
          logOdds = filterStep(logOdds, each, 1);
          expect(logOdds).toBeGreaterThanOrEqual(PRIOR_LOG_ODDS);
          expect(logOdds).toBeLessThanOrEqual(6);
        }
      }),
    );
  });

  it('is moved further by more evidence', () => {
    fc.assert(
      fc.property(
        nats,
        nats,
        fc.double({ min: PRIOR_LOG_ODDS, max: 6, noNaN: true }),
        (a, b, from) => {
          const [less, more] = a < b ? [a, b] : [b, a];
          expect(filterStep(from, less, 1)).toBeLessThanOrEqual(filterStep(from, more, 1));
        },
      ),
    );
  });

  it('forgets in silence, slowly, and never grows more suspicious by it', () => {
    let logOdds = 2;
    for (let second = 0; second < 3600; second++) {
      const next = filterRest(logOdds, 1);
      expect(next).toBeLessThanOrEqual(logOdds);
      logOdds = next;
    }
    expect(logOdds).toBeLessThan(-7);
    expect(confidenceOf(filterRest(2, 10))).toBeGreaterThan(95);
  });
});
