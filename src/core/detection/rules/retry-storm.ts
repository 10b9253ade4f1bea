// retry-storm: rounds of failure without information, however long the waits between them and however idle
// the CPU. A round is a tick that printed failures and nothing new.

import type { MonotonicMs } from '../../time.ts';
import { confidenceOf } from '../calibration.ts';
import type { Indicators } from '../indicators.ts';
import { filterStep, PRIOR_LOG_ODDS } from '../two-state-filter.ts';
import { inWords } from '../words.ts';
import { defineRule, type Rule } from './rule.ts';
import { type Standing, standingAt, UNSUSPECTED } from './standing.ts';

/** Share of a tick's lines that must speak of failure, and how little news it may bring. */
const FAILING_SHARE = 0.3;
const NEWS_MAX = 0.25;
/** Nats of a tick with news: a success outweighs the failures before it, news among failures less. */
const SUCCESS_NATS = -3.5;
const NEWS_NATS = -1;

interface Storm {
  readonly standing: Standing;
  readonly rounds: number;
  readonly since: MonotonicMs | null;
}

export const retryStorm: Rule = defineRule<Storm>({
  id: 'retry-storm',
  sees: 'rounds of failure without news, with backoff or without, on a busy core or an idle one',
  exitReason: 'LOOP_DETECTED',
  initial: { standing: UNSUSPECTED, rounds: 0, since: null },
  evaluate(indicators, before, options) {
    const { at } = indicators;
    const { detection } = options;
    const nats = natsOf(indicators, detection.retryRoundNats);
    const logOdds =
      nats === 0 ? before.standing.logOdds : filterStep(before.standing.logOdds, nats, 0);
    const calm = logOdds <= PRIOR_LOG_ODDS;
    const since = calm ? null : (before.since ?? at);
    const rounds = calm ? 0 : before.rounds + (nats > 0 ? 1 : 0);
    const confidence = confidenceOf(logOdds);
    const { standing, severity } = standingAt(
      { at, logOdds, confidence },
      before.standing,
      options,
    );
    const lastedMs = since === null ? 0 : at - since;
    const memory = { standing, rounds, since };
    if (!severity) return { memory, confidence, finding: null };
    const early = lastedMs < detection.retryStormMs;
    return {
      memory,
      confidence,
      finding: {
        ruleId: retryStorm.id,
        severity: early ? 'alert' : severity,
        confidence,
        summary: `${rounds} rounds of failure in ${inWords(lastedMs)}, nothing new in between`,
        exitReason: retryStorm.exitReason,
        hardLimit: false,
        contributions: [{ indicator: 'rounds of failure', value: rounds, nats }],
        evidence: {
          ...(indicators.lastLines.length > 0
            ? { sampleLines: indicators.lastLines.slice(-3) }
            : {}),
          staleMs: indicators.output.staleMs,
          linesPerSecond: indicators.output.linesPerSecond,
          demandPercent: indicators.resources.demandPercent,
          more: { rounds, lastedMs },
        },
      },
    };
  },
});

/** Evidence of one tick; 0 for ticks without output: waiting between rounds says nothing. */
function natsOf({ output }: Indicators, roundNats: number): number {
  if (output.lines === 0) return 0;
  const failing = output.failingLines / output.lines;
  if (failing >= FAILING_SHARE && output.information < NEWS_MAX) return roundNats;
  if (failing === 0 && output.information >= NEWS_MAX) return SUCCESS_NATS;
  return output.information >= 0.5 ? NEWS_NATS : 0;
}
