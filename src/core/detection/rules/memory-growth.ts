// memory-growth: memory whose floor keeps rising under the garbage collector's saw-tooth, and memory at its
// limit or about to reach it. A trend alone only alerts: warming up looks like leaking.

import type { DetectorOptions } from '../detector.ts';
import type { Finding } from '../finding.ts';
import type { Indicators } from '../indicators.ts';
import { bytesInWords, inWords } from '../words.ts';
import { limitFinding, present, strongest } from './limit.ts';
import { defineRule, type Rule } from './rule.ts';

/** From this share of the limit on, a growth that will reach it within a minute is acted on. */
const NEAR_SHARE = 0.7;
const PROJECTION_MS = 60_000;
/** For so many ticks in a row: a load that is about to end is not a leak. */
const PROJECTED_TICKS = 10;
const TREND_CONFIDENCE = 60;
const PROJECTED_CONFIDENCE = 95;

export const memoryGrowth: Rule = defineRule<number>({
  id: 'memory-growth',
  sees: 'memory that grows for good, or reaches its limit',
  exitReason: 'LEAK_DETECTED',
  initial: 0,
  evaluate(indicators, before, options) {
    const { rssBytes } = indicators.resources.memory;
    const remainingMs = exhaustionMs(indicators, options);
    const projectedTicks = remainingMs !== null && remainingMs < PROJECTION_MS ? before + 1 : 0;
    const finding = strongest(
      present(
        limitFinding({
          ruleId: memoryGrowth.id,
          exitReason: 'SAFETY_LIMIT_EXCEEDED',
          what: 'resident memory',
          value: rssBytes,
          limit: options.limits.maxMemoryBytes,
          inWords: bytesInWords,
          evidence: { rssBytes },
        }),
        projectedTicks >= PROJECTED_TICKS ? projected(indicators, remainingMs ?? 0) : null,
        indicators.resources.memory.growing ? trend(indicators) : null,
      ),
    );
    return { memory: projectedTicks, confidence: finding?.confidence ?? 0, finding };
  },
});

/** Time until the limit is reached at the present slope; null when it is far away or nothing grows. */
function exhaustionMs({ resources }: Indicators, options: DetectorOptions): number | null {
  const limit = options.limits.maxMemoryBytes ?? options.memoryBytesMax ?? null;
  const { rssBytes, bytesPerSecond } = resources.memory;
  if (limit === null || rssBytes < NEAR_SHARE * limit || bytesPerSecond <= 0) return null;
  return (1000 * Math.max(0, limit - rssBytes)) / bytesPerSecond;
}

function projected({ resources }: Indicators, remainingMs: number): Finding {
  const { rssBytes, bytesPerSecond } = resources.memory;
  return {
    ruleId: memoryGrowth.id,
    severity: 'stop',
    confidence: PROJECTED_CONFIDENCE,
    summary: `memory ${bytesInWords(rssBytes)} grows by ${bytesInWords(bytesPerSecond)}/s and reaches its limit in ${inWords(remainingMs)}`,
    exitReason: memoryGrowth.exitReason,
    hardLimit: false,
    contributions: [],
    evidence: { rssBytes, more: { bytesPerSecond, remainingMs } },
  };
}

function trend({ resources }: Indicators): Finding {
  const { rssBytes, grownBytes, grownMs, bytesPerSecond } = resources.memory;
  return {
    ruleId: memoryGrowth.id,
    severity: 'alert',
    confidence: TREND_CONFIDENCE,
    summary: `the floor of memory rose by ${bytesInWords(grownBytes)} in ${inWords(grownMs)} without slowing down`,
    exitReason: memoryGrowth.exitReason,
    hardLimit: false,
    contributions: [],
    evidence: { rssBytes, more: { grownBytes, grownMs, bytesPerSecond } },
  };
}
