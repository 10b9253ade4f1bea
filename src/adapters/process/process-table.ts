// The processes of this system: out of /proc on Linux, by ps elsewhere.

import { existsSync } from 'node:fs';
import { keptFor } from './kept-for.ts';
import * as procFs from './proc-fs.ts';
import { createPsTable } from './ps-table.ts';

/** What supervision needs to know of a process. */
export interface ProcStat {
  readonly pid: number;
  readonly name: string;
  readonly state: string;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  readonly minorFaults: number;
  /** CPU time of the process, and of its children that it has waited for. */
  readonly cpuMs: number;
  readonly childrenCpuMs: number;
  readonly threadCount: number;
  /** When it began, in a unit of the system's: with the pid it tells a process from all others. */
  readonly startTicks: number;
  readonly rssPages: number;
}

export interface ProcessTable {
  /** A process, or null when it is gone. */
  readStat(pid: number): ProcStat | null;
  /** Ids of all processes on the system. */
  allPids(): number[];
  /** Direct children of a process, of whichever of its threads forked them. */
  childPids(pid: number, threadCount: number): number[];
  /** The value of a variable in the environment that a process was started with, or null. */
  environmentValue(pid: number, name: string): string | null;
}

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
