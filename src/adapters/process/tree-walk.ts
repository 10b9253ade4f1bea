// Who belongs to a tree: every descendant of its roots that is alive.

import type { ProcStat } from './process.ts';
import { childPids, readStat } from './process-table.ts';

/**
 * The living descendants of `roots` (zombies left out), roots themselves included if `withRoots`.
 * One look at a moving thing: an empty answer is no proof that a tree is empty.
 */
export function walkTree(roots: readonly number[], withRoots: boolean): ProcStat[] {
  const found: ProcStat[] = [];
  const visited = new Set<number>();
  const rootPids = new Set(roots);
  const queue = [...roots];
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    if (visited.has(pid)) continue;
    visited.add(pid);
    const stat = readStat(pid);
    if (!stat) continue;
    if (!isDead(stat) && (withRoots || !rootPids.has(pid))) found.push(stat);
    queue.push(...childPids(pid, stat.threadCount));
  }
  return found;
}

const isDead = (stat: ProcStat): boolean => stat.state === 'Z' || stat.state === 'X';
