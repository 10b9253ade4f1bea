// Reads the resources of a whole tree from /proc: what it uses now, and what it has used since it began.

import type { TreeMember, TreeSample } from '../../core/detection/sample.ts';
import { LIMITS } from '../../core/limits.ts';
import type { MonotonicMs } from '../../core/time.ts';
import {
  fdCount,
  fdSoftLimit,
  ioBytes,
  pageBytes,
  pssBytes,
  runQueueWaitMs,
  schedstat,
  threadIds,
  voluntarySwitches,
} from './proc-fs.ts';
import type { ProcStat } from './process.ts';

export interface TreeSamplerOptions {
  /** The living members of the tree, as they are now. */
  readonly members: () => readonly ProcStat[];
  /** CPU time in ms of members that were reaped outside the tree (by a shim); 0 where nobody counts it. */
  readonly reapedCpuMs: () => number;
  readonly now: () => MonotonicMs;
}

/** What a member has used so far, as it stood at the last sample. */
interface Usage {
  readonly cpuMs: number;
  readonly waitMs: number;
  readonly readBytes: number;
  readonly writeBytes: number;
  readonly minorFaults: number;
  readonly voluntarySwitches: number;
}

/** A member as it stood at the last sample. */
interface Member {
  readonly usage: Usage;
  readonly fdCount: number;
  /** What the scheduler counted of its threads; empty where that was not read. */
  readonly scheduled: string;
}

const UNUSED: Usage = {
  cpuMs: 0,
  waitMs: 0,
  readBytes: 0,
  writeBytes: 0,
  minorFaults: 0,
  voluntarySwitches: 0,
};

/** Proportional memory is read in every n-th sample only, and of so many members. */
const PSS_EVERY_SAMPLES = 30;
const PSS_MEMBERS_MAX = 8;

/**
 * The sampler of one tree. Its totals never decrease and count members that have exited. CPU grows per sample
 * by the larger of (a) the growth of Σ live (own + waited-for children) plus what a shim reaped, which conserves
 * the time of every child that somebody waits for, and (b) the growth of the living members' own time, which
 * (a) undercounts when children vanish unwaited (SIGCHLD ignored).
 */
export class TreeSampler {
  readonly #options: TreeSamplerOptions;
  readonly #page = pageBytes();
  #members = new Map<string, Member>();
  readonly #fdLimits = new Map<string, number | null>();
  #total: Usage = UNUSED;
  #conservedMs = 0;
  #births = 0;
  #sampleCount = 0;

  constructor(options: TreeSamplerOptions) {
    this.#options = options;
  }

