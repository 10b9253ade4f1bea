// output-loop: the output tells nothing new, that costs something (busy CPU, a high line rate, failures),
// and it lasts. Repetition alone is no evidence: training logs and test runs repeat all day.

import { confidenceOf } from '../calibration.ts';
import type { DetectorOptions } from '../detector.ts';
import type { Contribution, Finding, Severity } from '../finding.ts';
import { OUTPUT_LOOP_WEIGHTS } from '../fitted.ts';
import type { Indicators } from '../indicators.ts';
import { filterRest, filterStep } from '../two-state-filter.ts';
import { inWords, rateInWords } from '../words.ts';
import { defineRule, type Rule } from './rule.ts';
import { standingAt, UNSUSPECTED } from './standing.ts';

type Indicator = keyof typeof OUTPUT_LOOP_WEIGHTS;

/** No single second counts for more than this, whatever it shows. */
const NATS_PER_SECOND_MAX = 3;
const NEWS = 0.3;
const OUTGROWN = 1.25;
const OUTGROWN_SECONDS_MAX = 120;
const SAMPLE_LINES_MAX = 3;

export const outputLoop: Rule = defineRule({
  id: 'output-loop',
  sees: 'output that tells nothing new, at a cost, for a time; cycles of any length',
  exitReason: 'LOOP_DETECTED',
  initial: UNSUSPECTED,
  evaluate(indicators, before, options) {
    const contributions = weigh(indicators, options);
    const seconds = Math.min(indicators.elapsedMs / 1000, 2);
    const sum = contributions.reduce((nats, part) => nats + part.nats, 0);
    const nats = clamp(sum, -NATS_PER_SECOND_MAX, NATS_PER_SECOND_MAX);
    const evidence = (nats * seconds) / options.detection.evidenceTauSeconds;
    const logOdds =
      indicators.output.lines > 0
        ? filterStep(before.logOdds, evidence, seconds)
        : filterRest(before.logOdds, seconds);
    const confidence = confidenceOf(logOdds);
    const hasNews = indicators.output.information >= NEWS;
    // A second that brings news is not certain of anything, whatever the past.
    const certainty = hasNews ? Math.min(confidence, options.detection.alertAt) : confidence;
    const now = { at: indicators.at, logOdds, confidence: certainty };
    const { standing, severity: reached } = standingAt(now, before, options);
    const severity = reached === 'stop' && !isBeyondItsPast(indicators) ? 'alert' : reached;
    const finding = severity && findingOf(severity, confidence, contributions, indicators);
    return { memory: standing, confidence, finding };
  },
});

/** The indicators of `output-loop`, 0 to 1 each, without their weights. Exported for the fit. */
export function outputLoopIndicators(
  { output, resources }: Indicators,
  { limits, detection }: DetectorOptions,
): Readonly<Record<Indicator, number>> {
  const stale = clamp((output.staleness - 0.55) / 0.4, 0, 1) * output.persistence;
  const busy = clamp(resources.demandPercent / limits.maxCpuPercent, 0, 1) ** 2;
  // A line a second is a heartbeat, whatever the CPU does beside it.
  const talk = clamp((output.linesPerSecond - 1.2) / 2, 0, 1);
  const pace = clamp((output.linesPerSecond - 0.3) / 0.7, 0, 1);
  const flood = clamp(Math.log10(1 + output.linesPerSecond / 5) / 2, 0, 1);
  const cost = Math.max(busy * talk, flood);
  const cycle = output.repeats >= 3 ? clamp(Math.log2(output.repeats) / 8, 0, 1) : 0;
  return {
    base: 1,
    'stale while busy': stale * busy * talk,
    'stale failures': stale * output.failingShare * Math.max(talk, busy * pace),
    'stale at a high rate': stale * flood,
    'cycle at a cost': stale * cycle * cost,
    'identical at a cost': stale * output.identicalShare * cost,
    'recent progress': Math.exp(-output.progressMs / (5000 * detection.evidenceTauSeconds)),
    'measured values': output.metricShare,
  };
}

/** Nothing is stopped in a silent second, nor for a staleness that this very run has come out of before. */
function isBeyondItsPast({ output }: Indicators): boolean {
  const outgrown = Math.min(OUTGROWN_SECONDS_MAX, OUTGROWN * output.recoveredSeconds);
  return output.lines > 0 && output.staleSeconds >= outgrown;
}

function weigh(indicators: Indicators, options: DetectorOptions): readonly Contribution[] {
  const values = outputLoopIndicators(indicators, options);
  return (Object.keys(OUTPUT_LOOP_WEIGHTS) as Indicator[]).map((indicator) => ({
    indicator,
    value: values[indicator],
    nats: values[indicator] * OUTPUT_LOOP_WEIGHTS[indicator],
  }));
}

function findingOf(
  severity: Severity,
  confidence: number,
  contributions: readonly Contribution[],
  { output, resources, lastLines }: Indicators,
): Finding {
  const { periodLines, repeats } = output;
  return {
    ruleId: outputLoop.id,
    severity,
    confidence,
    summary: summaryOf(output, resources.demandPercent),
    exitReason: outputLoop.exitReason,
    hardLimit: false,
    contributions,
    evidence: {
      ...(periodLines > 0 ? { periodLines, repeats } : {}),
      ...(lastLines.length > 0
        ? { sampleLines: lastLines.slice(-clamp(periodLines, 1, SAMPLE_LINES_MAX)) }
        : {}),
      staleMs: output.staleMs,
      linesPerSecond: output.linesPerSecond,
      demandPercent: resources.demandPercent,
      more: { failingPercent: Math.round(100 * output.failingShare) },
    },
  };
}

/** `7-line cycle, 212 times, nothing new for 64 s, 31 lines/s at 102 % CPU`. */
function summaryOf(output: Indicators['output'], demandPercent: number): string {
  const { periodLines, repeats } = output;
  const what =
    periodLines === 0
      ? 'output repeats itself'
      : periodLines === 1
        ? `the same line ${repeats} times`
        : `${periodLines}-line cycle, ${repeats} times`;
  const failing = output.failingShare > 0.5 ? 'failures, ' : '';
  const rate = rateInWords(output.linesPerSecond);
  return `${what}, ${failing}nothing new for ${inWords(output.staleMs)}, ${rate} lines/s at ${Math.round(demandPercent)} % CPU`;
}

const clamp = (value: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, value));
