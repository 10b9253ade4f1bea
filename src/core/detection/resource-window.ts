// What the resources of a tree show at each tick: demand for CPU, memory, processes, descriptors, and for
// how long the tree has been doing nothing but compute, or nothing at all.

import type { MonotonicMs } from '../time.ts';
import { type MemoryTrend, MemoryWindow } from './memory-trend.ts';
import { type ResourceRates, ratesBetween, type TreeSample } from './sample.ts';

export interface ResourceIndicators {
  /** False until two samples were seen: nothing below is known then. */
  readonly known: boolean;
  /** CPU wanted, in percent of one core, smoothed over a few seconds; and the last interval's. */
  readonly demandPercent: number;
  readonly demandNowPercent: number;
  readonly cpuTimeMs: number;
  readonly ioBytesPerSecond: number;
  readonly memory: MemoryTrend;
  readonly processCount: number;
  /** Time in which the number of processes doubled to what it is; null: it did not of late. */
  readonly doublingMs: number | null;
  readonly birthsPerSecond: number;
  readonly fdCount: number;
  readonly fdLimit: number | null;
  /** For how long the tree has computed with no output and no IO; pure: memory at rest as well. */
  readonly spinMs: number;
  readonly pureSpinMs: number;
  /** For how long the tree has neither computed nor read nor written. */
  readonly idleMs: number;
}

const DEMAND_SMOOTHING = 0.5;
const BUSY_PERCENT = 90;
const IDLE_PERCENT = 2;
/** Reading and writing below this is housekeeping. */
const IO_BYTES_PER_SECOND = 64;
const PURE_FAULTS_PER_SECOND = 20;
const PURE_SWITCHES_PER_SECOND = 20;
const COUNTS_KEPT = 60;

const NO_MEMORY: MemoryTrend = {
  rssBytes: 0,
  growing: false,
  grownBytes: 0,
  grownMs: 0,
  bytesPerSecond: 0,
};

export class ResourceWindow {
  private before: TreeSample | null = null;
  private demandPercent = 0;
  private spinSince: MonotonicMs | null = null;
  private pureSince: MonotonicMs | null = null;
  private idleSince: MonotonicMs | null = null;
  private readonly memoryWindow = new MemoryWindow();
  private memory = NO_MEMORY;
  private rates: ResourceRates | null = null;
  private readonly counts: { readonly at: MonotonicMs; readonly count: number }[] = [];

  /** Takes the reading of a tick (null: none could be taken) and whether the tree printed since the last. */
  tick(at: MonotonicMs, sample: TreeSample | null, printed: boolean): ResourceIndicators {
    const fresh = sample !== null && sample.at !== this.before?.at ? sample : null;
    if (fresh) this.read(fresh);
    this.followQuiet(at, printed);
    const { before, rates } = this;
    const since = (instant: MonotonicMs | null) => (instant === null ? 0 : at - instant);
    return {
      known: rates !== null,
      demandPercent: this.demandPercent,
      demandNowPercent: rates?.demandPercent ?? 0,
      cpuTimeMs: before?.cpuMs ?? 0,
      ioBytesPerSecond: ioOf(rates),
      memory: this.memory,
      processCount: before?.processCount ?? 0,
      doublingMs: this.doublingMs(),
      birthsPerSecond: rates?.birthsPerSecond ?? 0,
      fdCount: before?.fdCount ?? 0,
      fdLimit: before?.fdLimit ?? null,
      spinMs: since(this.spinSince),
      pureSpinMs: since(this.pureSince),
      idleMs: since(this.idleSince),
    };
  }

  private read(sample: TreeSample): void {
    const rates = this.before ? ratesBetween(this.before, sample) : null;
    if (rates) {
      const weight = this.rates === null ? 1 : DEMAND_SMOOTHING;
      this.demandPercent += weight * (rates.demandPercent - this.demandPercent);
      this.rates = rates;
    }
    this.before = sample;
    this.memory = this.memoryWindow.add(sample.at, sample.rssBytes);
    this.counts.push({ at: sample.at, count: sample.processCount });
    if (this.counts.length > COUNTS_KEPT) this.counts.shift();
  }

  private followQuiet(at: MonotonicMs, printed: boolean): void {
    const { rates } = this;
    const quiet = rates !== null && !printed && ioOf(rates) < IO_BYTES_PER_SECOND;
    const spins = quiet && this.demandPercent >= BUSY_PERCENT;
    const pure =
      spins &&
      rates.minorFaultsPerSecond < PURE_FAULTS_PER_SECOND &&
      rates.voluntarySwitchesPerSecond < PURE_SWITCHES_PER_SECOND;
    const idles = quiet && rates.demandPercent < IDLE_PERCENT && rates.birthsPerSecond === 0;
    this.spinSince = spins ? (this.spinSince ?? at) : null;
    this.pureSince = pure ? (this.pureSince ?? at) : null;
    this.idleSince = idles ? (this.idleSince ?? at) : null;
  }

  private doublingMs(): number | null {
    const now = this.counts.at(-1);
    if (!now) return null;
    const half = this.counts.findLast((reading) => reading.count <= now.count / 2);
    return half ? now.at - half.at : null;
  }
}

const ioOf = (rates: ResourceRates | null): number =>
  rates === null ? 0 : rates.readBytesPerSecond + rates.writeBytesPerSecond;
