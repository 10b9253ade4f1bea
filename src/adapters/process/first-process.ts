// Whether this process is what a container was started for: when it ends, the kernel ends whatever else is there.

import { readFileSync } from 'node:fs';

/** Programs that stand as the first process before the one that counts: ours, Docker's, Podman's, and what images bring. */
const INITS = ['flowforge-init', 'docker-init', 'catatonit', 'tini', 'dumb-init'];

/** Asked at the start: an orphan of a container goes to its first process as well. */
export function isFirstProcess(): boolean {
  if (process.pid === 1) return true;
  if (process.platform !== 'linux' || process.ppid !== 1) return false;
  try {
    return INITS.includes(readFileSync('/proc/1/comm', 'utf8').trim());
  } catch {
    return false;
  }
}
