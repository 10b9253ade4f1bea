// Makes this process a subreaper where native calls can be made (koffi, optional): what a killed shim leaves behind
// becomes ours instead of init's, and is ours to kill and to reap.

import { createRequire } from 'node:module';

export interface Subreaper {
  /** Reaps an adopted child if it has ended. Never a child that Node itself waits for. */
  reap(pid: number): void;
}

const PR_SET_CHILD_SUBREAPER = 36;
const WNOHANG = 1;

let own: Subreaper | null | undefined;

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
    return { reap: (pid) => void waitpid(pid, null, WNOHANG) };
  } catch {
    return null;
  }
}
