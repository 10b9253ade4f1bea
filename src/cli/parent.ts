// The process that started us, for who must not outlive it.

import { FlowForgeError } from '../core/error.ts';
import type { Cancel } from '../ports.ts';

const LOOK_EVERY_MS = 1_000;

/**
 * Ends us by SIGTERM, as a person would, once our parent has gone: the kernel then gives us another. Its pid is told,
 * since it may have gone before we could read it.
 */
export function endWith(parent: number | null): Cancel {
  if (parent === null) return () => {};
  if (process.ppid !== parent && isAlive(parent)) {
    const hint = 'give the pid of the process that starts FlowForge; in a shell: --end-with $$';
    throw new FlowForgeError('FF_USAGE', `--end-with: ${parent} did not start FlowForge`, { hint });
  }
  const look = (): void => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  timer.unref();
  look();
  return () => clearInterval(timer);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
