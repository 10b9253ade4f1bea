// A pilot: cases run under guard, each judged by what the evidence says of it. Every case is bounded in time, and
// whatever ends a pilot, nothing of it is left running.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Incident } from '../core/incident.ts';
import { LIMITS } from '../core/limits.ts';
import { type RunningCase, readEvidence, recordOf, startCase } from './guarded-case.ts';
import { put, writeIncidents, writeResult, writeSummary } from './pilot-artifacts.ts';
import type { PilotCase } from './pilot-file.ts';
import { type CaseResult, judge, unfinished } from './pilot-verdict.ts';

export interface PilotPlan {
  readonly title: string;
  readonly cases: readonly PilotCase[];
  /** Where the artifacts go; it exists. */
  readonly folder: string;
  readonly dbName: string;
  readonly caseTimeoutMs: number;
  /** Cases at the same time. */
  readonly jobs: number;
  readonly isShadow: boolean;
  /** Ends the pilot at the first case that is not as expected. */
  readonly endAtMismatch: boolean;
  /** Takes over what passed in the same folder before. */
  readonly resume: boolean;
}

export type PilotNews =
  | { readonly type: 'started'; readonly pilotCase: PilotCase }
  | { readonly type: 'ended'; readonly result: CaseResult };

export interface Pilot {
  readonly finished: Promise<PilotOutcome>;
  /** Stops what runs and starts no more; the summary is still written. */
  interrupt(): void;
}

export interface PilotOutcome {
  readonly results: readonly CaseResult[];
  readonly isInterrupted: boolean;
}

/** Starts a pilot; `tell` hears of every case. */
export function startPilot(
  config: Config,
  plan: PilotPlan,
  tell: (news: PilotNews) => void,
): Pilot {
  const running = new Set<RunningCase>();
  const results = new Map<string, CaseResult>(plan.resume ? passedBefore(plan) : []);
  const waiting = plan.cases.filter(({ name }) => !results.has(name));
  const stems = stemsOf(plan.cases);
  let isInterrupted = false;
  let isOver = false;

  const runOne = async (pilotCase: PilotCase): Promise<void> => {
    const stem = stems.get(pilotCase.name) ?? pilotCase.name;
    const guarded = startCase(guardedCase(plan, pilotCase, stem));
    running.add(guarded);
    tell({ type: 'started', pilotCase });
    const end = await guarded.ended;
    running.delete(guarded);
    const record = readEvidence(config, join(plan.folder, plan.dbName), (reader) =>
      recordOf(reader, end),
    );
    const judged = judge(pilotCase, end, record, plan.isShadow);
    const result = isInterrupted ? { ...judged, result: 'INTERRUPTED' as const } : judged;
    results.set(pilotCase.name, result);
    if (plan.endAtMismatch && result.result === 'FAIL') isOver = true;
    writeResult(plan.folder, stem, result);
    writeAll();
    tell({ type: 'ended', result });
  };
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next && !isOver; next = waiting.shift()) await runOne(next);
  };
  const inOrder = (): CaseResult[] =>
    plan.cases.map((it) => results.get(it.name) ?? unfinished(it, 'NOT RUN'));
  const writeAll = (): void => {
    const logs = [...stems.values()].map((stem) => `${stem}.log`);
    const { title, isShadow } = plan;
    writeSummary(plan.folder, { title, isShadow, isInterrupted, results: inOrder() }, logs);
    put(plan.folder, STATE, `${JSON.stringify(inOrder())}\n`);
  };

  const interrupt = (): void => {
    isInterrupted = true;
    isOver = true;
    for (const guarded of running) guarded.stop();
  };
  const finish = async (): Promise<PilotOutcome> => {
    try {
      await Promise.all(Array.from({ length: plan.jobs }, work));
    } finally {
      // Where one case could not be told, the others do not go on unattended.
      interruptLeft(running);
    }
    writeAll();
    writeIncidents(plan.folder, newestIncidents(config, join(plan.folder, plan.dbName)));
    return { results: inOrder(), isInterrupted };
  };
  return { finished: finish(), interrupt };
}

function interruptLeft(running: ReadonlySet<RunningCase>): void {
  for (const guarded of running) guarded.stop();
}

const newestIncidents = (config: Config, path: string): readonly Incident[] =>
  readEvidence(config, path, (reader) => reader.incidents({ limit: LIMITS.listMax }).items);

function guardedCase(plan: PilotPlan, pilotCase: PilotCase, stem: string) {
  const { maxCpu, argv, name, flags = [] } = pilotCase;
  const rollout = plan.isShadow ? ['--rollout', 'shadow'] : [];
  return {
    flags: ['--no-api', '--name', name, '--max-cpu', maxCpu, ...flags, ...rollout],
    argv,
    logPath: join(plan.folder, `${stem}.log`),
    dbPath: join(plan.folder, plan.dbName),
    timeoutMs: plan.caseTimeoutMs,
  };
}

/** Names of files for names of cases: what a file system or a shell might stumble over is replaced. */
export function stemsOf(cases: readonly PilotCase[]): ReadonlyMap<string, string> {
  const stems = new Map<string, string>();
  const taken = new Set<string>();
  for (const { name } of cases) {
    const plain = name.replace(/[^\w.-]+/g, '-').replace(/^[.-]+|-+$/g, '') || 'case';
    let stem = plain;
    for (let n = 2; taken.has(stem); n++) stem = `${plain}-${n}`;
    taken.add(stem);
    stems.set(name, stem);
  }
  return stems;
}

/** The cases that passed in this folder before, unless they have changed since. */
function passedBefore({ folder, cases }: PilotPlan): [string, CaseResult][] {
  const kept = readState(folder);
  return cases.flatMap((pilotCase) => {
    const before = kept.find(({ name }) => name === pilotCase.name);
    const asked = unfinished(pilotCase, 'NOT RUN');
    const isSame =
      before?.result === 'PASS' &&
      JSON.stringify([before.command, before.maxCpu, before.expected]) ===
        JSON.stringify([asked.command, asked.maxCpu, asked.expected]);
    return isSame ? [[pilotCase.name, before] as [string, CaseResult]] : [];
  });
}

/** What `--resume` goes on from. */
const STATE = 'pilot-state.json';

function readState(folder: string): readonly CaseResult[] {
  const path = join(folder, STATE);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
}
