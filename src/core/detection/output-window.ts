// What the output of an attempt shows at each tick. One tick with output is one observation, whether it
// brought one line or three thousand: dumps do not look like loops.

import { LIMITS } from '../limits.ts';
import type { MonotonicMs } from '../time.ts';
import type { Tick } from './detector.ts';
import type { LineFacts } from './line-facts.ts';

/** What the output shows. Shares are 0 to 1, smoothed over active ticks. */
export interface OutputIndicators {
  /** Counted lines of this tick, and how many of them speak of failure. */
  readonly lines: number;
  readonly failingLines: number;
  /** Information of this tick's output; 0 where there was none. */
  readonly information: number;
  /** 0: all new, 1: the same thing again and again. */
  readonly staleness: number;
  /** For how long, of what it takes to be sure: 0 to 1. */
  readonly persistence: number;
  readonly failingShare: number;
  readonly identicalShare: number;
  readonly metricShare: number;
  /** Analysed lines that count, all lines, and bytes per second, smoothed. */
  readonly linesPerSecond: number;
  readonly printedPerSecond: number;
  readonly bytesPerSecond: number;
  /** Time since something new was printed, and since anything was. */
  readonly staleMs: number;
  readonly silentMs: number;
  /** Seconds with output since something new was printed, and the longest such stretch that news ended. */
  readonly staleSeconds: number;
  readonly recoveredSeconds: number;
  /** Time since a fraction advanced, or Infinity. */
  readonly progressMs: number;
  readonly outputBytes: number;
  readonly periodLines: number;
  readonly repeats: number;
}

/** A line worth this much is news by itself, however much noise surrounds it. */
const STRONG_INFORMATION = 0.65;
const STRONG_TICK = 0.5;
/** A tick worth this much ends a stale stretch. */
const NEWS = 0.3;
const RATE_SMOOTHING = 0.4;

interface Cycle {
  readonly period: number;
  readonly repeats: number;
  readonly length: number;
}

export class OutputWindow {
  private lines = 0;
  private information = 0;
  private strong = false;
  private failing = 0;
  private identical = 0;
  private metric = 0;
  private progress = false;

  private activeSeconds = 0;
  private staleness = 0;
  private persisted = 0;
  private failingShare = 0;
  private identicalShare = 0;
  private metricShare = 0;
  private staleSeconds = 0;
  private recoveredSeconds = 0;
  private linesPerSecond = 0;
  private bytesPerSecond = 0;
  private printedPerSecond = 0;
  private outputBytes = 0;
  private outputLines = 0;
  private startedAt: MonotonicMs | null = null;
  private newsAt: MonotonicMs | null = null;
  private outputAt: MonotonicMs | null = null;
  private progressAt: MonotonicMs | null = null;

  /** Active seconds over which the shares are smoothed; more is surer and slower. */
  private readonly memorySeconds: number;

  constructor(memorySeconds: number) {
    this.memorySeconds = memorySeconds;
  }

  add(facts: LineFacts): void {
    if (facts.progress) this.progress = true;
    if (!facts.counted) return;
    this.lines++;
    this.information += facts.information;
    if (facts.information >= STRONG_INFORMATION) this.strong = true;
    if (facts.failure) this.failing++;
    if (facts.identical) this.identical++;
    if (facts.metric) this.metric++;
  }

  /** Closes the tick, `elapsedMs` after the one before. */
  tick(
    { at, outputBytes, outputLines }: Omit<Tick, 'sample'>,
    elapsedMs: number,
    cycle: Cycle,
  ): OutputIndicators {
    const seconds = Math.max(0.001, elapsedMs / 1000);
    this.startedAt ??= at;
    const bytes = Math.max(0, outputBytes - this.outputBytes);
    const printed = Math.max(0, outputLines - this.outputLines);
    this.outputBytes = outputBytes;
    this.outputLines = outputLines;
    this.printedPerSecond += RATE_SMOOTHING * (printed / seconds - this.printedPerSecond);
    this.linesPerSecond += RATE_SMOOTHING * (this.lines / seconds - this.linesPerSecond);
    this.bytesPerSecond += RATE_SMOOTHING * (bytes / seconds - this.bytesPerSecond);
    if (bytes > 0 || this.lines > 0) this.outputAt = at;
    if (this.progress) this.progressAt = at;
    const information = this.tickInformation();
    if (this.lines > 0) this.observe(information, Math.min(seconds, 2));
    if (information >= NEWS || this.progress) {
      this.newsAt = at;
      this.recoveredSeconds = Math.max(this.recoveredSeconds, this.staleSeconds);
      this.staleSeconds = 0;
    } else if (this.lines > 0) this.staleSeconds += seconds;
    const indicators = this.indicators(at, information, cycle);
    this.lines = 0;
    this.information = 0;
    this.strong = false;
    this.failing = 0;
    this.identical = 0;
    this.metric = 0;
    this.progress = false;
    return indicators;
  }

  private tickInformation(): number {
    if (this.lines === 0) return 0;
    const mean = this.information / this.lines;
    return this.strong || this.progress ? Math.max(mean, STRONG_TICK) : mean;
  }

  private observe(information: number, seconds: number): void {
    this.activeSeconds += seconds;
    // From the first tick on a true mean, later a moving one.
    const weight = Math.min(1, seconds / Math.min(this.activeSeconds, this.memorySeconds));
    const { lines } = this;
    this.staleness += weight * (1 - information - this.staleness);
    this.failingShare += weight * (Math.min(1, (2 * this.failing) / lines) - this.failingShare);
    this.identicalShare += weight * (this.identical / lines - this.identicalShare);
    this.metricShare += weight * (this.metric / lines - this.metricShare);
    this.persisted = (this.persisted + seconds) * (1 - information);
  }

  private indicators(at: MonotonicMs, information: number, cycle: Cycle): OutputIndicators {
    const isCycle = cycle.repeats >= 3 && cycle.length >= 12;
    const since = (instant: MonotonicMs | null) => at - (instant ?? this.startedAt ?? at);
    return {
      lines: this.lines,
      failingLines: this.failing,
      information,
      staleness: this.staleness,
      persistence: 1 - Math.exp(-this.persisted / (0.4 * this.memorySeconds)),
      failingShare: this.failingShare,
      identicalShare: this.identicalShare,
      metricShare: this.metricShare,
      linesPerSecond: this.linesPerSecond,
      printedPerSecond: this.printedPerSecond,
      bytesPerSecond: this.bytesPerSecond,
      staleMs: since(this.newsAt),
      silentMs: since(this.outputAt),
      staleSeconds: this.staleSeconds,
      recoveredSeconds: this.recoveredSeconds,
      progressMs: this.progressAt === null ? Number.POSITIVE_INFINITY : at - this.progressAt,
      outputBytes: this.outputBytes,
      periodLines: isCycle ? cycle.period : 0,
      repeats: isCycle ? Math.floor(cycle.repeats) : 0,
    };
  }
}

/** Whether the n-th line of a tick is looked at: all of the first, then contiguous blocks of the rest. */
export function isAnalysed(lineOfTick: number): boolean {
  if (lineOfTick < LIMITS.analysedLinesPerTick) return true;
  return lineOfTick % SAMPLE_STRIDE < SAMPLE_BLOCK;
}

const SAMPLE_BLOCK = 256;
const SAMPLE_STRIDE = 16 * SAMPLE_BLOCK;
