// The one place that loads SQLite. Node 22 warns that its SQLite is experimental; that warning, and only that, is silenced.

import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { LIMITS } from '../../core/limits.ts';

export type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Value of a bound parameter. */
export type Bound = string | number | bigint | null | Uint8Array;

/** Result codes of SQLite that mean something to us (https://www.sqlite.org/rescode.html). */
export const SQLITE = {
  error: 1,
  busy: 5,
  locked: 6,
  readonly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  constraint: 19,
  notADatabase: 26,
};

/** The first SQLite without the WAL-reset bug, which can corrupt a database that several processes write. */
const SOUND_VERSION = '3.51.3';

const Database = loadDatabase();

/** Opens a file, or makes it. */
export const openFile = (path: string, readOnly = false): DatabaseSync =>
  new Database(path, { readOnly });

/**
 * Opens a file to read it. SQLite wants to make side files even for that; where it cannot, and none is needed, the file
 * is read as it lies.
 */
export function openToRead(path: string): DatabaseSync {
  const handle = openFile(path, true);
  try {
    // Whoever closes the database last has it for itself for a moment.
    handle.exec(`PRAGMA busy_timeout = ${LIMITS.storeBusyMs}`);
    handle.prepare('SELECT count(*) FROM sqlite_schema').get();
    return handle;
  } catch (error) {
    handle.close();
    const code = sqliteCode(error);
    // A disk that is full refuses them with an error of its own.
    const refusals: readonly (number | null)[] = [
      SQLITE.cannotOpen,
      SQLITE.readonly,
      SQLITE.ioError,
    ];
    const isDenied = refusals.includes(code);
    const hasLog = (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
    if (!isDenied || hasLog) throw error;
    const asItLies = pathToFileURL(path);
    asItLies.searchParams.set('immutable', '1');
    return new Database(asItLies, { readOnly: true });
  }
}

/** The version of the SQLite this Node brings, e.g. `3.53.4`. */
export function sqliteVersion(): string {
  const database = new Database(':memory:');
  const row = database.prepare('SELECT sqlite_version() AS version').get();
  database.close();
  return String(row?.['version']);
}

/**
 * What a person should know about this SQLite, or null. Old versions work; several processes that write one database
 * at the same instant may, very rarely, corrupt it.
 */
export function sqliteAdvice(version = sqliteVersion()): string | null {
  if (isAtLeast(version, SOUND_VERSION)) return null;
  return `this Node brings SQLite ${version}, which has a rare fault when several processes write one database (fixed in ${SOUND_VERSION}): use a newer Node, or one database per run`;
}

/** The primary result code of an SQLite error, or null where `error` is none. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : null;
}

function loadDatabase(): typeof DatabaseSync {
  const warn = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule('node:sqlite').DatabaseSync;
  } finally {
    process.emitWarning = warn;
  }
}

function isAtLeast(version: string, floor: string): boolean {
  const have = version.split('.').map(Number);
  const need = floor.split('.').map(Number);
  const at = need.findIndex((part, index) => part !== have[index]);
  return at === -1 || (have[at] ?? 0) > (need[at] ?? 0);
}
