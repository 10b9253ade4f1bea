// hang: no output, no CPU, no IO. A deadlock and a long wait look the same from outside, so it alerts; it
// stops only when the user has said how long silence may last.

import { inWords } from '../words.ts';
import { limitFinding, present, strongest } from './limit.ts';
import { defineRule, type Rule } from './rule.ts';

/** Five minutes: of the healthy runs on record few were idle that long. */
const ALERT_MS = 300_000;
const CONFIDENCE = 50;

export const hang: Rule = defineRule<null>({
  id: 'hang',
  sees: 'no output, no CPU and no IO for minutes',
  exitReason: 'HANG_DETECTED',
  initial: null,
  evaluate({ output, resources }, memory, { limits }) {
    const { id: ruleId, exitReason } = hang;
    const { idleMs, spinMs, demandPercent } = resources;
    const evidence = { demandPercent, staleMs: output.silentMs, more: { idleMs } };
    const finding = strongest(
      present(
        // A silence in which a core burns is silent-spin's.
        spinMs > 0
          ? null
          : limitFinding({
              ruleId,
              exitReason,
              evidence,
              inWords,
              what: 'silent for',
              value: output.silentMs,
              limit: limits.maxSilenceMs,
            }),
        idleMs >= ALERT_MS
          ? {
              ruleId,
              severity: 'alert',
              confidence: CONFIDENCE,
              summary: `no output, CPU or IO for ${inWords(idleMs)}`,
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
