// Opens the evidence for reading only: nothing is made, repaired or set aside, and a read-only disk is no hindrance.

import { existsSync, statSync } from 'node:fs';
import { FlowForgeError } from '../../core/error.ts';
import type { EvidenceReader } from '../../ports.ts';
import { explainReading, refuseForeign } from './database.ts';
import { hasSealedContent, Keyring, WITHHOLD } from './keyring.ts';
import { SqliteReader } from './reader.ts';
import { MIGRATIONS } from './schema.ts';
import { abandonedSpools } from './spool.ts';
import { type DatabaseSync, openToRead } from './sqlite.ts';
import { openStore, type StoreOptions } from './store.ts';

export interface ReadStore {
  readonly reader: EvidenceReader;
  close(): void;
}

/**
 * Opens the evidence at `path` for reading.
 *
 * @throws FlowForgeError FF_NOT_FOUND where there is none, FF_STORE_UNAVAILABLE, FF_STORE_NEWER, FF_STORE_CORRUPT
 */
export function openForReading(options: StoreOptions): ReadStore {
  const { path, masterKey = null } = options;
  requireStore(path);
  try {
    bringUpToDate(options);
    refuseForeign(path);
    const handle = openReadOnly(path);
    const keyring = masterKey ? new Keyring(handle, masterKey) : null;
    const seal = keyring ?? (hasSealedContent(handle) ? WITHHOLD : null);
    return { reader: new SqliteReader(() => handle, seal), close: () => handle.close() };
  } catch (cause) {
    throw explainReading(cause, path);
  }
}

/** Asks that there is a database at `path`. Throws FF_NOT_FOUND. */
export function requireStore(path: string): void {
  if (existsSync(path) && statSync(path).size > 0) return;
  throw new FlowForgeError('FF_NOT_FOUND', `there is no evidence at ${path}`, {
    hint: '`flowforge run -- <command>` makes it; --db names another place.',
  });
}

/** What processes that are gone could not store is brought in first, where the disk allows it. */
function bringUpToDate(options: StoreOptions): void {
  try {
    if (abandonedSpools(options.path).length > 0) openStore(options).close();
  } catch {
    // It is shown once the database can be written again.
  }
}

function openReadOnly(path: string): DatabaseSync {
  const handle = openToRead(path);
  try {
    const version = Number(handle.prepare('PRAGMA user_version').get()?.['user_version']);
    if (version === MIGRATIONS.length) return handle;
    const message = `${path} has version ${version}, this FlowForge reads ${MIGRATIONS.length}`;
    if (version > MIGRATIONS.length) throw new FlowForgeError('FF_STORE_NEWER', message);
    throw new FlowForgeError('FF_STORE_UNAVAILABLE', message, {
      hint: 'The next `flowforge run` or `flowforge serve` brings it up to date.',
    });
  } catch (error) {
    handle.close();
    throw error;
  }
}
