// Where traces of runs lie: the bounded recent past of the latest runs in the state folder, or a file one asked for.

import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from '../../core/limits.ts';

const SUFFIX = '.trace';

const folderOf = (stateDir: string): string => join(stateDir, 'traces');

/** Where the trace of a run is kept. */
export const tracePath = (stateDir: string, runId: string): string =>
  join(folderOf(stateDir), `${runId}${SUFFIX}`);

/** Keeps the trace of a run and drops the oldest ones beyond LIMITS.tracesKept. */
export function keepTrace(stateDir: string, runId: string, text: string): void {
  const folder = folderOf(stateDir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeTrace(tracePath(stateDir, runId), text);
  // Ids sort by time.
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX))
    .sort();
  for (const name of names.slice(0, -LIMITS.tracesKept))
    rmSync(join(folder, name), { force: true });
}

/** Writes a trace; whole or not at all. */
export function writeTrace(path: string, text: string): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, path);
}
