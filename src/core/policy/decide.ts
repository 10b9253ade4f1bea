// Findings in, one decision out. Pure: what is intended, what is applied, and what stood between.

import type { Assessment, Finding, RuleId } from '../detection/finding.ts';
import type { Action } from './action.ts';
import type { Policy } from './policy.ts';
import { rolloutSuppresses } from './rollout.ts';

/** What kept an intended action from being applied. */
export type Suppression =
  | 'shadow'
  | 'outside-canary'
  | 'rule-may-not-stop'
  | 'start-grace'
  /** It was paused for this incident before, and a person has let it go on. */
  | 'resumed-by-person';

export interface Decision {
  readonly intended: Action;
  readonly applied: Action;
  readonly suppressedBy: Suppression | null;
  /** The finding that led to it, or null for healthy work. */
  readonly finding: Finding | null;
  readonly reason: string;
}

export interface DecisionContext {
  /** Name of the job, else its command and directory; the key of the canary. */
  readonly jobKey: string;
  readonly attemptAgeMs: number;
}

const NOTHING: Decision = {
  intended: 'none',
  applied: 'none',
  suppressedBy: null,
  finding: null,
  reason: 'nothing suspicious',
};

/**
 * Decides about an assessment. The strongest finding that may act rules, the user's own limits first; only a
 * rule that the policy lets stop may stop, and what a rollout holds back is an alert at most: a shadow
 * decision never touches the tree. A limit of the user's ends the run, whatever is done about a runaway.
 */
export function decide(assessment: Assessment, context: DecisionContext, policy: Policy): Decision {
  const [strongest, ...others] = stopsOf(assessment).map((finding) => ({
    finding,
    intended: finding.hardLimit ? 'stop' : policy.onRunaway,
    suppressedBy: suppression(finding, context, policy),
  }));
  if (!strongest) return alertOf(assessment);
  const free = [strongest, ...others].find(({ suppressedBy }) => suppressedBy === null);
  const { finding, intended, suppressedBy } = free ?? strongest;
  return {
    intended,
    applied: suppressedBy ? 'alert' : intended,
    suppressedBy,
    finding,
    reason: suppressedBy
      ? `would ${intended} (${suppressedBy}): ${finding.summary}`
      : finding.summary,
  };
}

/** What asks for a stop: hard limits first, else in the order of the assessment. */
function stopsOf({ findings }: Assessment): readonly Finding[] {
  const stops = findings.filter(({ severity }) => severity === 'stop');
  return [...stops.filter((f) => f.hardLimit), ...stops.filter((f) => !f.hardLimit)];
}

function alertOf({ findings }: Assessment): Decision {
  const finding = findings.find(({ severity }) => severity === 'alert');
  if (!finding) return NOTHING;
  const reason = finding.summary;
  return { intended: 'alert', applied: 'alert', suppressedBy: null, finding, reason };
}

/** What has eaten the machine by the end of the grace. */
const CANNOT_WAIT: readonly RuleId[] = ['process-growth'];

function suppression(
  finding: Finding,
  context: DecisionContext,
  policy: Policy,
): Suppression | null {
  if (policy.onRunaway === 'alert' && !finding.hardLimit) return null;
  const held = rolloutSuppresses(policy.rollout, policy.canaryPercent, context.jobKey);
  if (held) return held;
  if (finding.hardLimit) return null;
  if (!policy.detection.mayStop.includes(finding.ruleId)) return 'rule-may-not-stop';
  const isYoung = context.attemptAgeMs < policy.detection.startGraceMs;
  if (isYoung && !CANNOT_WAIT.includes(finding.ruleId)) return 'start-grace';
  return null;
}
