// Findings about the user's own orders: a figure against its limit. No confidence is needed for those.

import type { ExitReason } from '../../run.ts';
import type { Evidence, Finding, RuleId } from '../finding.ts';

/** Share of a limit from which on its owner is warned. */
export const WARN_SHARE = 0.8;

/** A figure and what it may be. */
export interface Limited {
  readonly ruleId: RuleId;
  readonly exitReason: ExitReason;
  /** "resident memory", "run time": what is limited. */
  readonly what: string;
  readonly value: number;
  /** null: no limit was set. */
  readonly limit: number | null;
  readonly inWords: (value: number) => string;
  readonly evidence: Evidence;
}

/** A stop at the limit, an alert from 80 % of it on, nothing below or without one. */
export function limitFinding(limited: Limited): Finding | null {
  const { ruleId, exitReason, what, value, limit, inWords, evidence } = limited;
  if (limit === null || limit <= 0 || value < WARN_SHARE * limit) return null;
  const reached = value >= limit;
  return {
    ruleId,
    severity: reached ? 'stop' : 'alert',
    confidence: 100,
    summary: reached
      ? `${what} ${inWords(value)}, limit ${inWords(limit)}`
      : `${what} ${inWords(value)}, ${Math.floor((100 * value) / limit)} % of the limit ${inWords(limit)}`,
    exitReason,
    hardLimit: true,
    contributions: [],
    evidence,
  };
}

/** The findings that there are. */
export const present = (...findings: readonly (Finding | null)[]): readonly Finding[] =>
  findings.filter((finding) => finding !== null);

/** The finding that goes furthest, the first of equals; null where there is none. */
export function strongest(findings: readonly Finding[]): Finding | null {
  return findings.find(({ severity }) => severity === 'stop') ?? findings[0] ?? null;
}
