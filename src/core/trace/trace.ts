// What a trace is: all that a detector was given, in order, so that it can be asked again. The text form
// is documented in docs/traces.md; this file holds its words.

import type { AgentEvent } from '../detection/agent/agent-event.ts';
import type { OutputLine, Tick } from '../detection/detector.ts';
import type { LineFacts } from '../detection/line-facts.ts';

export const TRACE_FORMAT = 'flowforge-trace';
export const TRACE_VERSION = 1;

/** Whether lines are kept as text, or only as what they told. */
export type TraceText = 'full' | 'none';

/** The first line of a trace. */
export interface TraceHeader {
  readonly format: typeof TRACE_FORMAT;
  readonly version: typeof TRACE_VERSION;
  readonly text: TraceText;
  /** Processors of the host, for rules that scale with them. */
  readonly cores: number;
  /** Whatever the recorder wants to say: family, label, onset, seed, source. */
  readonly about: Readonly<Record<string, string | number>>;
}

/** One thing a detector was given. Lines come before the tick they belong to. */
export type TraceRecord =
  | { readonly type: 'line'; readonly line: OutputLine }
  | { readonly type: 'facts'; readonly facts: Readonly<LineFacts> }
  | { readonly type: 'agent'; readonly events: readonly AgentEvent[] }
  | { readonly type: 'tick'; readonly tick: Tick };

/** The figures of a tick in the order in which they are written. `counter`: written as the difference. */
export const TICK_FIELDS = [
  ['cpuMs', 'counter'],
  ['waitMs', 'counter'],
  ['rssBytes', 'gauge'],
  ['pssBytes', 'gauge'],
  ['processCount', 'gauge'],
  ['threadCount', 'gauge'],
  ['fdCount', 'gauge'],
  ['fdLimit', 'gauge'],
  ['readBytes', 'counter'],
  ['writeBytes', 'counter'],
  ['minorFaults', 'counter'],
  ['voluntarySwitches', 'counter'],
  ['births', 'counter'],
] as const;

/** The flags of a line's facts, in the order of their bits. */
export const FACT_FLAGS = [
  'failure',
  'identical',
  'metric',
  'novel',
  'progress',
  'counted',
] as const;
