// All that rules see: numbers about the recent past of one attempt, made once per tick.

import type { MonotonicMs } from '../time.ts';
import type { AgentIndicators } from './agent/agent-window.ts';
import type { OutputIndicators } from './output-window.ts';
import type { ResourceIndicators } from './resource-window.ts';
import type { Spent } from './spent.ts';

export interface Indicators {
  readonly at: MonotonicMs;
  /** Since the tick before. */
  readonly elapsedMs: number;
  /** Since the attempt began. */
  readonly ageMs: number;
  /** What the run has spent so far, attempts before this one included. */
  readonly spent: Spent;
  readonly output: OutputIndicators;
  readonly resources: ResourceIndicators;
  /** What an agent's calls show; null while no agent's stream was recognised. */
  readonly agent: AgentIndicators | null;
  /** Free share (0 to 1) of the disk the output goes to, where known. */
  readonly diskFreeShare: number | null;
  /** A few of the last lines, oldest first, as they were printed. */
  readonly lastLines: readonly string[];
}
