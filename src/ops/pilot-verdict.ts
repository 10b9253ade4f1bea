// What a case of a pilot came to, from the record of its run, and whether that is what was expected.

import { ALL_RULES } from '../core/detection/rules/all-rules.ts';
import type { ExitReason } from '../core/run.ts';
import type { CaseEnd, CaseRecord } from './guarded-case.ts';
import { LOOP_STOPPED, NO_INTERVENTION, type PilotCase } from './pilot-file.ts';

export type Verdict = 'PASS' | 'FAIL' | 'INTERRUPTED' | 'NOT RUN';

/** One line of the results. */
export interface CaseResult {
  readonly name: string;
  readonly maxCpu: string;
  readonly expected: string;
  readonly command: readonly string[];
  readonly exitCode: number | null;
  readonly loopDetected: boolean;
  readonly exitReason: string | null;
  readonly durationS: number | null;
  /** Why FlowForge did what it did, or how the run ended where it did nothing. */
  readonly decisionReason: string | null;
  readonly result: Verdict;
  /** What is wrong, for FAIL; what would have been done, in shadow. */
  readonly remark: string;
  readonly runId: string | null;
  readonly survivors: number | null;
}

/** The exit reasons that are FlowForge's own doing. */
const INTERVENTIONS: readonly string[] = [
  'LOOP_DETECTED',
  'SPIN_DETECTED',
  'LEAK_DETECTED',
  'FLOOD_DETECTED',
  'FORK_STORM_DETECTED',
  'HANG_DETECTED',
  'SAFETY_LIMIT_EXCEEDED',
  'RESTART_BUDGET_EXHAUSTED',
];

/** A case that has not been run, or not to its end. */
export function unfinished(pilotCase: PilotCase, result: 'INTERRUPTED' | 'NOT RUN'): CaseResult {
  const { name, maxCpu, expected, argv } = pilotCase;
  return {
    ...{ name, maxCpu, expected, command: argv, result },
    ...{ exitCode: null, loopDetected: false, exitReason: null, durationS: null },
    ...{ decisionReason: null, remark: '', runId: null, survivors: null },
  };
}

/** Judges a case that has ended. In shadow, by what would have been done. */
export function judge(
  pilotCase: PilotCase,
  end: CaseEnd,
  record: CaseRecord | null,
  isShadow: boolean,
): CaseResult {
  const would = record && isShadow ? wouldHave(record) : null;
  const exitReason = would?.exitReason ?? record?.run.exitReason ?? null;
  const fault = faultOf(pilotCase, { end, record, exitReason, isShadow });
  const decision = record?.decisions.findLast(({ intended }) => intended !== 'none');
  return {
    ...unfinished(pilotCase, 'NOT RUN'),
    result: fault === null ? 'PASS' : 'FAIL',
    exitCode: record?.run.exitCode ?? end.exitCode,
    loopDetected: exitReason === 'LOOP_DETECTED',
    exitReason,
    durationS: Math.round(end.durationMs / 100) / 10,
    decisionReason: would?.reason ?? decision?.reason ?? record?.run.reason ?? null,
    remark: [fault, would && `would have been stopped: ${would.reason}`].filter(Boolean).join('; '),
    runId: record?.run.runId ?? null,
    survivors: record?.run.survivors ?? null,
  };
}

/** The first decision that a shadow kept from being acted on, and the exit reason it would have led to. */
function wouldHave({ decisions }: CaseRecord): { exitReason: ExitReason; reason: string } | null {
  const decision = decisions.find(({ intended }) => !['none', 'alert'].includes(intended));
  const rule = ALL_RULES.find(({ id }) => id === decision?.ruleId);
  if (!decision || !rule) return null;
  // A limit of the user's is enforced without indicators; its finding has another exit reason than its rule.
  const isLimit = decision.contributions.length === 0 && / limit /.test(decision.reason);
  const exitReason = isLimit ? 'SAFETY_LIMIT_EXCEEDED' : rule.exitReason;
  return { exitReason, reason: decision.reason };
}

interface Seen {
  readonly end: CaseEnd;
  readonly record: CaseRecord | null;
  readonly exitReason: string | null;
  readonly isShadow: boolean;
}

/** What is wrong with how a case ended, or null. */
function faultOf(
  { expected }: PilotCase,
  { end, record, exitReason, isShadow }: Seen,
): string | null {
  if (end.isTimedOut) return 'did not end within its time, and was stopped';
  if (!record) return 'no run was recorded: see its log';
  const { run } = record;
  if (run.leader === null) return `could not be started: ${run.reason}`;
  if (run.survivors !== 0) return `${run.survivors ?? 'unknown'} processes are left of it`;
  return mismatchOf(expected, exitReason, isShadow);
}

function mismatchOf(
  expected: PilotCase['expected'],
  exitReason: string | null,
  isShadow: boolean,
): string | null {
  if (expected === NO_INTERVENTION) {
    const isTouched = INTERVENTIONS.includes(exitReason ?? '');
    return isTouched ? `FlowForge ${isShadow ? 'would have stepped' : 'stepped'} in` : null;
  }
  const wanted = expected === LOOP_STOPPED ? 'LOOP_DETECTED' : expected;
  return exitReason === wanted ? null : `ended with ${exitReason}, not ${wanted}`;
}
