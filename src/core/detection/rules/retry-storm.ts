// retry-storm: rounds of failure without information, however long the waits between them and however idle
// the CPU. A round is a tick that printed failures and nothing new. Who only reports the failure may be
// waiting for something to come up; who does the same thing again in between is sooner taken for a loop.

import type { MonotonicMs } from '../../time.ts';
import { confidenceOf } from '../calibration.ts';
import type { Finding, Severity } from '../finding.ts';
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

/** Rounds with work in between count for more, and need not last as long. */
const WORKING_NATS = 1.6;
const WORKING_TIME = 2 / 3;

interface Storm {
  readonly standing: Standing;
  readonly rounds: number;
  /** Ticks of the storm that also printed old lines without failure. */
  readonly workTicks: number;
  readonly since: MonotonicMs | null;
}

export const retryStorm: Rule = defineRule<Storm>({
  id: 'retry-storm',
  sees: 'rounds of failure without news, with backoff or without, on a busy core or an idle one',
  exitReason: 'LOOP_DETECTED',
  initial: { standing: UNSUSPECTED, rounds: 0, workTicks: 0, since: null },
  evaluate(indicators, before, options) {
    const { at } = indicators;
    const { detection } = options;
    const works = before.rounds > 0 && before.workTicks >= before.rounds / 2;
    const nats = natsOf(indicators, detection.retryRoundNats * (works ? WORKING_NATS : 1));
    const logOdds =
      nats === 0 ? before.standing.logOdds : filterStep(before.standing.logOdds, nats, 0);
    const confidence = confidenceOf(logOdds);
    const now = { at, logOdds, confidence };
    const { standing, severity } = standingAt(now, before.standing, options);
    const memory = { standing, ...stormAfter(indicators, before, { logOdds, nats }) };
    const holdMs = detection.retryStormMs * (works ? WORKING_TIME : 1);
    const finding =
      severity && findingOf(severity, { ...memory, confidence, nats, holdMs }, indicators);
    return { memory, confidence, finding };
  },
});

/** The storm after a tick: it begins with suspicion, and ends when none is left. */
function stormAfter(
  indicators: Indicators,
  before: Storm,
  { logOdds, nats }: { readonly logOdds: number; readonly nats: number },
): Omit<Storm, 'standing'> {
  if (logOdds <= PRIOR_LOG_ODDS) return { rounds: 0, workTicks: 0, since: null };
  return {
    rounds: before.rounds + (nats > 0 ? 1 : 0),
    workTicks: before.workTicks + (printsWork(indicators) ? 1 : 0),
    since: before.since ?? indicators.at,
  };
}

function findingOf(
  severity: Severity,
  storm: Storm & { readonly confidence: number; readonly nats: number; readonly holdMs: number },
  { at, output, resources, lastLines }: Indicators,
): Finding {
  const { rounds, since, confidence, nats, holdMs } = storm;
  const lastedMs = since === null ? 0 : at - since;
  return {
    ruleId: retryStorm.id,
    severity: lastedMs < holdMs ? 'alert' : severity,
    confidence,
    summary: `${rounds} rounds of failure in ${inWords(lastedMs)}, nothing new in between`,
    exitReason: retryStorm.exitReason,
    hardLimit: false,
    contributions: [{ indicator: 'rounds of failure', value: rounds, nats }],
    evidence: {
      ...(lastLines.length > 0 ? { sampleLines: lastLines.slice(-3) } : {}),
      staleMs: output.staleMs,
      linesPerSecond: output.linesPerSecond,
      demandPercent: resources.demandPercent,
      more: { rounds, lastedMs },
    },
  };
}

const printsWork = ({ output }: Indicators): boolean =>
  output.lines > output.failingLines && output.information < NEWS_MAX;

/** Evidence of one tick; 0 for ticks without output: waiting between rounds says nothing. */
function natsOf({ output }: Indicators, roundNats: number): number {
  if (output.lines === 0) return 0;
  const failing = output.failingLines / output.lines;
  if (failing >= FAILING_SHARE && output.information < NEWS_MAX) return roundNats;
  if (failing === 0 && output.information >= NEWS_MAX) return SUCCESS_NATS;
  return output.information >= 0.5 ? NEWS_NATS : 0;
}
