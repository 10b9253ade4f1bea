// Whether memory grows for good. Garbage collectors make memory a saw-tooth, so its floor is watched:
// the minimum of every ten seconds.

import type { MonotonicMs } from '../time.ts';

export interface MemoryTrend {
  readonly rssBytes: number;
  /** The floor keeps rising, without slowing down, by a share worth telling. */
  readonly growing: boolean;
  /** By how much the floor rose, in what time. */
  readonly grownBytes: number;
  readonly grownMs: number;
  /** Median slope of the last minute, or the latest where that is less; 0 before there is enough of it. */
  readonly bytesPerSecond: number;
}

const BUCKET_MS = 10_000;
const BUCKETS = 36;
const BUCKETS_NEEDED = 24;
const MINUTE = 60;
/** Samples that tell whether the growth still goes on. */
const LATEST = 5;
const SLOPE_SAMPLES_NEEDED = 8;
/** Share of buckets that must set a new high of the floor. */
const NEW_HIGHS = 0.7;
/** The second half must grow at least this fast against the first: what levels off is no leak. */
const NOT_SLOWING = 0.6;
const GROWTH_SHARE = 0.25;
const GROWTH_BYTES = 64 * 1024 * 1024;

export class MemoryWindow {
  private readonly floors: number[] = [];
  /** The first ten seconds are the start-up: every program grows then. */
  private started = false;
  private bucketEndsAt: number | null = null;
  private floor = Number.POSITIVE_INFINITY;
  private readonly recent: Reading[] = [];

  add(at: MonotonicMs, rssBytes: number): MemoryTrend {
    this.bucketEndsAt ??= at + BUCKET_MS;
    if (at >= this.bucketEndsAt) {
      if (this.started) this.floors.push(this.floor);
      this.started = true;
      if (this.floors.length > BUCKETS) this.floors.shift();
      this.floor = Number.POSITIVE_INFINITY;
      this.bucketEndsAt = at + BUCKET_MS;
    }
    this.floor = Math.min(this.floor, rssBytes);
    this.recent.push({ at, rssBytes });
    if (this.recent.length > MINUTE) this.recent.shift();
    const first = this.floors[0] ?? rssBytes;
    const last = this.floors.at(-1) ?? rssBytes;
    return {
      rssBytes,
      growing: isRatchet(this.floors),
      grownBytes: Math.max(0, last - first),
      grownMs: Math.max(0, this.floors.length - 1) * BUCKET_MS,
      bytesPerSecond: Math.min(medianSlope(this.recent), slopeOf(this.recent.slice(-LATEST))),
    };
  }
}

function isRatchet(floors: readonly number[]): boolean {
  if (floors.length < BUCKETS_NEEDED) return false;
  const first = floors[0] as number;
  const last = floors.at(-1) as number;
  if (last - first < Math.max(GROWTH_BYTES, GROWTH_SHARE * first)) return false;
  const middle = floors[Math.floor(floors.length / 2)] as number;
  if (last - middle < NOT_SLOWING * (middle - first)) return false;
  let high = first;
  let newHighs = 0;
  for (const floor of floors.slice(1)) {
    if (floor > high) newHighs++;
    high = Math.max(high, floor);
  }
  return newHighs / (floors.length - 1) > NEW_HIGHS;
}

interface Reading {
  readonly at: number;
  readonly rssBytes: number;
}

/** From the first to the last of some samples, in bytes per second. */
function slopeOf(samples: readonly Reading[]): number {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last || last.at <= first.at) return 0;
  return (1000 * (last.rssBytes - first.rssBytes)) / (last.at - first.at);
}

/** Theil-Sen: the median of the slopes between samples half a window apart, in bytes per second. */
function medianSlope(samples: readonly Reading[]): number {
  const half = Math.floor(samples.length / 2);
  if (samples.length < SLOPE_SAMPLES_NEEDED) return 0;
  const slopes: number[] = [];
  for (let i = 0; i + half < samples.length; i++) {
    const from = samples[i];
    const to = samples[i + half];
    if (from && to) slopes.push(slopeOf([from, to]));
  }
  slopes.sort((a, b) => a - b);
  return slopes[Math.floor(slopes.length / 2)] ?? 0;
}
