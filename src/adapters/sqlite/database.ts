// Opens the database file safely: who may read it, how surely it writes, which version it has.

import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { FlowForgeError } from '../../core/error.ts';
import { LIMITS } from '../../core/limits.ts';
import { APPLICATION_ID, MIGRATIONS } from './schema.ts';
import { type DatabaseSync, openFile, SQLITE, sqliteCode } from './sqlite.ts';

/** A file that is ours by its header, but cannot be read. Never overwritten: it is set aside. */
export class CorruptDatabase extends Error {}

/** What tells one file from another under the same name. */
export interface FileIdentity {
  readonly device: number;
  readonly inode: number;
}

/** An open, migrated database. */
export interface OpenDatabase {
  readonly handle: DatabaseSync;
  readonly identity: FileIdentity;
  readonly logId: string;
}

/**
 * Opens the database at `path`, making it and its directory when missing.
 *
 * @throws FlowForgeError FF_STORE_UNAVAILABLE, FF_STORE_NEWER · CorruptDatabase
 */
export function openDatabase(path: string, nowMs: number): OpenDatabase {
  try {
    createPrivately(path);
    refuseForeign(path);
    const handle = openFile(path);
    try {
      whenFree(() => configure(handle));
      migrate(handle, path, nowMs);
      return { handle, identity: identify(path), logId: readLogId(handle) };
    } catch (error) {
      handle.close();
      throw error;
    }
  } catch (error) {
    throw explain(error, path);
  }
}

/** What became of the file under its name since it was opened. */
export function fileChange(path: string, opened: FileIdentity): 'deleted' | 'replaced' | null {
  if (!existsSync(path)) return 'deleted';
  const { device, inode } = identify(path);
  return device === opened.device && inode === opened.inode ? null : 'replaced';
}

function identify(path: string): FileIdentity {
  const { dev, ino } = statSync(path);
  return { device: dev, inode: ino };
}

/** Runs `work` in a write transaction: all of it is committed, or nothing is. */
export function inTransaction<T>(handle: DatabaseSync, work: () => T): T {
  handle.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    handle.exec('COMMIT');
    return result;
  } catch (error) {
    rollBack(handle);
    throw error;
  }
}

/** Reads in `work` what is all of one instant, whatever others write meanwhile. */
export function inSnapshot<T>(handle: DatabaseSync, work: () => T): T {
  handle.exec('BEGIN');
  try {
    return work();
  } finally {
    rollBack(handle);
  }
}

/** The last event that was recorded, be it removed since; 0 when there never was one. */
export function lastSeqOf(handle: DatabaseSync): number {
  const sql = `SELECT coalesce(
    (SELECT max(seq) FROM events), (SELECT max(upto_seq) FROM prunes), 0) AS seq`;
  return Number(handle.prepare(sql).get()?.['seq']);
}

function rollBack(handle: DatabaseSync): void {
  try {
    handle.exec('ROLLBACK');
  } catch {
    // After some failures SQLite has rolled back by itself; the first error is the one that counts.
  }
}

/** Only directories that we make are ours to close to others; SQLite gives its side files the mode of the database. */
function createPrivately(path: string): void {
  makeDirectory(dirname(path));
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
}

/** Node's own recursive `mkdir` never returns below a directory like /proc. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  try {
    mkdirSync(path, 0o700);
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(path)) throw error;
  }
}

const OPEN_RETRY_MS = 10;
const INCREMENTAL = 2;
const HEADER = Buffer.from('SQLite format 3\0', 'latin1');
const APPLICATION_ID_AT = 68;

/**
 * The files that were looked at. None is opened again but by SQLite: to close any descriptor of a file is to let go of
 * all locks that this process has on it, and others would take the log away that it writes to
 * (https://www.sqlite.org/howtocorrupt.html, 2.2).
 */
const known = new Set<string>();

/** A file of somebody else is left exactly as it is. */
export function refuseForeign(path: string): void {
  const stats = statSync(path);
  if (!stats.isFile()) throw unavailable(`${path} is not a file`);
  const identity = `${stats.dev}:${stats.ino}:${stats.birthtimeMs}`;
  if (known.has(identity)) return;
  refuseForeignHeader(path);
  known.add(identity);
}

