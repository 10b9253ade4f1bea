// budget: wall time, CPU time, tokens and money, if the user has set them. The only help against a loop
// that says something new each round.

import { inWords } from '../words.ts';
import { limitFinding, present, strongest } from './limit.ts';
import { defineRule, type Rule } from './rule.ts';

export const budget: Rule = defineRule<null>({
  id: 'budget',
  sees: 'time, tokens and money against what the user allows',
  exitReason: 'SAFETY_LIMIT_EXCEEDED',
  initial: null,
  evaluate({ ageMs, resources, agent }, memory, { limits }) {
    const { id: ruleId, exitReason } = budget;
    const figure = (
      what: string,
      value: number,
      limit: number | null,
      words: (value: number) => string,
    ) =>
      limitFinding({
        ruleId,
        exitReason,
        what,
        value,
        limit,
        inWords: words,
        evidence: { more: { [what]: value } },
      });
    const finding = strongest(
      present(
        figure('run time', ageMs, limits.maxTimeMs, inWords),
        figure('CPU time', resources.cpuTimeMs, limits.maxCpuTimeMs, inWords),
        figure('tokens', agent?.tokens ?? 0, limits.maxTokens, String),
        figure('cost', agent?.costUsd ?? 0, limits.maxCostUsd, (usd) => `$${usd.toFixed(2)}`),
      ),
    );
    return { memory, confidence: finding?.confidence ?? 0, finding };
  },
});
