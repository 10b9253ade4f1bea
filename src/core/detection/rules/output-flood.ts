// output-flood: more output than anyone will read. It alerts by rate; it stops a flood that is stale and
// has become huge, or that fills the disk.

import type { MonotonicMs } from '../../time.ts';
import type { Finding } from '../finding.ts';
import type { Indicators } from '../indicators.ts';
import { bytesInWords, rateInWords } from '../words.ts';
import { limitFinding, present, strongest } from './limit.ts';
import { defineRule, type Rule } from './rule.ts';

const MB = 1024 * 1024;
const BYTES_PER_SECOND = 2 * MB;
const LINES_PER_SECOND = 20_000;
const ALERT_AFTER_MS = 10_000;
const STALE_BYTES_MAX = 1024 * MB;
const STALENESS = 0.5;
const DISK_FREE_SHARE = 0.02;
const ALERT_CONFIDENCE = 60;
const STOP_CONFIDENCE = 97;

/** Since when the output has been a flood. */
export const outputFlood: Rule = defineRule<MonotonicMs | null>({
  id: 'output-flood',
  sees: 'output at a rate nobody reads, by its total, its staleness and the disk left',
  exitReason: 'FLOOD_DETECTED',
  initial: null,
  evaluate(indicators, before, { limits }) {
    const { at, output, spent, diskFreeShare } = indicators;
    const floods =
      output.bytesPerSecond > BYTES_PER_SECOND || output.printedPerSecond > LINES_PER_SECOND;
    const since = floods ? (before ?? at) : null;
    const isStale = output.staleness > STALENESS && output.outputBytes > STALE_BYTES_MAX;
    const fillsDisk = diskFreeShare !== null && diskFreeShare < DISK_FREE_SHARE;
    const lasts = since !== null && at - since >= ALERT_AFTER_MS;
    const finding = strongest(
      present(
        limitFinding({
          ruleId: outputFlood.id,
          exitReason: 'SAFETY_LIMIT_EXCEEDED',
          what: 'output',
          value: spent.outputBytes,
          limit: limits.maxOutputBytes,
          inWords: bytesInWords,
          evidence: { bytesPerSecond: output.bytesPerSecond },
        }),
        floods && isStale ? flood('stop', 'nothing new in it', indicators) : null,
        floods && fillsDisk ? flood('stop', 'the disk is nearly full', indicators) : null,
        lasts ? flood('alert', 'more than anyone reads', indicators) : null,
      ),
    );
    return { memory: since, confidence: finding?.confidence ?? 0, finding };
  },
});

function flood(
  severity: 'alert' | 'stop',
  why: string,
  { output, diskFreeShare }: Indicators,
): Finding {
  const { bytesPerSecond, printedPerSecond, outputBytes } = output;
  return {
    ruleId: outputFlood.id,
    severity,
    confidence: severity === 'stop' ? STOP_CONFIDENCE : ALERT_CONFIDENCE,
    summary: `${bytesInWords(bytesPerSecond)}/s and ${rateInWords(printedPerSecond)} lines/s of output, ${bytesInWords(outputBytes)} so far: ${why}`,
    exitReason: outputFlood.exitReason,
    hardLimit: false,
    contributions: [],
    evidence: {
      bytesPerSecond,
      linesPerSecond: printedPerSecond,
      more: { outputBytes, ...(diskFreeShare === null ? {} : { diskFreeShare }) },
    },
  };
}
