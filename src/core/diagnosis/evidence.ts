// Verdicts on the database and the disk it lies on.

import type { Verification } from '../evidence/verification.ts';
import { LIMITS } from '../limits.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** What a look at the database came to. */
export type DatabaseFacts =
  /** There is none; `obstacle` says why none can be made, or null. */
  | { readonly type: 'absent'; readonly path: string; readonly obstacle: string | null }
  | { readonly type: 'unusable'; readonly message: string; readonly hint: string }
  | {
      readonly type: 'present';
      readonly path: string;
      readonly version: number;
      readonly knownVersion: number;
      /** Why it takes no write, or null. */
      readonly writeFailure: string | null;
      /** What is amiss between its sealed content and our master key, or null. */
      readonly keyAdvice: string | null;
    };

export function judgeDatabase(facts: DatabaseFacts): Check {
  const name = 'evidence';
  if (facts.type === 'unusable') return fail(name, facts.message, facts.hint);
  if (facts.type === 'absent') return judgeAbsent(name, facts);
  const { path, version, knownVersion, writeFailure, keyAdvice } = facts;
  if (version > knownVersion) {
    const newer = `${path} has version ${version}, this FlowForge knows up to ${knownVersion}`;
    return fail(name, newer, 'use the newer FlowForge, or another database (--db)');
  }
  if (writeFailure !== null) {
    const hint =
      'make room, or become the user whom it belongs to; a run would go on and keep events aside';
    return fail(name, `${path} takes no write: ${writeFailure}`, hint);
  }
  if (version < knownVersion) {
    const older = `${path} has version ${version} of ${knownVersion}`;
    return warn(
      name,
      older,
      'nothing: the next run or `flowforge serve` copies it and brings it up to date',
    );
  }
  if (keyAdvice !== null) {
    return warn(
      name,
      keyAdvice,
      'give the master key it was sealed with (FLOWFORGE_MASTER_KEY or …_FILE)',
    );
  }
  return ok(name, `${path} takes writes`);
}

function judgeAbsent(
  name: string,
  { path, obstacle }: { readonly path: string; readonly obstacle: string | null },
): Check {
  if (obstacle === null) return ok(name, `the first run makes ${path}`);
  const hint =
    'make the folder and give it to the user that runs FlowForge, or name another place (--db)';
  return fail(name, `${path} cannot be made: ${obstacle}`, hint);
}

/** Settings of SQLite by name, as they are on a connection like that of a run. */
export type Pragmas = Readonly<Record<string, string | number>>;

/** What a run needs: nothing acknowledged is lost, nothing removed lingers, nothing foreign is executed. */
const NEEDED: Pragmas = {
  journal_mode: 'wal',
  synchronous: 2, // FULL
  auto_vacuum: 2, // INCREMENTAL
  secure_delete: 1,
  trusted_schema: 0,
};

export function judgePragmas(pragmas: Pragmas): Check {
  const name = 'pragmas';
  const wrong = Object.keys(NEEDED).filter((key) => pragmas[key] !== NEEDED[key]);
  if (wrong.length === 0) return ok(name, 'WAL, synchronous FULL');
  const detail = wrong.map((key) => `${key} is ${pragmas[key]}, not ${NEEDED[key]}`).join('; ');
  const hint =
    'put the database on a local file system (--db): WAL does not work on network shares';
  // How it is vacuumed was settled when it was made, and only costs room.
  return wrong.every((key) => key === 'auto_vacuum')
    ? warn(name, detail, 'nothing breaks: the file only does not shrink when it is pruned')
    : fail(name, detail, hint);
}

export function judgeChain({ faults, eventCount, lastSeq, notes }: Verification): Check {
  const name = 'chain';
  const [fault] = faults;
  if (fault) {
    const hint =
      '`flowforge evidence verify --db` names every fault; keep a copy of the database before anything else';
    return fail(name, fault.problem, hint);
  }
  const remarks = notes.length > 0 ? ` (${notes.join('; ')})` : '';
  return ok(name, `${eventCount} events verify, up to ${lastSeq}${remarks}`);
}

export interface DiskFacts {
  readonly folder: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Share of the file system's files (inodes) that may still be made, 0 to 1; null where they are not limited. */
  readonly freeFilesShare: number | null;
}

const LOW_TIMES = 5;
const MB = 1_000_000;

export function judgeDisk(facts: DiskFacts | null): Check {
  const name = 'disk';
  if (facts === null)
    return warn(name, 'its room cannot be told', 'look with `df` at the folder of the database');
  const { folder, freeBytes, totalBytes, freeFilesShare } = facts;
  const share = Math.min(totalBytes > 0 ? freeBytes / totalBytes : 1, freeFilesShare ?? 1);
  const files =
    freeFilesShare === null ? '' : `, ${Math.round(freeFilesShare * 100)} % of its files`;
  const room = `${Math.round(freeBytes / MB)} MB (${Math.round((100 * freeBytes) / Math.max(1, totalBytes))} %) free${files}, at ${folder}`;
  const hint =
    'below 2 % a run that floods is stopped; `flowforge prune` makes room in the evidence';
  if (share < LIMITS.diskFreeShareMin) return fail(name, room, hint);
  return share < LOW_TIMES * LIMITS.diskFreeShareMin ? warn(name, room, hint) : ok(name, room);
}
