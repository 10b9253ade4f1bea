// Where traces of runs lie: the bounded recent past of the latest runs in the state folder, or a file one asked for.

import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from '../../core/limits.ts';

const SUFFIX = '.trace';

const folderOf = (stateDir: string): string => join(stateDir, 'traces');

/** Where the trace of a run is kept. */
export const tracePath = (stateDir: string, runId: string): string =>
  join(folderOf(stateDir), `${runId}${SUFFIX}`);

/** Keeps the trace of a run; the oldest go beyond LIMITS.tracesKept, or where all of them would take more than `bytesMax`. */
export function keepTrace(
  stateDir: string,
  { runId, text, bytesMax }: { runId: string; text: string; bytesMax: number },
): void {
  const folder = folderOf(stateDir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  makeRoom(folder, bytesMax - Buffer.byteLength(text));
  writeTrace(tracePath(stateDir, runId), text);
}

function makeRoom(folder: string, bytesMax: number): void {
  let bytes = 0;
  // Ids sort by time.
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX))
    .sort()
    .reverse();
  names.forEach((name, index) => {
    const path = join(folder, name);
    bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (index >= LIMITS.tracesKept - 1 || bytes > bytesMax) rmSync(path, { force: true });
  });
}

/** Writes a trace; whole or not at all. */
export function writeTrace(path: string, text: string): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, path);
}
