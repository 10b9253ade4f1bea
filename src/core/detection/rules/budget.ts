// budget: wall time, CPU time, tokens and money, if the user has set them. The only help against a loop
// that says something new each round.

import type { Finding } from '../finding.ts';
import { inWords } from '../words.ts';
import { type Limited, limitFinding, present, strongest } from './limit.ts';
import { defineRule, type Rule } from './rule.ts';

export const budget: Rule = defineRule<null>({
  id: 'budget',
  sees: 'time, tokens and money against what the user allows',
  exitReason: 'SAFETY_LIMIT_EXCEEDED',
  initial: null,
  evaluate({ spent }, memory, { limits }) {
    const finding = strongest(
      present(
        runTimeFinding(spent.timeMs, limits.maxTimeMs),
        figure('CPU time', { value: spent.cpuMs, limit: limits.maxCpuTimeMs, inWords }),
        figure('tokens', { value: spent.tokens, limit: limits.maxTokens, inWords: String }),
        figure('cost', { value: spent.costUsd, limit: limits.maxCostUsd, inWords: inDollars }),
      ),
    );
    return { memory, confidence: finding?.confidence ?? 0, finding };
  },
});

/** What is to be said about a run's time, which goes on while its command does not run; both in ms. */
export const runTimeFinding = (timeMs: number, limitMs: number | null): Finding | null =>
  figure('run time', { value: timeMs, limit: limitMs, inWords });

function figure(
  what: string,
  limited: Pick<Limited, 'value' | 'limit' | 'inWords'>,
): Finding | null {
  const { id: ruleId, exitReason } = budget;
  return limitFinding({
    ...{ ruleId, exitReason, what, ...limited },
    evidence: { more: { [what]: limited.value } },
  });
}

const inDollars = (usd: number): string => `$${usd.toFixed(2)}`;
