// Starts that find the same lost run at the same instant: it is recovered and closed once, whoever is first.

import type fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLeftovers } from '../../src/adapters/process/leftovers.ts';
import { openStore, type Store } from '../../src/adapters/sqlite/store.ts';
import type { RunId } from '../../src/core/id.ts';
import type { Leftovers } from '../../src/ports.ts';
import { recoverLostRuns } from '../../src/supervisor/recovery.ts';
import { unclaimed } from '../fixtures/races/unlocked-claims.ts';
import { anEvent, countingIds, scratch } from '../support/evidence.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { breaks, holds, interleave, TIMEOUT_MS } from './interleavings.ts';

const STARTS = ['first', 'second', 'third'] as const;

interface Scene {
  readonly store: Store;
  readonly clock: FakeClock;
  readonly once: Leftovers['once'];
}

const recoveredOnce =
  ({ store, clock, once }: Scene) =>
  async (scheduler: fc.Scheduler): Promise<void> => {
    const runId = countingIds.runId();
    store.log.append(
      [anEvent('run.started', {}, { runId }), anEvent('attempt.started', {}, { runId })],
      'durable',
    );
    const leftovers: Leftovers = {
      isAlive: () => false,
      once,
      async reap() {
        await scheduler.schedule(Promise.resolve(), 'processes are killed');
        return { signals: [], survivors: [] };
      },
    };
    const world = {
      ...{ clock, leftovers, ids: countingIds, log: store.log, reader: store.reader },
      origin: {
        hostId: 'host-1',
        bootId: 'boot-1',
        version: '0',
        supervisor: { pid: 1, startTicks: 1 },
      },
      redactor: { text: (text: string) => text, lines: (lines: readonly string[]) => lines },
      narrator: { say: () => {} },
    };
    const results = new Map<string, number>();
    await interleave(
      scheduler,
      STARTS.map((name) => [
        [
          `the ${name} starts`,
          () => recoverLostRuns(world).then((runs) => results.set(name, runs.length)),
        ],
      ]),
    );
    const types = store.reader.runEvents(runId as RunId).map(({ type }) => type);
    const count = (wanted: string): number => types.filter((type) => type === wanted).length;
    expect([count('run.ended'), count('action.intended'), count('incident.opened')]).toEqual([
      1, 1, 1,
    ]);
    expect([...results.values()].reduce((sum, it) => sum + it, 0)).toBe(1);
  };

/** Judges with a new database for each interleaving: what is unfinished is looked for in all that there is. */
function judged<T>(
  judge: (property: (scheduler: fc.Scheduler) => Promise<void>) => Promise<T>,
  claims: (state: string, clock: FakeClock) => Leftovers['once'],
): Promise<T> {
  return judge(async (scheduler) => {
    const place = scratch();
    const clock = new FakeClock();
    const store = openStore({ path: place.path('race.db'), clock, ids: countingIds });
    try {
      await recoveredOnce({ store, clock, once: claims(place.path('state'), clock) })(scheduler);
    } finally {
      store.close();
      place.remove();
    }
  });
}

describe('a lost run', () => {
  it(
    'is recovered once, however many starts find it at the same instant',
    () => judged(holds, (state, clock) => createLeftovers(state, clock).once),
    TIMEOUT_MS,
  );

  it('is recovered twice where nobody claims it first, and that is found', async () => {
    expect(await judged(breaks, () => unclaimed)).toBe(true);
  });
});
