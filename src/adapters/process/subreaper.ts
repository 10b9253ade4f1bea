// Makes this process a subreaper where native calls can be made: what a killed shim leaves behind
// becomes ours instead of init's, and is ours to kill and to reap.

import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { openCLibrary } from './native-calls.ts';
import { childPids, readStat } from './process-table.ts';

export interface Subreaper {
  /** Reaps an adopted child if it has ended. */
  reap(pid: number): void;
}

const PR_SET_CHILD_SUBREAPER = 36;
const WNOHANG = 1;

let own: Subreaper | null | undefined;

/** Children that Node has started and not yet seen end. */
const started = new Set<ChildProcess>();
let isFollowing = false;

/** Notes from now on which children Node starts itself, so that they are never taken for orphans. */
export function followOwnChildren(): void {
  if (isFollowing) return;
  isFollowing = true;
  subscribe('child_process', (message) => {
    const { process: child } = message as { process: ChildProcess };
    started.add(child);
    child.once('exit', () => started.delete(child));
  });
}

/** Becomes a subreaper, once; null where native calls cannot be made. Takes some 15 ms the first time. */
export function becomeSubreaper(): Subreaper | null {
  if (own === undefined) own = tryToBecome();
  return own;
}

/** Children that came to us as orphans: all that Node has not started and does not wait for itself. */
export function adoptedChildren(): number[] {
  if (!own) return [];
  const ours = new Set([...started].map((child) => child.pid));
  const threads = readStat(process.pid)?.threadCount ?? 1;
  return childPids(process.pid, threads).filter((pid) => !ours.has(pid));
}

function tryToBecome(): Subreaper | null {
  try {
    const libc = openCLibrary();
    const prctl = libc.func('int prctl(int, ulong, ulong, ulong, ulong)');
    const waitpid = libc.func('int waitpid(int, void *, int)');
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) !== 0) return null;
    return { reap: (pid) => void waitpid(pid, null, WNOHANG) };
  } catch {
    return null;
  }
}
