// What an event costs beside a plain insert of the same bytes into SQLite on the same disk.

import { DatabaseSync } from 'node:sqlite';
import { openStore } from '../../src/adapters/sqlite/store.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemIds } from '../../src/adapters/system/ids.ts';
import type { UnstoredEvent } from '../../src/core/event.ts';
import type { Bench } from './bench.ts';
import { type Measure, type Reading, US } from './measure.ts';

export const storing: readonly Measure[] = [
  append('append-durable', 'an event, durable by itself', { events: 300, perCommit: 1 }),
  append('append-grouped', 'events in groups of 100', { events: 5_000, perCommit: 100 }),
  {
    ...{ id: 'timeline', work: 'a page of the timeline', unit: 'µs', rounds: 9 },
    ...{ reference: 'of 10,000 events', ours: 'of 1,000,000 events', ratioAtMost: 1.5 },
    ways: ({ scale, ...bench }) =>
      [10_000, 100_000, 1_000_000].map((count) => {
        const store = openBenchStore(bench.path(`timeline-${count}.db`));
        for (let left = count * Math.min(1, scale); left > 0; left -= FILL)
          store.log.append(Array.from({ length: FILL }, anEvent), 'durable');
        const page = (): void => void store.reader.timeline({ limit: 50 });
        return {
          name: `of ${count.toLocaleString('en')} events`,
          run: () => ({ cost: meanUs(page, PAGES) }),
        };
      }),
  },
];

const FILL = 1_000;
const PAGES = 50;

const openBenchStore = (path: string) => openStore({ path, clock: systemClock, ids: systemIds });

function meanUs(work: () => void, times: number): number {
  const beganAt = performance.now();
  for (let time = 0; time < times; time++) work();
  return ((performance.now() - beganAt) * 1000) / times;
}

function append(
  id: string,
  work: string,
  { events, perCommit }: { events: number; perCommit: number },
): Measure {
  return {
    ...{ id, work, unit: 'µs per event', rounds: 7, reference: 'node:sqlite' },
    // 0.7 of the throughput
    ratioAtMost: 1 / 0.7,
    ways: (bench) => {
      const plain = plainTable(bench, id);
      const store = openBenchStore(bench.path(`${id}.db`));
      const perEvent = (commit: (batch: readonly UnstoredEvent[]) => void): Reading => {
        const batches = Array.from({ length: events / perCommit }, () =>
          Array.from({ length: perCommit }, anEvent),
        );
        const beganAt = performance.now();
        for (const batch of batches) commit(batch);
        return { cost: ((performance.now() - beganAt) * 1000) / events };
      };
      return [
        { name: 'node:sqlite', run: () => perEvent(plain) },
        { name: US, run: () => perEvent((batch) => void store.log.append(batch, 'durable')) },
      ];
    },
  };
}

/** The least that keeps the same bytes as safely: one table, one index, each commit synced. */
function plainTable(bench: Bench, id: string): (batch: readonly UnstoredEvent[]) => void {
  const db = new DatabaseSync(bench.path(`${id}-plain.db`));
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE events (seq INTEGER PRIMARY KEY, event_id TEXT UNIQUE, type TEXT, at INTEGER, body TEXT)`);
  const insert = db.prepare('INSERT INTO events (event_id, type, at, body) VALUES (?, ?, ?, ?)');
  return (batch) => {
    db.exec('BEGIN IMMEDIATE');
    for (const event of batch)
      insert.run(event.eventId, event.type, event.at, JSON.stringify(event));
    db.exec('COMMIT');
  };
}

function anEvent(): UnstoredEvent {
  return {
    ...{ eventId: systemIds.eventId(), hostId: 'host', bootId: 'boot', version: 1 },
    ...{ runId: null, attempt: null, incidentId: null },
    ...{ at: systemClock.now(), monotonicAt: systemClock.monotonic() },
    type: 'audit.noted',
    payload: {
      ...{ action: 'STOP', actor: 'operator', requestId: null },
      reason: 'the loop of seven lines has gone on for a minute and nothing new was said',
    },
  } as UnstoredEvent;
}
