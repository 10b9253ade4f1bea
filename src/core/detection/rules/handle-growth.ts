// handle-growth: file descriptors near their limit. It alerts only: the program will fail by itself.

import { defineRule, type Rule } from './rule.ts';

const NEAR_SHARE = 0.8;
/** The limit holds per process, the count is the tree's: what the others may well have open. */
const ORDINARY_PER_PROCESS = 64;
const CONFIDENCE = 60;

export const handleGrowth: Rule = defineRule<null>({
  id: 'handle-growth',
  sees: 'open file descriptors near their limit',
  exitReason: 'LEAK_DETECTED',
  initial: null,
  evaluate({ resources }, memory) {
    const { fdCount, fdLimit, processCount } = resources;
    const others = ORDINARY_PER_PROCESS * Math.max(0, processCount - 1);
    if (fdLimit === null || fdCount - others < NEAR_SHARE * fdLimit) {
      return { memory, confidence: 0, finding: null };
    }
    return {
      memory,
      confidence: CONFIDENCE,
      finding: {
        ruleId: handleGrowth.id,
        severity: 'alert',
        confidence: CONFIDENCE,
        summary: `${fdCount} file descriptors open, the limit of a process is ${fdLimit}`,
        exitReason: handleGrowth.exitReason,
        hardLimit: false,
        contributions: [],
        evidence: { processCount, more: { fdCount, fdLimit } },
      },
    };
  },
});
