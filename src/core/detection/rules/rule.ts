// What a rule is: metadata and a pure function from indicators (and its own memory) to a verdict.

import type { ExitReason } from '../../run.ts';
import type { DetectorOptions } from '../detector.ts';
import type { Finding, RuleId } from '../finding.ts';
import type { Indicators } from '../indicators.ts';

/** What a rule makes of one tick. */
export interface Verdict<Memory> {
  /** Handed to the rule again at the next tick. */
  readonly memory: Memory;
  /** 0 to 100, also while it is too low for a finding. */
  readonly confidence: number;
  readonly finding: Finding | null;
}

export interface RuleDefinition<Memory> {
  readonly id: RuleId;
  /** One sentence: what it sees. */
  readonly sees: string;
  /** What a run is said to have ended of when this rule stops it. */
  readonly exitReason: ExitReason;
  readonly initial: Memory;
  /** Pure: the same arguments give the same verdict. */
  evaluate(indicators: Indicators, memory: Memory, options: DetectorOptions): Verdict<Memory>;
}

/** A rule at work on one attempt. */
export type RunningRule = (indicators: Indicators) => Omit<Verdict<unknown>, 'memory'>;

export interface Rule {
  readonly id: RuleId;
  readonly sees: string;
  readonly exitReason: ExitReason;
  start(options: DetectorOptions): RunningRule;
}

/** Makes a rule of its definition; each start has a memory of its own. */
export function defineRule<Memory>(definition: RuleDefinition<Memory>): Rule {
  const { id, sees, exitReason } = definition;
  return {
    id,
    sees,
    exitReason,
    start(options) {
      let memory = definition.initial;
      return (indicators) => {
        const verdict = definition.evaluate(indicators, memory, options);
        memory = verdict.memory;
        return verdict;
      };
    },
  };
}
