// Tuning: replays recorded runs over a grid of profiles and limits, and says which suits. It takes seconds, because
// nothing is run: what a detector was given once is given to it again.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { replayTrace } from '../core/detection/replay.ts';
import { FlowForgeError } from '../core/error.ts';
import { LIMITS } from '../core/limits.ts';
import {
  type Policy,
  PROFILE_POLICIES,
  PROFILES,
  type ProfileName,
} from '../core/policy/policy.ts';
import { parseTrace } from '../core/trace/trace-parser.ts';
import type { EvidenceReader } from '../ports.ts';

/** Limits of CPU that are tried, in percent of one core. */
export const CPU_LIMITS = [30, 40, 50, 60, 80] as const;

export interface TuneTrace {
  readonly name: string;
  readonly text: string;
  /** Whether the run should be stopped; null where nobody said. */
  readonly isRunaway: boolean | null;
  /** When it began to go wrong, in ms from its start. */
  readonly onsetMs: number;
}

/** One trace under one setting. */
export interface TuneResult {
  readonly profile: ProfileName;
  readonly maxCpuPercent: number;
  readonly trace: string;
  readonly isRunaway: boolean | null;
  readonly exitReason: string | null;
  readonly ruleId: string | null;
  /** From the onset to the stop; of healthy work from its start. null: not stopped. */
  readonly stopAfterMs: number | null;
  readonly alertAfterMs: number | null;
}

/** One setting over all traces. */
export interface TuneSetting {
  readonly profile: ProfileName;
  readonly maxCpuPercent: number;
  readonly runaways: number;
  readonly stopped: number;
  readonly healthy: number;
  readonly falseStops: number;
  readonly medianStopMs: number | null;
}

/**
 * The traces in a folder, oldest name first.
 * @param leaveOut names of traces that are not read
 * @throws FlowForgeError FF_USAGE where it cannot be read
 */
export function readTraces(
  folder: string,
  leaveOut: ReadonlyMap<string, unknown> = new Map(),
): readonly TuneTrace[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.trace') && !leaveOut.has(basename(name, '.trace')))
      .sort()
      .slice(-LIMITS.tuneTracesMax)
      .map((name) => labelled(name, readFileSync(join(folder, name), 'utf8')));
  } catch (cause) {
    throw new FlowForgeError('FF_USAGE', `cannot read the traces in ${folder}`, {
      cause,
      hint: 'A trace is written by `flowforge run --record`; name their folder with --traces.',
    });
  }
}

/** A trace with what it says of itself: `about.kind`, or the first word of its name. */
function labelled(name: string, text: string): TuneTrace {
  const { about } = parseTrace(text).header;
  const kind = about['kind'] ?? /^(healthy|runaway)-/.exec(name)?.[1];
  const isRunaway = kind === undefined ? null : kind !== 'healthy';
  return { name: basename(name, '.trace'), text, isRunaway, onsetMs: onsetOf(about) };
}

/** What ended with one of these went wrong by itself; others ended it for reasons of their own. */
const RUNAWAY_REASON = /_DETECTED$/;

/**
 * A recorded run with what its evidence says: completed is healthy, stopped by a rule is a runaway, unless a person
 * called that a false alarm. Whatever else became of it says nothing.
 */
export function labelByEvidence(trace: TuneTrace, reader: EvidenceReader): TuneTrace {
  if (trace.isRunaway !== null) return trace;
  const reason = reader.run(trace.name)?.exitReason ?? null;
  if (reason === 'COMPLETED') return { ...trace, isRunaway: false };
  if (reason === null || !RUNAWAY_REASON.test(reason)) return trace;
  const { items } = reader.incidents({ runId: trace.name });
  return { ...trace, isRunaway: !items.some(({ verdict }) => verdict === 'false-alarm') };
}

const onsetOf = (about: Readonly<Record<string, string | number>>): number =>
  1000 * Number(about['onsetSeconds'] ?? 0);

/** Every setting of the grid, tightest limit first. */
export const tuneGrid = (): readonly (readonly [ProfileName, number])[] =>
  PROFILES.flatMap((profile) => CPU_LIMITS.map((limit) => [profile, limit] as const));

/** Replays one trace under one setting; whatever else the policy says stays. */
export function tuneOne(
  trace: TuneTrace,
  profile: ProfileName,
  maxCpuPercent: number,
  base: Policy,
): TuneResult {
  const { limits } = base;
  const policy: Policy = {
    ...PROFILE_POLICIES[profile],
    rollout: 'enforce',
    limits: { ...limits, maxCpuPercent },
  };
  const { stop, alert } = replayTrace(parseTrace(trace.text), policy);
  const since = (atMs: number): number => Math.max(0, atMs - trace.onsetMs);
  return {
    profile,
    maxCpuPercent,
    trace: trace.name,
    isRunaway: trace.isRunaway,
    exitReason: stop?.decision.finding?.exitReason ?? null,
    ruleId: stop?.decision.finding?.ruleId ?? null,
    stopAfterMs: stop ? since(stop.atMs) : null,
    alertAfterMs: alert ? since(alert.atMs) : null,
  };
}

/** What each setting of the grid came to, in the order of the grid. */
export function summariseTuning(results: readonly TuneResult[]): readonly TuneSetting[] {
  return tuneGrid().flatMap(([profile, maxCpuPercent]) => {
    const of = results.filter((it) => it.profile === profile && it.maxCpuPercent === maxCpuPercent);
    const runaways = of.filter(({ isRunaway }) => isRunaway === true);
    const healthy = of.filter(({ isRunaway }) => isRunaway === false);
    const stops = runaways.flatMap(({ stopAfterMs }) => stopAfterMs ?? []);
    const setting: TuneSetting = {
      profile,
      maxCpuPercent,
      runaways: runaways.length,
      stopped: stops.length,
      healthy: healthy.length,
      falseStops: healthy.filter(({ stopAfterMs }) => stopAfterMs !== null).length,
      medianStopMs: median(stops),
    };
    return of.length === 0 ? [] : [setting];
  });
}

/**
 * The setting to use: fewest false stops, then most runaways stopped, then soonest. Of equals the higher limit and
 * the more patient profile, for both err on the side of leaving work alone.
 */
export function recommend(settings: readonly TuneSetting[]): TuneSetting | null {
  const rank = (it: TuneSetting): readonly number[] => [
    it.falseStops,
    -it.stopped,
    it.medianStopMs ?? Number.POSITIVE_INFINITY,
    -it.maxCpuPercent,
    PROFILES.indexOf(it.profile),
  ];
  const compare = (a: TuneSetting, b: TuneSetting): number => {
    const [left, right] = [rank(a), rank(b)];
    const at = left.findIndex((value, i) => value !== right[i]);
    return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
  };
  return [...settings].sort(compare)[0] ?? null;
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
