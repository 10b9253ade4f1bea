// From single runs to figures per family: how many were stopped, how fast, at what price, and how sure we
// can be of a rate seen on so few runs.

import { replayTrace } from '../../src/core/detection/replay.ts';
import { PROFILE_POLICIES, type ProfileName } from '../../src/core/policy/policy.ts';
import { TRACE_FORMAT, TRACE_VERSION } from '../../src/core/trace/trace.ts';
import { baselineStops } from './baselines.ts';
import type { Run } from './corpus.ts';
import type { Kind, Split } from './families.ts';

/** What one method made of one run. Times in ms since the onset; null: never. */
export interface Verdict {
  readonly stopMs: number | null;
  readonly alertMs: number | null;
  /** CPU used between the onset and the stop, or the end. */
  readonly wastedCpuMs: number;
  readonly ruleId?: string;
}

export interface JudgedRun {
  readonly run: Omit<Run, 'records'>;
  /** By method: the profiles and the baselines. */
  readonly verdicts: Readonly<Record<string, Verdict>>;
}

export interface FamilyFigures {
  readonly family: string;
  readonly kind: Kind;
  readonly split: Split;
  readonly source: string;
  readonly runs: number;
  readonly stopped: number;
  readonly alerted: number;
  readonly medianStopSeconds: number | null;
  readonly p90StopSeconds: number | null;
  readonly medianAlertSeconds: number | null;
  readonly meanWastedCpuSeconds: number;
}

export const METHOD_OF_PROFILE = (profile: ProfileName): string => `FlowForge ${profile}`;

/** Asks every profile and every baseline about a run. */
export function judge(run: Run): JudgedRun {
  const verdicts: Record<string, Verdict> = {};
  for (const profile of ['standard', 'heavy', 'light'] as const) {
    verdicts[METHOD_OF_PROFILE(profile)] = verdictOf(run, profile);
  }
  for (const [name, stopMs] of Object.entries(baselineStops(run.records))) {
    verdicts[name] = {
      stopMs: sinceOnset(run, stopMs),
      alertMs: null,
      wastedCpuMs: cpuBetween(run, stopMs),
    };
  }
  const { records: _, ...about } = run;
  return { run: about, verdicts };
}

function verdictOf(run: Run, profile: ProfileName): Verdict {
  const policy = PROFILE_POLICIES[profile];
  const header = {
    format: TRACE_FORMAT,
    version: TRACE_VERSION,
    text: 'full',
    cores: 2,
    about: {},
  } as const;
  const { stop, alert } = replayTrace(
    { header, records: run.records },
    { ...policy, limits: { ...policy.limits, ...run.limits } },
  );
  const ruleId = (stop ?? alert)?.decision.finding?.ruleId;
  return {
    stopMs: sinceOnset(run, stop?.atMs ?? null),
    alertMs: sinceOnset(run, alert?.atMs ?? null),
    wastedCpuMs: cpuBetween(run, stop?.atMs ?? null),
    ...(ruleId === undefined ? {} : { ruleId }),
  };
}

const sinceOnset = (run: Run, atMs: number | null): number | null =>
  atMs === null ? null : atMs - run.onsetMs;

function cpuBetween(run: Run, stopMs: number | null): number {
  let startedAt: number | null = null;
  let atOnset = 0;
  let atEnd = 0;
  for (const record of run.records) {
    if (record.type !== 'tick') continue;
    startedAt ??= record.tick.at;
    const atMs = record.tick.at - startedAt;
    const cpuMs = record.tick.sample?.cpuMs ?? atEnd;
    if (atMs <= run.onsetMs) atOnset = cpuMs;
    atEnd = cpuMs;
    if (stopMs !== null && atMs >= stopMs) break;
  }
  return atEnd - atOnset;
}

/** The figures of one method for each family, in the order in which the families first appear. */
export function figuresByFamily(
  judged: readonly JudgedRun[],
  method: string,
): readonly FamilyFigures[] {
  const families = new Map<string, JudgedRun[]>();
  for (const one of judged) {
    const key = `${one.run.source} ${one.run.family}`;
    families.set(key, [...(families.get(key) ?? []), one]);
  }
  return [...families.values()].map((members) => familyFigures(members, method));
}

function familyFigures(members: readonly JudgedRun[], method: string): FamilyFigures {
  const verdicts = members.flatMap(({ verdicts }) => verdicts[method] ?? []);
  const stops = verdicts.flatMap(({ stopMs }) => stopMs ?? []);
  const alerts = verdicts.flatMap(({ alertMs }) => alertMs ?? []);
  const { family, kind, split, source } = (members[0] as JudgedRun).run;
  return {
    family,
    kind,
    split,
    source,
    runs: members.length,
    stopped: stops.length,
    alerted: alerts.length,
    medianStopSeconds: quantile(stops, 0.5),
    p90StopSeconds: quantile(stops, 0.9),
    medianAlertSeconds: quantile(alerts, 0.5),
    meanWastedCpuSeconds:
      verdicts.reduce((sum, { wastedCpuMs }) => sum + wastedCpuMs, 0) / 1000 / members.length,
  };
}

/** A quantile of times in ms, in seconds; null for none. */
export function quantile(timesMs: readonly number[], q: number): number | null {
  if (timesMs.length === 0) return null;
  const sorted = [...timesMs].sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? 0) / 1000;
}

/** The 95 % interval (Wilson) of a share seen as `hits` of `runs`, 0 to 1. */
export function wilson(hits: number, runs: number): readonly [number, number] {
  if (runs === 0) return [0, 1];
  const z = 1.96;
  const p = hits / runs;
  const middle = p + (z * z) / (2 * runs);
  const spread = z * Math.sqrt((p * (1 - p)) / runs + (z * z) / (4 * runs * runs));
  const scale = 1 + (z * z) / runs;
  return [Math.max(0, (middle - spread) / scale), Math.min(1, (middle + spread) / scale)];
}
