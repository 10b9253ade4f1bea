// From a confidence that moves to a severity that does not flutter: an alert begins and ends at different
// confidences, and a stop must have been certain for a while.

import type { MonotonicMs } from '../../time.ts';
import type { DetectorOptions } from '../detector.ts';
import type { Severity } from '../finding.ts';
import { PRIOR_LOG_ODDS } from '../two-state-filter.ts';

/** How a rule stands with an attempt. */
export interface Standing {
  readonly logOdds: number;
  readonly alerting: boolean;
  /** Since when the confidence has been enough to stop. */
  readonly certainSince: MonotonicMs | null;
}

/** The standing at a confidence (0 to 100), and the severity it amounts to. */
export function standingAt(
  now: { readonly at: MonotonicMs; readonly logOdds: number; readonly confidence: number },
  before: Standing,
  { detection }: DetectorOptions,
): { readonly standing: Standing; readonly severity: Severity | null } {
  const { at, logOdds, confidence } = now;
  const certain = confidence >= detection.stopAt;
  const alerting = confidence >= (before.alerting ? detection.alertOverBelow : detection.alertAt);
  const certainSince = certain ? (before.certainSince ?? at) : null;
  const held = certainSince !== null && at - certainSince >= detection.stopHoldMs;
  return {
    standing: { logOdds, alerting, certainSince },
    severity: held ? 'stop' : alerting ? 'alert' : null,
  };
}

/** Where every rule that weighs evidence starts. */
export const UNSUSPECTED: Standing = {
  logOdds: PRIOR_LOG_ODDS,
  alerting: false,
  certainSince: null,
};
