// Runs a command under a `flowforge run` of its own, as a user would, and reads from the database what became of it.
//
// A process of its own, not a guard within this one: the case ends as it ends for a user, with its real exit status;
// its output goes to its log byte for byte without passing here; a case that brings down its guard, or is meant to,
// does not bring down the pilot; and several do not share one event loop. The run is found in the database by the
// supervisor that recorded it, which is the very process that was started here: never from what was printed.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { ownCommand } from '../compose/installed.ts';
import { openEvidence, wallClock } from '../compose.ts';
import type { Config } from '../config/config.ts';
import type { FlowForgeEvent } from '../core/event.ts';
import type { Incident } from '../core/incident.ts';
import { LIMITS } from '../core/limits.ts';
import type { RunStory } from '../core/run-story.ts';
import type { EpochMs } from '../core/time.ts';
import type { EvidenceReader } from '../ports.ts';

export interface GuardedCase {
  /** Flags of `flowforge run`, without the database. */
  readonly flags: readonly string[];
  readonly argv: readonly string[];
  readonly logPath: string;
  readonly dbPath: string;
  readonly timeoutMs: number;
  /** The whole environment of FlowForge; ours where it is absent. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** How a case ended, as its parent saw it. */
export interface CaseEnd {
  /** As a shell tells it: 128 and the number of a signal where one ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly isTimedOut: boolean;
  readonly durationMs: number;
  readonly supervisorPid: number | null;
  readonly startedAt: EpochMs;
}

export interface RunningCase {
  readonly pid: number | null;
  readonly child: ChildProcess;
  readonly ended: Promise<CaseEnd>;
  /** Stops the command: asks first, insists, and kills at last. */
  stop(): void;
}

/** Starts a case. It ends by itself, when it is stopped, or when its time is over: never later. */
export function startCase(guarded: GuardedCase): RunningCase {
  const { flags, argv, logPath, dbPath, timeoutMs, environment } = guarded;
  const startedAt = wallClock();
  const began = performance.now();
  const log = openSync(logPath, 'w', 0o600);
  // Killed before it can stop its cases, a pilot leaves none of them running all the same.
  const args = ['run', '--end-with', `${process.pid}`, '--db', dbPath, ...flags, '--', ...argv];
  const [program, ...words] = ownCommand();
  const child = spawn(program, [...words, ...args], {
    stdio: ['ignore', log, log],
    ...(environment ? { env: environment } : {}),
  });
  closeSync(log);

  let isTimedOut = false;
  const timers: NodeJS.Timeout[] = [];
  const stop = (): void => {
    if (timers.length > 1) return;
    child.kill('SIGTERM');
    timers.push(
      setTimeout(() => child.kill('SIGTERM'), LIMITS.pilotStopMs / 2),
      setTimeout(() => child.kill('SIGKILL'), LIMITS.pilotStopMs),
    );
  };
  timers.push(
    setTimeout(() => {
      isTimedOut = true;
      stop();
    }, timeoutMs),
  );
  const ended = new Promise<CaseEnd>((resolve) => {
    const end = (exitCode: number | null, signal: string | null): void => {
      for (const timer of timers) clearTimeout(timer);
      const durationMs = performance.now() - began;
      const supervisorPid = child.pid ?? null;
      resolve({ exitCode, signal, isTimedOut, durationMs, supervisorPid, startedAt });
    };
    child.once('close', end);
    child.once('error', () => end(null, null));
  });
  return { pid: child.pid ?? null, child, ended, stop };
}

/** What the database knows of a case. */
export interface CaseRecord {
  readonly run: RunStory;
  readonly incidents: readonly Incident[];
  readonly decisions: readonly DecisionOf[];
  /** Orders that were carried out, with who gave them. */
  readonly completed: readonly {
    readonly action: string;
    readonly actor: string;
    readonly outcome: string;
  }[];
  /** How the last attempt was shown to be empty. */
  readonly proof: string | null;
}

interface DecisionOf {
  readonly ruleId: string | null;
  readonly intended: string;
  readonly applied: string;
  readonly reason: string;
  readonly contributions: readonly unknown[];
}

/** The record of a case, or null where its run never began. */
export function recordOf(reader: EvidenceReader, end: CaseEnd): CaseRecord | null {
  const since = (end.startedAt - 1) as EpochMs;
  const { items } = reader.runs({ since, limit: LIMITS.listMax });
  const run = items.find(({ supervisor }) => supervisor.pid === end.supervisorPid);
  if (!run) return null;
  const incidents = reader.incidents({ runId: run.runId, limit: LIMITS.listMax }).items;
  const events = reader.runEvents(run.runId);
  const decisions = events.flatMap((event) =>
    event.type === 'decision.made' ? [event.payload] : [],
  );
  const proof = events.findLast((event) => event.type === 'attempt.ended')?.payload.proof ?? null;
  return { run, incidents, decisions, completed: completedOrders(events), proof };
}

function completedOrders(events: readonly FlowForgeEvent[]): CaseRecord['completed'] {
  return events.flatMap((event) => {
    if (event.type !== 'action.completed') return [];
    const { intentId, action, outcome } = event.payload;
    const intent = events.find(
      (other) => other.type === 'action.intended' && other.payload.intentId === intentId,
    );
    const actor = intent?.type === 'action.intended' ? intent.payload.actor : '';
    return [{ action, actor, outcome }];
  });
}

/** Reads from a database other than the configured one, and lets go of it. */
export function readEvidence<T>(
  config: Config,
  dbPath: string,
  read: (reader: EvidenceReader) => T,
): T {
  const evidence = openEvidence({ ...config, dbPath });
  try {
    return read(evidence.reader);
  } finally {
    evidence.close();
  }
}
