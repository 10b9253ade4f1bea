// Readings as they age: coarser after a while, but never those that an incident is understood by.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../src/adapters/sqlite/store.ts';
import type { IncidentId, RunId } from '../../src/core/id.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { epochMs } from '../../src/core/time.ts';
import { anEvent, aSample, countingIds, scratch } from '../support/evidence.ts';
import { FakeClock } from '../support/fake-clock.ts';

const SECONDS = 40;
const DAYS_MS = 3 * 24 * 3_600_000;
const QUIET = 'run_quiet' as RunId;
const TROUBLED = 'run_troubled' as RunId;

let clock: FakeClock;
let place: ReturnType<typeof scratch>;
let store: Store;

beforeEach(() => {
  clock = new FakeClock();
  place = scratch();
  store = openStore({ path: place.path('flowforge.db'), clock, ids: countingIds });
});
afterEach(() => {
  store.close();
  place.remove();
});

/** A reading a second of a run whose load goes up and down. */
function restless(runId: RunId): void {
  const from = clock.now();
  for (let second = 0; second < SECONDS; second++) {
    const sample = aSample({ cpuPercent: second % 2 === 0 ? 5 : 95 });
    store.log.appendSample(runId, 1, epochMs(from + second * 1_000), sample);
  }
  store.flush();
}

function tell(type: 'incident.opened' | 'incident.closed', secondsFromNow: number): void {
  const at = epochMs(clock.now() + secondsFromNow * 1_000);
  const stamp = { runId: TROUBLED, incidentId: 'inc_1' as IncidentId, at };
  store.log.append([anEvent(type, {}, stamp)], 'durable');
}

/** Something is written at each of several instants, as a run that goes on would. */
function goOnFor(durationMs: number): void {
  for (let step = 0; step < 4; step++) {
    clock.advance(durationMs / 4);
    store.log.append([anEvent('decision.made')], 'durable');
  }
}

const kept = (runId: RunId) => store.reader.samples(runId);

describe('readings that age', () => {
  it('become means of ten seconds, then of a minute', () => {
    restless(QUIET);
    expect(kept(QUIET)).toHaveLength(SECONDS);
    goOnFor(2 * LIMITS.fineSamplesMs);
    expect(kept(QUIET).map(({ periodSeconds, cpuPercent }) => [periodSeconds, cpuPercent])).toEqual(
      Array.from({ length: SECONDS / 10 }, () => [10, 50]),
    );
    goOnFor(DAYS_MS);
    expect(kept(QUIET).map(({ periodSeconds }) => periodSeconds)).toEqual([60]);
  });

  it('stay as they were before an incident and until its end', () => {
    restless(TROUBLED);
    restless(QUIET);
    tell('incident.opened', 20);
    tell('incident.closed', SECONDS);
    const before = kept(TROUBLED);
    goOnFor(DAYS_MS);
    expect(before).toHaveLength(SECONDS);
    expect(kept(TROUBLED)).toEqual(before);
    expect(kept(QUIET).every(({ periodSeconds }) => periodSeconds === 60)).toBe(true);
  });

  it('become coarser where they lie long before the incident', () => {
    restless(TROUBLED);
    clock.advance(2 * LIMITS.fineSamplesMs);
    tell('incident.opened', 0);
    restless(TROUBLED);
    tell('incident.closed', SECONDS);
    goOnFor(DAYS_MS);
    const periods = kept(TROUBLED).map(({ periodSeconds }) => periodSeconds);
    expect(periods).toEqual([60, ...Array.from({ length: SECONDS }, () => 1)]);
  });

  it('reach up to the instant at which something happened, however quiet they were', () => {
    const from = clock.now();
    for (let second = 0; second < SECONDS; second++) {
      store.log.appendSample(TROUBLED, 1, epochMs(from + second * 1_000), aSample());
    }
    tell('incident.opened', SECONDS);
    expect(kept(TROUBLED).map(({ at }) => (at - from) / 1_000)).toEqual([0, SECONDS - 1]);
  });
});
