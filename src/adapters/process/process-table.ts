// The processes of this system: out of /proc on Linux, by ps elsewhere.

import { existsSync } from 'node:fs';
import { keptFor } from './kept-for.ts';
import { procFs } from './proc-fs.ts';
import type { ProcessTable } from './process.ts';
import { createPsTable } from './ps-table.ts';

/** Where the kernel keeps no lists of children (gVisor, CONFIG_PROC_CHILDREN), every process is asked for its parent. */
export function withoutChildLists(): ProcessTable {
  const parents = keptFor(
    () => performance.now(),
    () => procFs.allPids().flatMap((pid) => procFs.readStat(pid) ?? []),
  );
  const childPids = (pid: number): number[] =>
    parents().flatMap((stat) => (stat.ppid === pid ? stat.pid : []));
  return { ...procFs, childPids };
}

function tableOfThisSystem(): ProcessTable {
  if (process.platform !== 'linux') return createPsTable();
  return existsSync('/proc/thread-self/children') ? procFs : withoutChildLists();
}

const table = tableOfThisSystem();
export const { readStat, allPids, childPids, environmentValue } = table;

/** Whether the process that had this pid and start time is still there (zombies are not). */
export function isAlive(pid: number, startTicks: number): boolean {
  const stat = readStat(pid);
  return (
    stat !== null && stat.startTicks === startTicks && stat.state !== 'Z' && stat.state !== 'X'
  );
}
