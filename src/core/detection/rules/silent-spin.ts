// silent-spin: a core and more is burnt without output and without IO. From outside it cannot be told from
// honest computation, so it alerts; it stops only when the user has said how much is too much.

import { inWords } from '../words.ts';
import { limitFinding, present, strongest } from './limit.ts';
import { defineRule, type Rule } from './rule.ts';

/** Pure: not even memory moves. What moves memory computes something, more likely than not. */
const PURE_ALERT_MS = 120_000;
const ALERT_MS = 600_000;
const CONFIDENCE = 60;

export const silentSpin: Rule = defineRule<null>({
  id: 'silent-spin',
  sees: 'a busy core with no output and no IO',
  exitReason: 'SPIN_DETECTED',
  initial: null,
  evaluate({ output, resources }, memory, { limits }) {
    const { spinMs, pureSpinMs, demandPercent, cpuTimeMs } = resources;
    if (spinMs === 0) return { memory, confidence: 0, finding: null };
    const { id: ruleId, exitReason } = silentSpin;
    const evidence = { demandPercent, staleMs: output.silentMs, more: { spinMs, pureSpinMs } };
    const common = { ruleId, exitReason, evidence, inWords };
    const isLong = pureSpinMs >= PURE_ALERT_MS || spinMs >= ALERT_MS;
    const finding = strongest(
      present(
        limitFinding({
          ...common,
          what: 'busy and silent for',
          value: output.silentMs,
          limit: limits.maxSilenceMs,
        }),
        limitFinding({
          ...common,
          what: 'spinning, CPU time',
          value: cpuTimeMs,
          limit: limits.maxCpuTimeMs,
        }),
        isLong
          ? {
              ruleId,
              severity: 'alert',
              confidence: CONFIDENCE,
              summary: `${Math.round(demandPercent)} % CPU for ${inWords(spinMs)} with no output and no IO${pureSpinMs >= PURE_ALERT_MS ? ', memory at rest' : ''}`,
              exitReason,
              hardLimit: false,
              contributions: [],
              evidence,
            }
          : null,
      ),
    );
    return { memory, confidence: finding?.confidence ?? 0, finding };
  },
});
