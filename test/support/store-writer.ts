// Writes the events of a scripted run into a store and says, for each that must be durable, that it was acknowledged.
// Run as a process of its own and killed at will.
// Usage: node store-writer.ts <database> <count of durable events> [synchronous pragma]

import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { Connection } from '../../src/adapters/sqlite/connection.ts';
import { encodeEvent } from '../../src/adapters/sqlite/event-codec.ts';
import { openStore } from '../../src/adapters/sqlite/store.ts';
import { type EventType, isUrgent, type UnstoredEvent } from '../../src/core/event.ts';
import type { EventId, IncidentId, RunId } from '../../src/core/id.ts';
import { epochMs, monotonicMs } from '../../src/core/time.ts';
import type { Clock, EventLog, IdSource } from '../../src/ports.ts';
import { anEvent, aSample } from './evidence.ts';

const [path = '', count = '0', synchronous] = process.argv.slice(2);

/** A run that goes wrong, again and again. */
const SCRIPT: readonly EventType[] = [
  'run.started',
  'attempt.started',
  'decision.made',
  'decision.made',
  'incident.opened',
  'decision.made',
  'tree.frozen',
  'action.intended',
  'action.completed',
  'attempt.ended',
  'restart.scheduled',
  'incident.closed',
  'run.ended',
];

const clock: Clock = {
  now: () => epochMs(Date.now()),
  monotonic: () => monotonicMs(performance.now()),
  after: (durationMs, fn) => {
    const timer = setTimeout(fn, durationMs);
    return () => clearTimeout(timer);
  },
};
const id =
  <T extends string>(prefix: string) =>
  (): T =>
    `${prefix}${randomUUID()}` as T;
const ids: IdSource = {
  runId: id('run_'),
  incidentId: id('inc_'),
  eventId: id('evt_'),
  intentId: id('act_'),
};

const runId = `run_${process.pid}` as RunId;
const scripted = (n: number): UnstoredEvent => {
  const type = SCRIPT[n % SCRIPT.length] ?? 'run.started';
  const incidentId = `inc_${process.pid}_${Math.floor(n / SCRIPT.length)}` as IncidentId;
  const eventId = `evt_${process.pid}_${n}` as EventId;
  const stamp = { eventId, runId, at: clock.now(), monotonicAt: clock.monotonic() };
  return anEvent(
    type,
    {},
    { ...stamp, incidentId: /^(inc|act|dec)/.test(type) ? incidentId : null },
  );
};

type Log = Pick<EventLog, 'append' | 'appendSample' | 'close'>;

/** The store itself, or a bare connection whose durability is turned down to show that the tests would notice. */
function opened(): Log {
  if (synchronous === undefined) return openStore({ path, clock, ids }).log;
  const connection = new Connection(path, clock.now());
  connection.database.handle.exec(`PRAGMA synchronous = ${synchronous}`);
  return {
    append: (events) => {
      const rows = events.map((event) => encodeEvent(event, null));
      connection.write({ events: rows, samples: [], again: false, sign: false }, clock.now());
      return 'stored';
    },
    appendSample: () => {},
    close: () => connection.close(),
  };
}

const log = opened();
let durable = 0;
for (let n = 0; durable < Number(count); n++) {
  const event = scripted(n);
  const began = performance.now();
  log.appendSample(runId, 1, clock.now(), aSample({ cpuPercent: (n * 37) % 100 }));
  if (!isUrgent(event.type)) {
    log.append([event], 'grouped');
    continue;
  }
  durable++;
  if (log.append([event], 'durable') === 'lost') throw new Error('lost');
  writeSync(1, `ack ${event.eventId} ${(performance.now() - began).toFixed(2)}\n`);
}
log.close();
