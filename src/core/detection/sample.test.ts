import { describe, expect, it } from 'vitest';
import { monotonicMs } from '../time.ts';
import { ratesBetween, type TreeSample } from './sample.ts';

const zero: TreeSample = {
  at: monotonicMs(0),
  cpuMs: 0,
  waitMs: 0,
  rssBytes: 0,
  pssBytes: null,
  processCount: 1,
  threadCount: 1,
  fdCount: 3,
  fdLimit: null,
  readBytes: 0,
  writeBytes: 0,
  minorFaults: 0,
  voluntarySwitches: 0,
  births: 0,
  members: [],
};

describe('rates between two samples', () => {
  it('are of the interval, and demand counts the wait for a processor', () => {
    const half = { ...zero, at: monotonicMs(2000), cpuMs: 1000, waitMs: 900, births: 4 };
    expect(ratesBetween(zero, half)).toMatchObject({
      elapsedMs: 2000,
      cpuPercent: 50,
      demandPercent: 95,
      birthsPerSecond: 2,
    });
  });

  it('do not exist where no time has passed', () => {
    expect(ratesBetween(zero, zero)).toBeNull();
  });
});
