// process-growth: the number of processes doubles and doubles. A parallel build has many births as well,
// but a number that stays: only the number alive and its doubling time count.

import { inWords } from '../words.ts';
import { defineRule, type Rule } from './rule.ts';

const ALERT_COUNT = 128;
const STOP_COUNT = 256;
const STOP_COUNT_PER_CORE = 16;
const CORES_ASSUMED = 4;
const DOUBLING_MS = 10_000;
const ALERT_CONFIDENCE = 60;
const STOP_CONFIDENCE = 99;

export const processGrowth: Rule = defineRule<null>({
  id: 'process-growth',
  sees: 'a number of processes that keeps doubling',
  exitReason: 'FORK_STORM_DETECTED',
  initial: null,
  evaluate({ resources }, memory, { cores = CORES_ASSUMED }) {
    const { processCount, doublingMs, birthsPerSecond } = resources;
    if (processCount < ALERT_COUNT) return { memory, confidence: 0, finding: null };
    const doubles = doublingMs !== null && doublingMs < DOUBLING_MS;
    const storms = doubles && processCount >= Math.max(STOP_COUNT, STOP_COUNT_PER_CORE * cores);
    const confidence = storms ? STOP_CONFIDENCE : ALERT_CONFIDENCE;
    const growth = doublingMs === null ? '' : `, doubled within ${inWords(doublingMs)}`;
    return {
      memory,
      confidence,
      finding: {
        ruleId: processGrowth.id,
        severity: storms ? 'stop' : 'alert',
        confidence,
        summary: `${processCount} processes${growth}`,
        exitReason: processGrowth.exitReason,
        hardLimit: false,
        contributions: [],
        evidence: { processCount, more: { birthsPerSecond, doublingMs: doublingMs ?? -1 } },
      },
    };
  },
});
