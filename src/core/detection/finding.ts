// What a rule has to say, and what the detector makes of all rules at one tick.

import type { ExitReason } from '../run.ts';
import type { MonotonicMs } from '../time.ts';

/** The ids of all rules; each is a file in rules/. */
export const RULE_IDS = [
  'output-loop',
  'retry-storm',
  'agent-loop',
  'silent-spin',
  'hang',
  'memory-growth',
  'process-growth',
  'output-flood',
  'handle-growth',
  'budget',
] as const;
export type RuleId = (typeof RULE_IDS)[number];

/** How far a rule goes: worth knowing, worth waking someone, worth stopping the run. */
export type Severity = 'notice' | 'alert' | 'stop';

/** A named part of a confidence, in nats (natural-log odds per tick): positive speaks for a runaway. */
export interface Contribution {
  readonly indicator: string;
  readonly value: number;
  readonly nats: number;
}

/** The facts behind a finding, in words and numbers; whatever does not apply is absent. */
export interface Evidence {
  /** Lines of one turn of the loop, and how often it turned. */
  readonly periodLines?: number;
  readonly repeats?: number;
  /** Up to three lines of the loop (redacted before they are stored). */
  readonly sampleLines?: readonly string[];
  /** For how long nothing new has been seen, in ms. */
  readonly staleMs?: number;
  readonly linesPerSecond?: number;
  readonly bytesPerSecond?: number;
  readonly demandPercent?: number;
  readonly rssBytes?: number;
  readonly processCount?: number;
  /** Anything a single rule wants to add, by name with its unit last. */
  readonly more?: Readonly<Record<string, number | string>>;
}

/** What one rule sees at one tick. */
export interface Finding {
  readonly ruleId: RuleId;
  readonly severity: Severity;
  /** 0 to 100. */
  readonly confidence: number;
  /** One sentence a person reads first: "7-line cycle, 212 times, nothing new for 64 s, …". */
  readonly summary: string;
  /** What the run will be said to have ended of, should this finding stop it. */
  readonly exitReason: ExitReason;
  /** True for the user's own orders (limits, budgets): they need no confidence. */
  readonly hardLimit: boolean;
  readonly contributions: readonly Contribution[];
  readonly evidence: Evidence;
}

/** The three figures of a decision trace, each 0 to 100. */
export interface Scores {
  /** Pressure against the CPU limit: 100·min(1, demand/limit). */
  readonly cpu: number;
  /** Diversity of the output: 0 the same thing again and again, 100 all new. */
  readonly entropy: number;
  /** How sure we are that this is a runaway. */
  readonly confidence: number;
}

/** What the detector makes of an attempt at one tick. */
export interface Assessment {
  readonly at: MonotonicMs;
  readonly scores: Scores;
  /** Strongest first: by severity, then by confidence. Empty for healthy work. */
  readonly findings: readonly Finding[];
}
