// What the world shows of a tree: readings of its resources and the lines it printed.

import type { MonotonicMs } from '../time.ts';

export type Stream = 'stdout' | 'stderr';

/** One process of the tree as a sample saw it. Identity is (pid, startTicks): pids are reused. */
export interface TreeMember {
  readonly pid: number;
  readonly ppid: number;
  /** Start time in clock ticks since boot (`/proc/<pid>/stat` field 22). */
  readonly startTicks: number;
  /** Name of the program, at most 15 characters. */
  readonly name: string;
  /** One letter as in `ps`: R running, S sleeping, D uninterruptible, T stopped, Z zombie. */
  readonly state: string;
  /** CPU time of the process itself, user and system, in milliseconds. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** One reading of the whole tree at an instant. All counters are cumulative since the attempt began. */
export interface TreeSample {
  readonly at: MonotonicMs;
  /** CPU time in ms of all members, living and dead as far as known. Never decreases. */
  readonly cpuMs: number;
  /** Time in ms that runnable threads waited for a processor. Never decreases. */
  readonly waitMs: number;
  readonly rssBytes: number;
  /** Proportional set size, where it was read in this sample (it is dear to read). */
  readonly pssBytes: number | null;
  readonly processCount: number;
  readonly threadCount: number;
  /** Open file descriptors, and the smallest soft limit among the members. */
  readonly fdCount: number;
  readonly fdLimit: number | null;
  /** Bytes through read(2) and write(2) and the like. Never decreases. */
  readonly readBytes: number;
  readonly writeBytes: number;
  /** Minor page faults and voluntary context switches. Never decrease. */
  readonly minorFaults: number;
  readonly voluntarySwitches: number;
  /** Processes born since the attempt began, as far as seen. */
  readonly births: number;
  /** Members at this instant, at most LIMITS.membersMax of them, the busiest first. */
  readonly members: readonly TreeMember[];
}

/** The figures of a reading that are kept. */
export interface StoredSample {
  readonly cpuPercent: number;
  readonly demandPercent: number;
  readonly rssBytes: number;
  readonly processCount: number;
  readonly outputBytesPerSecond: number;
  readonly outputLinesPerSecond: number;
  readonly cpuScore: number;
  readonly entropyScore: number;
  readonly confidenceScore: number;
}

/** What happened between two samples, per second of monotonic time. */
export interface ResourceRates {
  readonly elapsedMs: number;
  /** CPU used, in percent of one core. */
  readonly cpuPercent: number;
  /** CPU wanted: used, plus waited for while runnable. Percent of one core. */
  readonly demandPercent: number;
  readonly readBytesPerSecond: number;
  readonly writeBytesPerSecond: number;
  readonly minorFaultsPerSecond: number;
  readonly voluntarySwitchesPerSecond: number;
  readonly birthsPerSecond: number;
}

const perSecond = (delta: number, elapsedMs: number): number =>
  (Math.max(0, delta) * 1000) / elapsedMs;

/** The rates between two samples of one attempt, or null when no time passed between them. */
export function ratesBetween(before: TreeSample, after: TreeSample): ResourceRates | null {
  const elapsedMs = after.at - before.at;
  if (elapsedMs <= 0) return null;
  const usedMs = Math.max(0, after.cpuMs - before.cpuMs);
  const waitedMs = Math.max(0, after.waitMs - before.waitMs);
  return {
    elapsedMs,
    cpuPercent: (100 * usedMs) / elapsedMs,
    demandPercent: (100 * (usedMs + waitedMs)) / elapsedMs,
    readBytesPerSecond: perSecond(after.readBytes - before.readBytes, elapsedMs),
    writeBytesPerSecond: perSecond(after.writeBytes - before.writeBytes, elapsedMs),
    minorFaultsPerSecond: perSecond(after.minorFaults - before.minorFaults, elapsedMs),
    voluntarySwitchesPerSecond: perSecond(
      after.voluntarySwitches - before.voluntarySwitches,
      elapsedMs,
    ),
    birthsPerSecond: perSecond(after.births - before.births, elapsedMs),
  };
}
