// Looks at a database as `flowforge doctor` does: nothing is made, migrated, repaired or set aside.

import type { Pragmas } from '../../core/diagnosis/evidence.ts';
import { FlowForgeError } from '../../core/error.ts';
import { type EpochMs, epochMs } from '../../core/time.ts';
import { CorruptDatabase, explain, openDatabase, refuseForeign } from './database.ts';
import { probeWrite } from './probe.ts';
import { MIGRATIONS } from './schema.ts';
import { type DatabaseSync, openToRead } from './sqlite.ts';
import { adviceOnKeys } from './store.ts';

export interface ExaminationOptions {
  readonly masterKey: Uint8Array | null;
  readonly now: EpochMs;
}

export interface DatabaseExamination {
  readonly version: number;
  readonly knownVersion: number;
  /** When the last event was recorded. */
  readonly newestAt: EpochMs | null;
  /** Why it takes no write, or null. */
  readonly writeFailure: string | null;
  readonly keyAdvice: string | null;
  /** As on a connection like that of a run; null where none can be had. */
  readonly pragmas: Pragmas | null;
}

/**
 * Looks at the database at `path`.
 *
 * @throws FlowForgeError FF_STORE_UNAVAILABLE, FF_STORE_CORRUPT where it cannot be read, or is none of ours
 */
export function examineDatabase(path: string, options: ExaminationOptions): DatabaseExamination {
  try {
    return examine(path, options);
  } catch (cause) {
    const error = explain(cause, path);
    if (!(error instanceof CorruptDatabase)) throw error;
    throw new FlowForgeError('FF_STORE_CORRUPT', `${path}: ${error.message}`, { cause });
  }
}

function examine(path: string, { masterKey, now }: ExaminationOptions): DatabaseExamination {
  refuseForeign(path);
  const knownVersion = MIGRATIONS.length;
  const read = readOf(path, masterKey);
  // What is older is brought up to date by the next run, and not by a look.
  if (read.version !== knownVersion) {
    return { ...read, knownVersion, writeFailure: null, pragmas: null };
  }
  const writeFailure = probeWrite(path);
  const pragmas = writeFailure === null ? pragmasAt(path, now) : null;
  return { ...read, knownVersion, writeFailure, pragmas };
}

function readOf(path: string, masterKey: Uint8Array | null) {
  const handle = openToRead(path);
  try {
    const version = Number(pragma(handle, 'user_version'));
    if (version !== MIGRATIONS.length) return { version, newestAt: null, keyAdvice: null };
    const last = handle.prepare('SELECT at_ms FROM events ORDER BY seq DESC LIMIT 1').get();
    const newestAt = last ? epochMs(Number(last['at_ms'])) : null;
    return { version, newestAt, keyAdvice: adviceOnKeys(handle, masterKey) };
  } finally {
    handle.close();
  }
}

function pragmasAt(path: string, now: EpochMs): Pragmas {
  const { handle } = openDatabase(path, now);
  try {
    const names = ['journal_mode', 'synchronous', 'auto_vacuum', 'secure_delete', 'trusted_schema'];
    return Object.fromEntries(names.map((name) => [name, pragma(handle, name)]));
  } finally {
    handle.close();
  }
}

const pragma = (handle: DatabaseSync, name: string): string | number =>
  Object.values(handle.prepare(`PRAGMA ${name}`).get() ?? {})[0] as string | number;
