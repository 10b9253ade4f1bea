// A process as supervision sees it, however the system tells of it.

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
