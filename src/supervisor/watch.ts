// Watches one attempt: output and samples in, one observation a second out. Decides nothing and touches nothing.

import type { Detector, OutputLine } from '../core/detection/detector.ts';
import type { Assessment } from '../core/detection/finding.ts';
import { createLineSplitter } from '../core/detection/line-splitter.ts';
import {
  type ResourceRates,
  ratesBetween,
  type StoredSample,
  type Stream,
  type TreeSample,
} from '../core/detection/sample.ts';
import type { Spent } from '../core/detection/spent.ts';
import { LIMITS } from '../core/limits.ts';
import type { EpochMs, MonotonicMs } from '../core/time.ts';
import type { Tree } from '../ports.ts';
import type { World } from './job.ts';
import { Tail } from './tail.ts';

export interface Observation {
  readonly assessment: Assessment;
  readonly sample: TreeSample | null;
  readonly stored: StoredSample | null;
}

/** The figures of an attempt as a whole. */
export interface AttemptFigures {
  readonly cpuMs: number;
  readonly cpuPeakPercent: number;
  readonly rssPeakBytes: number;
  readonly outputBytes: number;
  readonly outputLines: number;
  readonly skippedBytes: number;
}

/** A rate over a shorter time than this says more about the clock than about the tree. */
const PEAK_OVER_MIN_MS = 400;

export class Watch {
  readonly #detector: Detector;
  readonly #world: Pick<World, 'clock' | 'diskFreeShare'>;
  readonly #channels: Readonly<Record<Stream, Channel>>;
  readonly tail = new Tail();
  #sample: TreeSample | null = null;
  #tree: Tree | null = null;
  #rates: ResourceRates | null = null;
  #reading: (StoredSample & { readonly at: EpochMs }) | null = null;
  #lastTickAt: MonotonicMs;
  #chunkAt: MonotonicMs;
  #lastBytes = 0;
  #lastLines = 0;
  #bytes = 0;
  #lines = 0;
  #skipped = 0;
  #cpuPeakPercent = 0;
  #rssPeakBytes = 0;

  constructor(detector: Detector, world: World) {
    this.#detector = detector;
    this.#world = world;
    this.#lastTickAt = world.clock.monotonic();
    this.#chunkAt = this.#lastTickAt;
    this.#channels = { stdout: this.#channel('stdout'), stderr: this.#channel('stderr') };
  }

  /** Takes the reading from which the first interval is measured. */
  begin(tree: Tree): void {
    this.#tree = tree;
    this.#sample = tree.sample();
  }

  /** A copy of what the tree printed. */
  output(stream: Stream, bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (this.#lines - this.#lastLines >= LIMITS.analysedLinesPerTick) {
      this.#passBy(stream, bytes);
      return;
    }
    this.#chunkAt = this.#world.clock.monotonic();
    this.#channels[stream].push(bytes);
  }

  /** More lines than the detector takes in a tick are not even split: a flood costs next to nothing. */
  #passBy(stream: Stream, bytes: Uint8Array): void {
    this.#skipped += bytes.length;
    this.#channels[stream].gap();
    this.tail.passBy(bytes);
  }

  /** Output that passed by uncopied: counted, and the line it tore is dropped. */
  skipped(stream: Stream, byteCount: number): void {
    this.#bytes += byteCount;
    this.#skipped += byteCount;
    this.#channels[stream].gap();
  }

  /** Reads the tree and asks the detector what to make of the time since the last look. */
  look(tree: Tree): Observation {
    const sample = tree.sample();
    if (sample) this.#take(sample);
    const at = this.#world.clock.monotonic();
    const assessment = this.#detector.tick({
      at,
      sample,
      outputBytes: this.#bytes,
      outputLines: this.#lines,
      diskFreeShare: this.#world.diskFreeShare(),
    });
    const stored = this.#toStore(at, assessment);
    this.#reading = stored && { ...stored, at: this.#world.clock.now() };
    this.#lastTickAt = at;
    this.#lastBytes = this.#bytes;
    this.#lastLines = this.#lines;
    return { assessment, sample, stored };
  }

  /** CPU of the last interval, in percent of one core. */
  get cpuPercent(): number {
    return this.#rates?.cpuPercent ?? 0;
  }

  get lastSample(): TreeSample | null {
    return this.#sample;
  }

  /** What the last look gave, and when; null before the first. */
  get lastReading(): (StoredSample & { readonly at: EpochMs }) | null {
    return this.#reading;
  }

  figures(): AttemptFigures {
    return {
      cpuMs: Math.max(this.#sample?.cpuMs ?? 0, this.#tree?.cpuMs() ?? 0),
      cpuPeakPercent: this.#cpuPeakPercent,
      rssPeakBytes: this.#rssPeakBytes,
      outputBytes: this.#bytes,
      outputLines: this.#lines,
      skippedBytes: this.#skipped,
    };
  }

  /** What the run has spent, attempts before this one included. */
  spent(): Spent {
    return this.#detector.spent();
  }

  #take(sample: TreeSample): void {
    this.#rssPeakBytes = Math.max(this.#rssPeakBytes, sample.rssBytes);
    const rates = this.#sample && ratesBetween(this.#sample, sample);
    if (rates && rates.elapsedMs < PEAK_OVER_MIN_MS) return;
    this.#rates = rates;
    this.#sample = sample;
    if (rates) this.#cpuPeakPercent = Math.max(this.#cpuPeakPercent, rates.cpuPercent);
  }

  #toStore(at: MonotonicMs, { scores }: Assessment): StoredSample | null {
    if (!this.#sample) return null;
    const seconds = Math.max(0.001, (at - this.#lastTickAt) / 1000);
    return {
      cpuPercent: this.#rates?.cpuPercent ?? 0,
      demandPercent: this.#rates?.demandPercent ?? 0,
      rssBytes: this.#sample.rssBytes,
      processCount: this.#sample.processCount,
      outputBytesPerSecond: (this.#bytes - this.#lastBytes) / seconds,
      outputLinesPerSecond: (this.#lines - this.#lastLines) / seconds,
      cpuScore: scores.cpu,
      entropyScore: scores.entropy,
      confidenceScore: scores.confidence,
    };
  }

  #channel(stream: Stream): Channel {
    const splitter = createLineSplitter(stream);
    let decoder = new TextDecoder();
    const onLine = (line: OutputLine) => {
      this.#lines++;
      if (!line.redraw) this.tail.push(line.text);
      this.#detector.line(line, this.#chunkAt);
    };
    return {
      push: (bytes) => splitter.push(decoder.decode(bytes, { stream: true }), onLine),
      gap: () => {
        decoder = new TextDecoder();
        splitter.gap();
      },
    };
  }
}

interface Channel {
  push(bytes: Uint8Array): void;
  gap(): void;
}