function refuseForeignHeader(path: string): void {
  const fd = openSync(path, 'r');
  try {
    const header = Buffer.alloc(100);
    const byteCount = readSync(fd, header, 0, header.length, 0);
    if (byteCount === 0 || fstatSync(fd).size === 0) return;
    if (!header.subarray(0, HEADER.length).equals(HEADER)) {
      throw new FlowForgeError('FF_STORE_CORRUPT', `${path} is not a database`);
    }
    const id = header.readUInt32BE(APPLICATION_ID_AT);
    // A database that was made but not yet filled has no id, and lies in its WAL.
    if (id !== APPLICATION_ID && id !== 0) throw unavailable(`${path} belongs to another program`);
  } finally {
    closeSync(fd);
  }
}

/** SQLite waits for a lock by itself but when it turns a file to WAL, or recovers one that many open at once. */
function whenFree(work: () => void): void {
  const until = performance.now() + LIMITS.storeBusyMs;
  for (;;) {
    try {
      work();
      return;
    } catch (error) {
      if (sqliteCode(error) !== SQLITE.busy || performance.now() > until) throw error;
      // Opening is synchronous, and so is the wait.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, OPEN_RETRY_MS);
    }
  }
}

/** All of these belong to the connection, not to the file: drivers differ in their defaults. */
function configure(handle: DatabaseSync): void {
  handle.exec(`PRAGMA busy_timeout = ${LIMITS.storeBusyMs}`);
  // Setting this writes, even where it is set: many that open at once would wait for each other.
  if (pragma(handle, 'auto_vacuum') !== INCREMENTAL)
    handle.exec('PRAGMA auto_vacuum = INCREMENTAL');
  handle.exec('PRAGMA journal_mode = WAL');
  handle.exec('PRAGMA synchronous = FULL');
  handle.exec('PRAGMA secure_delete = ON');
  handle.exec('PRAGMA trusted_schema = OFF');
  handle.exec(`PRAGMA journal_size_limit = ${LIMITS.walBytesMax}`);
}

const pragma = (handle: DatabaseSync, name: string): number =>
  Number(Object.values(handle.prepare(`PRAGMA ${name}`).get() ?? {})[0]);

function migrate(handle: DatabaseSync, path: string, nowMs: number): void {
  const version = pragma(handle, 'user_version');
  if (version > MIGRATIONS.length) {
    const message = `${path} has version ${version}, this FlowForge knows up to ${MIGRATIONS.length}`;
    throw new FlowForgeError('FF_STORE_NEWER', message);
  }
  if (version === MIGRATIONS.length) return;
  if (version > 0) backUp(handle, `${path}.before-v${MIGRATIONS.length}-${nowMs}`);
  inTransaction(handle, () => {
    // Another process may have been faster.
    const from = pragma(handle, 'user_version');
    if (from === 0) make(handle, path);
    for (const migration of MIGRATIONS.slice(from)) handle.exec(migration);
    if (from === 0) nameLog(handle);
    handle.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}

function make(handle: DatabaseSync, path: string): void {
  const row = handle.prepare('SELECT count(*) AS tables FROM sqlite_schema').get();
  if (Number(row?.['tables']) > 0) throw unavailable(`${path} belongs to another program`);
  handle.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
}

function nameLog(handle: DatabaseSync): void {
  const logId = `log_${randomBytes(16).toString('hex')}`;
  handle.prepare("INSERT INTO meta (name, value) VALUES ('log_id', ?)").run(logId);
}

const backUp = (handle: DatabaseSync, to: string): void => {
  createPrivately(to);
  handle.prepare('VACUUM INTO ?').run(to);
};

function readLogId(handle: DatabaseSync): string {
  const row = handle.prepare("SELECT value FROM meta WHERE name = 'log_id'").get();
  if (!row) throw new CorruptDatabase('the database has no log id');
  return String(row['value']);
}

const unavailable = (message: string, cause?: unknown): FlowForgeError =>
  new FlowForgeError('FF_STORE_UNAVAILABLE', message, { cause });

/** As `explain`, for who only reads, and mends nothing. */
export function explainReading(cause: unknown, path: string): Error {
  const error = explain(cause, path);
  if (!(error instanceof CorruptDatabase)) return error;
  return new FlowForgeError('FF_STORE_CORRUPT', `${path}: ${error.message}`, { cause });
}

/** What a failure to open or to equip the database at `path` is, in our words. */
export function explain(error: unknown, path: string): Error {
  if (error instanceof FlowForgeError || error instanceof CorruptDatabase) return error;
  const code = sqliteCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === SQLITE.corrupt || code === SQLITE.notADatabase) return new CorruptDatabase(message);
  return unavailable(`cannot use ${path} as the database: ${message}`, error);
}
