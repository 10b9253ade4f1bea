// The evidence on one SQLite file: the event log that writes it and the reader that answers from it.

import { FlowForgeError } from '../../core/error.ts';
import type { Clock, EventLog, EvidenceReader, IdSource } from '../../ports.ts';
import { connect } from './connection.ts';
import { CorruptDatabase } from './database.ts';
import { SqliteEventLog } from './event-log.ts';
import { SqliteReader } from './reader.ts';
import { sqliteAdvice } from './sqlite.ts';

export interface StoreOptions {
  /** Where the database lies; made, with its directory, when missing. */
  readonly path: string;
  readonly clock: Clock;
  readonly ids: IdSource;
}

export interface Store {
  readonly log: EventLog;
  readonly reader: EvidenceReader;
  /** Writes what waits for the next group, so that a reader sees it. */
  flush(): void;
  /** What a person should know about the SQLite in use, or null. */
  readonly advice: string | null;
  close(): void;
}

/**
 * Opens the evidence at `path`. After that nothing of the disk's failing ever throws in the log; reading may.
 *
 * @throws FlowForgeError FF_STORE_UNAVAILABLE, FF_STORE_NEWER, FF_STORE_CORRUPT
 */
export function openStore({ path, clock, ids }: StoreOptions): Store {
  const log = new SqliteEventLog({ path, clock, ids, seal: null }, open(path, clock));
  const handle = () => log.connection()?.database.handle ?? null;
  return {
    log,
    reader: new SqliteReader(handle, null),
    flush: () => log.flush(),
    advice: sqliteAdvice(),
    close: () => log.close(),
  };
}

function open(path: string, clock: Clock) {
  try {
    return connect(path, clock.now());
  } catch (cause) {
    if (!(cause instanceof CorruptDatabase)) throw cause;
    const message = `${path} is damaged: ${cause.message}`;
    throw new FlowForgeError('FF_STORE_CORRUPT', message, { cause });
  }
}
