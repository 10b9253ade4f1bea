// How SQLite goes about what is asked of the evidence: by an index, however many events there are.

import { expect, it } from 'vitest';
import { openDatabase } from '../../src/adapters/sqlite/database.ts';
import { edgeOf } from '../../src/adapters/sqlite/prune.ts';
import { SqliteReader } from '../../src/adapters/sqlite/reader.ts';
import type { DatabaseSync } from '../../src/adapters/sqlite/sqlite.ts';
import { epochMs } from '../../src/core/time.ts';
import { scratch } from '../support/evidence.ts';

const SINCE = epochMs(1);

/** Everything that is asked with a condition; the timeline without one is read from its end. */
const ASKED: Readonly<Record<string, (reader: SqliteReader, handle: DatabaseSync) => unknown>> = {
  runs: (it) => it.runs(),
  'runs since': (it) => it.runs({ since: SINCE, cursor: 9 }),
  'runs of a job': (it) => it.runs({ jobKey: 'job' }),
  run: (it) => it.run('run_1'),
  incidents: (it) => it.incidents(),
  'incidents since': (it) => it.incidents({ since: SINCE, cursor: 9 }),
  'incidents of a run': (it) => it.incidents({ runId: 'run_1' }),
  incident: (it) => it.incident('inc_1'),
  'events of an incident': (it) => it.incidentEvents('inc_1'),
  'frozen trees': (it) => it.frozenTrees('run_1', 1),
  'events of a run': (it) => it.runEvents('run_1'),
  'timeline of a kind': (it) => it.timeline({ type: 'audit', since: SINCE }),
  'timeline of a run': (it) => it.timeline({ runId: 'run_1' }),
  'events after': (it) => it.eventsAfter(3, 10),
  'last event': (it) => it.lastSeq(),
  samples: (it) => it.samples('run_1'),
  'unfinished runs': (it) => it.unfinishedRuns(),
  counters: (it) => it.tally(0),
  restarts: (it) => it.restartsOf('job', SINCE),
  'edge of a prune': (_, handle) =>
    edgeOf(handle, { before: SINCE, failuresBefore: SINCE, now: SINCE }),
};

it.each(Object.keys(ASKED))('%s: by an index', (name) => {
  const place = scratch();
  const { handle } = openDatabase(place.path('f.db'), 0);
  // Without an event a first query would end the telling.
  handle.exec(
    `INSERT INTO events (seq, event_id, host_id, boot_id, type, version, at_ms, monotonic_us, payload, link)
     VALUES (1, 'e', 'h', 'b', 'store.degraded', 1, 0, 0, '{}', '')`,
  );
  const told: string[] = [];
  const telling = new Proxy(handle, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (property === 'prepare') told.push(String(args[0]));
        return value.apply(target, args);
      };
    },
  });
  try {
    ASKED[name]?.(new SqliteReader(() => telling, null), telling);
    const plans = told.flatMap((sql) =>
      handle
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map(({ detail }) => String(detail)),
    );
    expect(plans).not.toEqual([]);
    // Whatever is looked through whole, but for one row that is made up or a list of ids.
    expect(plans.filter((step) => /^SCAN (?!CONSTANT ROW|\(subquery)/.test(step))).toEqual([]);
  } finally {
    handle.close();
    place.remove();
  }
});
