// The detector of one attempt: lines and samples in, one assessment a second out.

import type { Policy } from '../policy/policy.ts';
import type { MonotonicMs } from '../time.ts';
import type { AgentEvent } from './agent/agent-event.ts';
import type { Assessment } from './finding.ts';
import type { LineFacts } from './line-facts.ts';
import type { Stream, TreeSample } from './sample.ts';
import type { Spent } from './spent.ts';

/** One line as the tap saw it. */
export interface OutputLine {
  readonly stream: Stream;
  /** Without its terminator, at most LIMITS.lineCharsMax characters (jsonLineCharsMax where it begins with `{`), terminal codes still in it. */
  readonly text: string;
  /** True for a redraw: ended by `\r` alone, so that the next line overwrites it. */
  readonly redraw: boolean;
}

/** What one tick of the detector is given beside the lines since the last. */
export interface Tick {
  readonly at: MonotonicMs;
  /** The latest reading, or null when none could be taken. */
  readonly sample: TreeSample | null;
  /** Bytes and lines the tree printed since the attempt began, counted even where not analysed. */
  readonly outputBytes: number;
  readonly outputLines: number;
  /** Free share (0 to 1) of the disk our output goes to, where known. */
  readonly diskFreeShare: number | null;
}

/** Deterministic: the same lines and ticks give the same assessments, live and in replay. */
export interface Detector {
  line(line: OutputLine, at: MonotonicMs): void;
  tick(tick: Tick): Assessment;
  /** What the run had spent at the last tick, attempts before this one included. */
  spent(): Spent;
}

/** Hears everything a detector takes in. */
export interface DetectorTap {
  /** An analysed line and what it told; both are valid during the call only. */
  line(line: OutputLine, facts: Readonly<LineFacts>): void;
  /** A line of an agent's stream and what it told. */
  agent(line: OutputLine, events: readonly AgentEvent[]): void;
  tick(tick: Tick): void;
}

export interface DetectorOptions extends Pick<Policy, 'detection' | 'limits'> {
  /** Processors of the host; rules that scale with it assume 4 where it is not told. */
  readonly cores?: number;
  /** Memory that can be had at most (cgroup limit, else 80 % of what was free at the start); null: not known. */
  readonly memoryBytesMax?: number | null;
  /** What the run's attempts before this one have spent; nothing where it is not told. */
  readonly spentBefore?: Spent;
}
