// The processes of a system without /proc, as ps tells them. Made for macOS and never run there: tested on Linux, whose
// ps takes the same words, and on lines as macOS writes them. ps does not tell what exited children used, threads, or
// open files: those count as nothing.

import { spawnSync } from 'node:child_process';
import { keptFor } from './kept-for.ts';
import type { ProcessTable, ProcStat } from './process.ts';

export interface PsTableOptions {
  /** Runs ps and gives what it prints; empty where it fails. */
  readonly ps: (args: readonly string[]) => string;
  /** What makes ps print the id and the command line, with the environment behind it, of every process. */
  readonly environmentArgs: readonly string[];
  /** Monotonic time in ms. */
  readonly now: () => number;
}

const PS_MS_MAX = 5_000;
const PS_BYTES_MAX = 16 * 1024 * 1024;
const FORMAT = 'pid=,ppid=,pgid=,stat=,time=,rss=,lstart=,comm=';
const ROW =
  /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S)\S*\s+(\S+)\s+(\d+)\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]+\s+\d{4})\s+(.*)$/;
const KIB_PER_PAGE = 4;
const MS_PER_TICK = 10;

/** The table of this machine, by its own ps. */
export function createPsTable(): ProcessTable {
  return psTable({
    ps: runPs,
    environmentArgs: ['-A', '-E', '-ww', '-o', 'pid=,command='],
    now: () => performance.now(),
  });
}

export function psTable({ ps, environmentArgs, now }: PsTableOptions): ProcessTable {
  const processes = keptFor(now, () => readProcesses(ps(['-A', '-o', FORMAT])));
  const environments = keptFor(now, () => ps(environmentArgs).split('\n'));
  return {
    readStat: (pid) => processes().get(pid) ?? null,
    allPids: () => [...processes().keys()],
    childPids: (pid) =>
      [...processes().values()].filter(({ ppid }) => ppid === pid).map((stat) => stat.pid),
    environmentValue(pid, name) {
      const line = environments().find((it) => Number.parseInt(it, 10) === pid);
      const value = line?.split(' ').findLast((word) => word.startsWith(`${name}=`));
      return value?.slice(name.length + 1) ?? null;
    },
  };
}

/** Parses what ps prints in our format; a line that is not understood is left out. */
export function readProcesses(text: string): Map<number, ProcStat> {
  const stats = text.split('\n').flatMap((line) => readRow(line) ?? []);
  return new Map(stats.map((stat) => [stat.pid, stat]));
}

function readRow(line: string): ProcStat | null {
  const row = ROW.exec(line);
  if (!row) return null;
  const [, pid, ppid, pgid, state = '?', time = '', rssKib, startedAt = '', name = ''] = row;
  return {
    pid: Number(pid),
    ppid: Number(ppid),
    pgid: Number(pgid),
    sid: 0,
    name: name.slice(name.lastIndexOf('/') + 1).trim(),
    state,
    minorFaults: 0,
    cpuMs: timeMs(time),
    childrenCpuMs: 0,
    threadCount: 1,
    startTicks: Date.parse(startedAt) / MS_PER_TICK,
    rssPages: Math.round(Number(rssKib) / KIB_PER_PAGE),
  };
}

/** `[days-]hours:minutes:seconds` as Linux writes it, `minutes:seconds.hundredths` as macOS does. */
function timeMs(text: string): number {
  const [clock = '', days = '0'] = text.split('-').reverse();
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return Math.round((Number(days) * 86_400 + seconds) * 1000);
}

function runPs(args: readonly string[]): string {
  const { stdout } = spawnSync('ps', args, {
    encoding: 'utf8',
    env: { PATH: '/bin:/usr/bin', LC_ALL: 'C' },
    timeout: PS_MS_MAX,
    maxBuffer: PS_BYTES_MAX,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return stdout ?? '';
}
