// Records facts that no run tells: of the API, and of changes that are made at a terminal.

import { openStore, type Store } from '../adapters/sqlite/store.ts';
import { systemClock } from '../adapters/system/clock.ts';
import { systemIds } from '../adapters/system/ids.ts';
import type { Config } from '../config/config.ts';
import type { Fact, Stamp } from '../core/event.ts';
import { originIn } from './origin.ts';

type Where = Pick<Stamp, 'runId' | 'attempt' | 'incidentId'>;
type Record = (fact: Fact, where?: Where) => void;

const NOWHERE: Where = { runId: null, attempt: null, incidentId: null };

/** Makes what records into an open store; each fact is durable when it returns. */
export function createRecorder(stateDir: string, { log }: Pick<Store, 'log'>): Record {
  const { hostId, bootId } = originIn(stateDir);
  return (fact, where = NOWHERE) => {
    const times = { at: systemClock.now(), monotonicAt: systemClock.monotonic() };
    const eventId = systemIds.eventId();
    log.append([{ ...fact, eventId, hostId, bootId, version: 1, ...where, ...times }], 'durable');
  };
}

/** Records that the person at the terminal changed who may do what: `reason` says how. */
export function recordChange({ dbPath: path, stateDir, masterKey }: Config, reason: string): void {
  const store = openStore({ path, clock: systemClock, ids: systemIds, masterKey });
  try {
    const payload = {
      action: 'CONFIG_CHANGED',
      actor: 'operator',
      reason,
      requestId: null,
    } as const;
    createRecorder(stateDir, store)({ type: 'audit.noted', payload });
  } finally {
    store.close();
  }
}
