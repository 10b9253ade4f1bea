// Makes this process a subreaper where native calls can be made (koffi, optional): what a killed shim leaves behind
// becomes ours instead of init's, and is ours to kill and to reap.

import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
import { childPids, readStat } from './proc-fs.ts';

export interface Subreaper {
  /** Children that came to us as orphans. Node itself waits for none of them. */
  adopted(): number[];
  /** Reaps an adopted child if it has ended. */
  reap(pid: number): void;
}

const PR_SET_CHILD_SUBREAPER = 36;
const WNOHANG = 1;

let own: Subreaper | null | undefined;

/** Children that Node has started and waits for. */
const started = new Set<ChildProcess>();

/** Becomes a subreaper, once; null where native calls cannot be made. Takes some 15 ms the first time. */
export function becomeSubreaper(): Subreaper | null {
  if (own === undefined) own = tryToBecome();
  return own;
}

function tryToBecome(): Subreaper | null {
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    const libc = koffi.load(null);
    const prctl = libc.func('int prctl(int, ulong, ulong, ulong, ulong)');
    const waitpid = libc.func('int waitpid(int, void *, int)');
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) !== 0) return null;
    followStarted();
    return { adopted, reap: (pid) => void waitpid(pid, null, WNOHANG) };
  } catch {
    return null;
  }
}

function followStarted(): void {
  subscribe('child_process', (message) => {
    const { process: child } = message as { process: ChildProcess };
    started.add(child);
    child.once('exit', () => started.delete(child));
  });
}

function adopted(): number[] {
  const ours = new Set([...started].map((child) => child.pid));
  const threads = readStat(process.pid)?.threadCount ?? 1;
  return childPids(process.pid, threads).filter((pid) => !ours.has(pid));
}
