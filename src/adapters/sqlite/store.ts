// The evidence on one SQLite file: the event log that writes it and the reader that answers from it.

import { FlowForgeError } from '../../core/error.ts';
import type { Clock, EventLog, EvidenceArchive, EvidenceReader, IdSource } from '../../ports.ts';
import { SqliteArchive } from './archive.ts';
import { Connection } from './connection.ts';
import { CorruptDatabase, explain } from './database.ts';
import { SqliteEventLog } from './event-log.ts';
import { hasForeignKeys, hasSealedContent, Keyring, WITHHOLD } from './keyring.ts';
import { SqliteReader } from './reader.ts';
import { setAside } from './rescue.ts';
import { abandonedSpools, readSpool, remove } from './spool.ts';
import { type DatabaseSync, sqliteAdvice } from './sqlite.ts';

export interface StoreOptions {
  /** Where the database lies; made, with its directory, when missing. */
  readonly path: string;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** 32 bytes that seal content (command lines, output, reasons); null: content is stored in the clear. */
  readonly masterKey?: Uint8Array | null;
}

export interface Store {
  readonly log: EventLog;
  readonly reader: EvidenceReader;
  readonly archive: EvidenceArchive;
  /** Eight hexadecimal digits that tell equal secrets equal, for redaction. Makes the signing key when missing. */
  fingerprint(): (secret: string) => string;
  /** Writes what waits for the next group, so that a reader sees it. */
  flush(): void;
  /** What a person should know about this store, a sentence each: for `doctor`. */
  readonly advice: readonly string[];
  close(): void;
}

/**
 * Opens the evidence at `path`. After that nothing of the disk's failing ever throws in the log; reading may.
 * A damaged database of ours is set aside under a new name and a new one is begun; `advice` says so.
 *
 * @throws FlowForgeError FF_STORE_UNAVAILABLE, FF_STORE_NEWER, FF_STORE_CORRUPT, FF_KEY_INVALID
 */
export function openStore(options: StoreOptions): Store {
  const { path, clock, ids } = options;
  const { equipped, damage } = equipOrSetAside(options);
  const { connection, keyring, seal, keyAdvice } = equipped;
  replayAbandoned(path, connection, clock);
  const log = new SqliteEventLog({ path, clock, ids, seal, keyring }, connection);
  const archive = new SqliteArchive(() => log.connection(), clock);
  return {
    log,
    archive,
    fingerprint: () => archive.fingerprint(),
    reader: new SqliteReader(() => log.connection()?.database.handle ?? null, seal),
    flush: () => log.flush(),
    advice: [sqliteAdvice(), damage, keyAdvice].filter((said) => said !== null),
    close: () => log.close(),
  };
}

function equipOrSetAside(options: StoreOptions) {
  const { path, clock } = options;
  try {
    return { equipped: equip(options), damage: null };
  } catch (cause) {
    if (!(cause instanceof CorruptDatabase)) throw cause;
    const message = `the database was damaged (${cause.message})`;
    try {
      const aside = setAside(path, clock.now());
      const damage = `${message}; it was set aside as ${aside}, and a new one begun`;
      return { equipped: equip(options), damage };
    } catch {
      throw new FlowForgeError('FF_STORE_CORRUPT', `${path}: ${message}`, { cause });
    }
  }
}

/** A connection with the keys of its content. */
function equip({ path, clock, masterKey = null }: StoreOptions) {
  const connection = new Connection(path, clock.now());
  try {
    const { handle } = connection.database;
    const keyring = masterKey ? new Keyring(handle, masterKey) : null;
    if (keyring) connection.install(keyring, clock.now());
    const seal = keyring ?? (hasSealedContent(handle) ? WITHHOLD : null);
    return { connection, keyring, seal, keyAdvice: adviceOnKeys(handle, masterKey) };
  } catch (error) {
    connection.close();
    throw explain(error, path);
  }
}

/** Brings in what processes that are gone could not store. What fails now is tried at the next start. */
function replayAbandoned(path: string, connection: Connection, clock: Clock): void {
  for (const spool of abandonedSpools(path)) {
    try {
      const events = readSpool(spool);
      if (events.length > 0) {
        connection.write({ events, samples: [], again: true, sign: false }, clock.now());
      }
      remove(spool);
    } catch {
      // The spool stays where it is.
    }
  }
}

/** What is amiss between the sealed content of a database and a master key, or null. */
export function adviceOnKeys(handle: DatabaseSync, masterKey: Uint8Array | null): string | null {
  if (!masterKey) {
    return hasSealedContent(handle)
      ? 'content in this database is sealed and no master key is given: what is sealed stays so, and new content is withheld'
      : null;
  }
  return hasForeignKeys(handle, masterKey)
    ? 'some content in this database is sealed with another master key'
    : null;
}