  /** A reading of the tree, or null when no member could be read. */
  sample(): TreeSample | null {
    const stats = this.#options.members();
    if (stats.length === 0) return null;
    this.#sampleCount++;
    this.#account(stats);
    return {
      at: this.#options.now(),
      ...this.#total,
      rssBytes: this.#page * sum(stats, (stat) => stat.rssPages),
      pssBytes: this.#sampleCount % PSS_EVERY_SAMPLES === 0 ? this.#pss(stats) : null,
      processCount: stats.length,
      threadCount: sum(stats, (stat) => stat.threadCount),
      fdCount: sum([...this.#members.values()], (member) => member.fdCount),
      fdLimit: smallest([...this.#fdLimits.values()]),
      births: this.#births,
      members: this.#describe(stats),
    };
  }

  /** CPU time so far, with what was reaped since the last sample. */
  cpuMs(): number {
    return this.#total.cpuMs + Math.max(0, this.#options.reapedCpuMs() - this.#conservedMs);
  }

  #account(stats: readonly ProcStat[]): void {
    const members = new Map<string, Member>();
    let conservedMs = this.#options.reapedCpuMs();
    let grown = UNUSED;
    let threadsLeft: number = LIMITS.schedstatThreadsMax;
    for (const stat of stats) {
      const key = identity(stat);
      const before = this.#members.get(key);
      if (!before) this.#meet(stat);
      const after = look(stat, before, threadsLeft > 0);
      threadsLeft -= stat.threadCount;
      conservedMs += stat.cpuMs + stat.childrenCpuMs;
      grown = add(grown, growth(before?.usage ?? UNUSED, after.usage));
      members.set(key, after);
    }
    const cpuMs = Math.max(0, conservedMs - this.#conservedMs, grown.cpuMs);
    this.#total = add(this.#total, { ...grown, cpuMs });
    // What a shim has reaped is told a moment after it is gone from /proc: only a new high is growth.
    this.#conservedMs = Math.max(this.#conservedMs, conservedMs);
    this.#members = members;
    for (const key of this.#fdLimits.keys()) if (!members.has(key)) this.#fdLimits.delete(key);
  }

  #meet(stat: ProcStat): void {
    this.#births++;
    this.#fdLimits.set(identity(stat), fdSoftLimit(stat.pid));
  }

  #pss(stats: readonly ProcStat[]): number {
    const bySize = [...stats].sort((a, b) => b.rssPages - a.rssPages);
    const read = sum(bySize.slice(0, PSS_MEMBERS_MAX), (stat) => this.#pssOf(stat));
    return read + this.#page * sum(bySize.slice(PSS_MEMBERS_MAX), (stat) => stat.rssPages);
  }

  #pssOf(stat: ProcStat): number {
    return pssBytes(stat.pid) ?? stat.rssPages * this.#page;
  }

  #describe(stats: readonly ProcStat[]): TreeMember[] {
    return [...stats]
      .sort((a, b) => b.cpuMs - a.cpuMs)
      .slice(0, LIMITS.membersMax)
      .map((stat) => ({
        pid: stat.pid,
        ppid: stat.ppid,
        startTicks: stat.startTicks,
        name: stat.name,
        state: stat.state,
        cpuMs: stat.cpuMs,
        rssBytes: stat.rssPages * this.#page,
      }));
  }
}

const identity = (stat: ProcStat): string => `${stat.pid}:${stat.startTicks}`;

/** Reads a member. One that has not run since the last look is as it was: most of a tree sleeps most of the time. */
function look(stat: ProcStat, before: Member | undefined, withThreads: boolean): Member {
  const threads = withThreads ? schedstatsOf(stat) : [];
  const scheduled = threads.join('');
  if (before && scheduled !== '' && scheduled === before.scheduled) return before;
  const io = ioBytes(stat.pid);
  const usage = {
    cpuMs: stat.cpuMs,
    waitMs: withThreads ? sum(threads, runQueueWaitMs) : (before?.usage.waitMs ?? 0),
    readBytes: io?.readBytes ?? before?.usage.readBytes ?? 0,
    writeBytes: io?.writeBytes ?? before?.usage.writeBytes ?? 0,
    minorFaults: stat.minorFaults,
    voluntarySwitches: voluntarySwitches(stat.pid),
  };
  return { usage, fdCount: fdCount(stat.pid) ?? 0, scheduled };
}

function schedstatsOf({ pid, threadCount }: ProcStat): string[] {
  const tids = threadCount > 1 ? threadIds(pid) : [pid];
  return tids.map((tid) => schedstat(pid, tid));
}

/** A thread that ends takes its share with it, so a counter may shrink: that is no growth. */
function growth(before: Usage, after: Usage): Usage {
  return combine(before, after, (b, a) => Math.max(0, a - b));
}

const add = (a: Usage, b: Usage): Usage => combine(a, b, (x, y) => x + y);

function combine(a: Usage, b: Usage, fn: (a: number, b: number) => number): Usage {
  return {
    cpuMs: fn(a.cpuMs, b.cpuMs),
    waitMs: fn(a.waitMs, b.waitMs),
    readBytes: fn(a.readBytes, b.readBytes),
    writeBytes: fn(a.writeBytes, b.writeBytes),
    minorFaults: fn(a.minorFaults, b.minorFaults),
    voluntarySwitches: fn(a.voluntarySwitches, b.voluntarySwitches),
  };
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

function smallest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.min(...known);
}
