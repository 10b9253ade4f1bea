// Which readings are worth keeping: every change, and otherwise one at a slow heartbeat.

import type { StoredSample } from '../../core/detection/sample.ts';
import { LIMITS } from '../../core/limits.ts';
import type { EpochMs } from '../../core/time.ts';

export interface TimedSample {
  readonly runId: string;
  readonly attempt: number;
  readonly at: EpochMs;
  readonly sample: StoredSample;
}

/** What is not worth a row: less than this share of the last kept value, or less than this much. */
const QUIET: Readonly<Record<keyof StoredSample, { share: number; amount: number }>> = {
  cpuPercent: { share: 0.25, amount: 10 },
  demandPercent: { share: 0.25, amount: 10 },
  rssBytes: { share: 0.1, amount: 16 * 1024 * 1024 },
  processCount: { share: 0.1, amount: 1 },
  outputBytesPerSecond: { share: 0.5, amount: 4_096 },
  outputLinesPerSecond: { share: 0.5, amount: 20 },
  cpuScore: { share: 0.25, amount: 10 },
  entropyScore: { share: 0.25, amount: 15 },
  confidenceScore: { share: 0, amount: 5 },
};
const FIGURES = Object.keys(QUIET) as (keyof StoredSample)[];

/** Thins the readings of one run. */
export class SampleThinning {
  #kept: TimedSample | null = null;
  #skipped: TimedSample | null = null;

  /** The readings to keep now: none, this one, or the one before as well, so that an edge stays an edge. */
  take(next: TimedSample): readonly TimedSample[] {
    const kept = this.#kept;
    const isSame = kept?.attempt === next.attempt && !hasChanged(kept.sample, next.sample);
    const isDue = kept === null || next.at - kept.at >= LIMITS.sampleStorePeriodMs;
    // A wall clock that was set back must not silence the readings until it has caught up.
    const wentBack = kept !== null && next.at < kept.at;
    if (isSame && !isDue && !wentBack) {
      this.#skipped = next;
      return [];
    }
    const before = isSame || wentBack ? null : this.#skipped;
    this.#kept = next;
    this.#skipped = null;
    return before ? [before, next] : [next];
  }

  /** The latest reading, where it is not kept yet: something happened that it lies before. */
  rest(): readonly TimedSample[] {
    const last = this.#skipped;
    if (!last) return [];
    this.#kept = last;
    this.#skipped = null;
    return [last];
  }
}

const hasChanged = (kept: StoredSample, next: StoredSample): boolean =>
  FIGURES.some((figure) => {
    const { share, amount } = QUIET[figure];
    const difference = Math.abs(next[figure] - kept[figure]);
    return difference > amount && difference > share * Math.abs(kept[figure]);
  });
