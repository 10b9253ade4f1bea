// Runs the writer of events under strace, which can make any of its calls to the disk fail, or kill it there.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export const WRITER = new URL('./store-writer.ts', import.meta.url).pathname;
export const hasStrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

/** Calls that change what lies on the disk, or wait until it does. */
const DISK_CALLS = ['pwrite64', 'write', 'fsync', 'fdatasync', 'ftruncate', 'unlink', 'openat'];

export interface Written {
  readonly acknowledged: readonly string[];
  readonly problems: string;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Runs a writer; `inject` is strace's (`pwrite64:error=EIO:when=3+`), for the files in `only`. */
export function writeUnderStrace(
  database: string,
  count: number,
  { inject = [], only, log = '/dev/null' }: TraceOptions = {},
): Written {
  const files = (only ?? databaseFiles(database)).flatMap((file) => ['-P', file]);
  const faults = inject.flatMap((fault) => ['-e', `inject=${fault}`]);
  const writer = [process.execPath, WRITER, database, String(count)];
  const { stdout, stderr, status, signal } = spawnSync(
    'strace',
    ['-f', '-o', log, '-e', `trace=${DISK_CALLS.join()}`, ...files, ...faults, ...writer],
    { encoding: 'utf8', timeout: 60_000 },
  );
  return { acknowledged: acknowledgedIn(stdout), problems: stderr, status, signal };
}

interface TraceOptions {
  readonly inject?: readonly string[];
  readonly only?: readonly string[];
  readonly log?: string;
}

/** Every call that a writer makes on the files of its database: name and how manieth of that name. */
export function diskCalls(
  database: string,
  count: number,
  log: string,
): readonly { readonly call: string; readonly at: number }[] {
  writeUnderStrace(database, count, { log });
  const seen = new Map<string, number>();
  return [...readFileSync(log, 'utf8').matchAll(/^\d+\s+(\w+)\(/gm)].map(([, call = '']) => {
    const at = (seen.get(call) ?? 0) + 1;
    seen.set(call, at);
    return { call, at };
  });
}

export const databaseFiles = (database: string): readonly string[] =>
  ['', '-wal', '-journal'].map((side) => database + side);

/** The ids a writer acknowledged, in order. A line that was cut off acknowledges nothing. */
export const acknowledgedIn = (output: string): string[] =>
  [...output.matchAll(/^ack (\S+) [\d.]+\n/gm)].map(([, id = '']) => id);

/** How long each acknowledged append took, ms. */
export const timesIn = (output: string): number[] =>
  [...output.matchAll(/^ack \S+ ([\d.]+)\n/gm)].map(([, ms]) => Number(ms));
