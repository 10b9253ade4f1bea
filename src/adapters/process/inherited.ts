// What a command would have inherited without us, and Node has changed in the meantime.

import { basename } from 'node:path';
import { readProc } from './proc-fs.ts';
import { environmentValue } from './process-table.ts';

const SIGHUP_BIT = 1n;

/**
 * The soft limit of open files that we were started with, where Node has raised it for itself; null where it has
 * not, or where that cannot be told. Our parent still has what it gave us, unless its hard limit is another.
 */
export function inheritedOpenFiles(): number | null {
  const own = openFiles('self');
  const parents = openFiles(process.ppid);
  if (!own || !parents || own.hard !== parents.hard) return null;
  return Number(parents.soft) < Number(own.soft) ? Number(parents.soft) : null;
}

/**
 * Signals that we were started with ignored: bit n-1 for signal n. Node resets them all, so `nohup` is known only by
 * its name in `_`, which shells set to what they start.
 */
export function inheritedIgnoredSignals(): bigint {
  const started = environmentValue(process.pid, '_');
  return started !== null && basename(started) === 'nohup' ? SIGHUP_BIT : 0n;
}

function openFiles(pid: number | 'self'): { soft: string; hard: string } | null {
  const match = /^Max open files\s+(\w+)\s+(\w+)/m.exec(readProc(`/proc/${pid}/limits`) ?? '');
  return match ? { soft: match[1] ?? '', hard: match[2] ?? '' } : null;
}
