// A database with as much in it as wanted: runs that all went the same way, one after the other.

import { Connection } from '../../src/adapters/sqlite/connection.ts';
import { encodeEvent } from '../../src/adapters/sqlite/event-codec.ts';
import type { EventType } from '../../src/core/event.ts';
import type { IncidentId, RunId } from '../../src/core/id.ts';
import { epochMs } from '../../src/core/time.ts';
import { anEvent } from '../../test/support/evidence.ts';

const BATCH = 10_000;

/** What happens in each run. */
export const SCRIPT: readonly EventType[] = [
  'run.started',
  'attempt.started',
  'incident.opened',
  ...Array.from({ length: 12 }, () => 'decision.made' as const),
  'action.intended',
  'action.completed',
  'attempt.ended',
  'incident.closed',
  'run.ended',
];

/** Writes so many events into a new database. */
export function fill(path: string, eventCount: number): void {
  const connection = new Connection(path, epochMs(0));
  for (let first = 0; first < eventCount; first += BATCH) {
    const events = Array.from({ length: Math.min(BATCH, eventCount - first) }, (_, n) => {
      const at = first + n;
      const story = Math.floor(at / SCRIPT.length);
      const type = SCRIPT[at % SCRIPT.length] ?? 'run.started';
      const incidentId = /^(inc|dec|act)/.test(type) ? (`inc_${story}` as IncidentId) : null;
      const stamp = { runId: `run_${story}` as RunId, incidentId, at: epochMs(1e12 + at * 1_000) };
      return encodeEvent(anEvent(type, {}, stamp), null);
    });
    connection.write({ events, samples: [], again: false, sign: false }, epochMs(1e12 + first));
  }
  connection.close();
}
