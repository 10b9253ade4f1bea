// The labelled corpus is a promise: what is recorded as healthy is never stopped, what is recorded as a
// runaway is, in time. A false alarm reported by a user becomes a trace here.

import { describe, expect, it } from 'vitest';
import { loadCorpus, type Run } from '../bench/detection/corpus.ts';
import { replayTrace } from '../src/core/detection/replay.ts';
import { PROFILE_POLICIES, type ProfileName } from '../src/core/policy/policy.ts';
import { TRACE_FORMAT, TRACE_VERSION } from '../src/core/trace/trace.ts';

const SEEDS = 3;
const corpus = loadCorpus(SEEDS);
const healthy = corpus.filter((run) => run.kind === 'healthy');
const runaways = corpus.filter((run) => run.kind !== 'healthy' && run.kind !== 'flood');

/** Seconds from the onset within which a runaway of a kind is stopped at profile standard. */
const STOPPED_WITHIN: Readonly<Record<string, number>> = {
  'busy-loop': 40,
  'retry-storm': 900,
  'agent-loop': 100,
  memory: 40,
  processes: 20,
};

const HEADER = {
  format: TRACE_FORMAT,
  version: TRACE_VERSION,
  text: 'full',
  cores: 2,
  about: {},
} as const;

function replay(run: Run, profile: ProfileName) {
  const policy = PROFILE_POLICIES[profile];
  const limits = { ...policy.limits, ...run.limits };
  return replayTrace({ header: HEADER, records: run.records }, { ...policy, limits });
}

const exitReason = (run: Run) => replay(run, 'standard').stop?.decision.finding?.exitReason;

describe('the corpus', () => {
  it('holds at least twelve families of runaways and twenty of healthy work, recorded live', () => {
    const families = (runs: readonly Run[]) =>
      new Set(runs.filter((run) => run.source === 'recorded').map((run) => run.family)).size;
    expect(families(corpus.filter((run) => run.kind !== 'healthy'))).toBeGreaterThanOrEqual(12);
    expect(families(healthy)).toBeGreaterThanOrEqual(20);
  });

  it.each(['standard', 'heavy', 'light'] as const)(
    'has no healthy run that %s stops',
    (profile) => {
      const stopped = healthy.filter((run) => replay(run, profile).stop !== null);
      expect(stopped.map((run) => run.name)).toEqual([]);
    },
  );

  it('has no runaway that is not stopped in time, or stopped before it is one', () => {
    const late = runaways.filter((run) => {
      const stopMs = replay(run, 'standard').stop?.atMs ?? Number.POSITIVE_INFINITY;
      const sinceOnset = (stopMs - run.onsetMs) / 1000;
      return sinceOnset < 0 || sinceOnset > (STOPPED_WITHIN[run.kind] ?? 0);
    });
    expect(late.map((run) => run.name)).toEqual([]);
  });

  it('has an alert for a flood of output', () => {
    const floods = corpus.filter((run) => run.kind === 'flood');
    expect(floods.length).toBeGreaterThan(0);
    for (const run of floods) expect(replay(run, 'standard').alert).not.toBeNull();
  });

  it('ends each kind of runaway for its own reason', () => {
    const reasons = (kind: string) =>
      new Set(runaways.filter((run) => run.kind === kind).map(exitReason));
    expect(reasons('busy-loop')).toEqual(new Set(['LOOP_DETECTED']));
    expect(reasons('retry-storm')).toEqual(new Set(['LOOP_DETECTED']));
    expect(reasons('agent-loop')).toEqual(new Set(['LOOP_DETECTED']));
    expect(reasons('processes')).toEqual(new Set(['FORK_STORM_DETECTED']));
  });
});
