// Every fact FlowForge can record, in the past tense. Append-only: an event is never changed.
// Incidents, audit, decisions, runs and the timeline are views of these.

import type { Contribution, Evidence, RuleId, Scores } from './detection/finding.ts';
import type { TreeMember } from './detection/sample.ts';
import type { EventId, IncidentId, IntentId, RunId } from './id.ts';
import type { Action } from './policy/action.ts';
import type { ProfileName } from './policy/policy.ts';
import type { Rollout } from './policy/rollout.ts';
import type { Actor, Containment, ExitReason, ExitStatus } from './run.ts';
import type { EpochMs, MonotonicMs } from './time.ts';

/** What can be ordered of a run, in the words of the audit. */
export const AUDIT_ACTIONS = [
  'STOP',
  'KILL',
  'AUTO_STOP',
  'AUTO_KILL',
  'RESTART',
  'AUTO_RESTART',
  'RESTART_BLOCKED',
  'PAUSE',
  'AUTO_PAUSE',
  'RESUME',
  'AUTO_RESUME',
  'TERMINATE',
  'ORPHAN_REAPED',
  'AUTH_REFUSED',
  'CONFIG_CHANGED',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** What became of an ordered action. `unknown`: FlowForge was gone before it could tell. */
export type ActionOutcome = 'done' | 'failed' | 'unknown';

/** How a tree was shown to be empty: by the kernel (`echild`), by the end of its namespace, or by looking. */
export type EmptyProof = 'echild' | 'pidns' | 'scan';

/** Whether nothing is left, and how that is known, as a person reads it. */
export function emptiedInWords(proof: EmptyProof | null): string {
  return proof ? `the tree is empty (${PROOFS[proof]})` : 'the tree was not emptied';
}

const PROOFS: Readonly<Record<EmptyProof, string>> = {
  echild: 'the kernel says so',
  pidns: 'its process namespace has ended',
  scan: 'a search found none of it',
};

/** One signal sent, and what the kernel answered. */
export interface SignalSent {
  readonly pid: number;
  readonly signal: string;
  readonly result: 'sent' | 'gone' | 'refused' | 'not-ours';
}

/** Whose supervisor runs a job, so that recovery can tell whether it is gone. */
export interface SupervisorIdentity {
  readonly pid: number;
  readonly startTicks: number;
}

interface Facts {
  'run.started': {
    readonly argv: readonly string[];
    readonly cwd: string;
    readonly name: string | null;
    readonly jobKey: string;
    readonly profile: ProfileName;
    readonly rollout: Rollout;
    /** What counts as busy, in percent of one core; absent in older records. */
    readonly maxCpuPercent?: number;
    /** null: no limit; absent in older records. */
    readonly maxMemoryBytes?: number | null;
    /** Confidence that raises an alert and that stops; absent in older records. */
    readonly alertAt?: number;
    readonly stopAt?: number;
    readonly version: string;
    readonly supervisor: SupervisorIdentity;
  };
  'attempt.started': {
    readonly pid: number;
    readonly startTicks: number;
    readonly containment: Containment;
  };
  'attempt.failed': { readonly code: string; readonly message: string };
  'leader.exited': { readonly pid: number; readonly exit: ExitStatus };
  'attempt.ended': {
    readonly exit: ExitStatus | null;
    readonly durationMs: number;
    readonly proof: EmptyProof | null;
    readonly survivors: readonly number[];
    readonly cpuMs: number;
    readonly cpuPeakPercent: number;
    readonly rssPeakBytes: number;
    readonly outputBytes: number;
    readonly outputLines: number;
    /** Bytes that passed by without being analysed. */
    readonly skippedBytes: number;
  };
  'run.ended': {
    readonly exitReason: ExitReason;
    readonly exit: ExitStatus | null;
    readonly exitCode: number;
    readonly durationMs: number;
    readonly attempts: number;
    readonly cpuPeakPercent: number;
    readonly survivors: number;
    readonly reason: string;
  };
  'run.paused': { readonly processCount: number };
  'run.resumed': { readonly processCount: number };
  'decision.made': {
    readonly ruleId: RuleId | null;
    /** What the run would be said to have ended of; absent in older records. */
    readonly exitReason?: ExitReason | null;
    readonly scores: Scores;
    readonly intended: Action;
    readonly applied: Action;
    readonly suppressedBy: string | null;
    readonly reason: string;
    readonly contributions: readonly Contribution[];
    readonly evidence: Evidence;
  };
  'incident.opened': {
    readonly ruleId: RuleId | null;
    readonly exitReason: ExitReason;
    readonly title: string;
    readonly reason: string;
    readonly scores: Scores | null;
    readonly pid: number | null;
  };
  'incident.escalated': {
    readonly exitReason: ExitReason;
    readonly title: string;
    readonly reason: string;
    readonly scores: Scores | null;
  };
  'incident.closed': { readonly outcome: string; readonly exitReason: ExitReason };
  'incident.answered': {
    readonly verdict: 'right' | 'false-alarm';
    readonly note: string;
    readonly actor?: Actor;
  };
  'tree.frozen': {
    readonly members: readonly TreeMember[];
    readonly lastLines: readonly string[];
    readonly rssBytes: number;
    readonly cpuPercent: number;
  };
  'action.intended': {
    readonly intentId: IntentId;
    readonly action: AuditAction;
    readonly actor: Actor;
    readonly reason: string;
    readonly requestId: string | null;
  };
  'action.completed': {
    readonly intentId: IntentId;
    readonly action: AuditAction;
    readonly outcome: ActionOutcome;
    readonly detail: string;
    readonly signals: readonly SignalSent[];
    readonly survivors: readonly number[];
    readonly proof: EmptyProof | null;
    readonly durationMs: number;
  };
  /** An audited fact that orders nothing of a run: a refused key, a changed configuration. */
  'audit.noted': {
    readonly action: AuditAction;
    readonly actor: Actor;
    readonly reason: string;
    readonly requestId: string | null;
  };
  'restart.scheduled': {
    readonly delayMs: number;
    readonly used: number;
    readonly allowed: number;
  };
  'store.degraded': { readonly message: string };
  'store.recovered': { readonly replayed: number; readonly lost: number };
}

export type EventType = keyof Facts;

/** What happened, without the stamp: its type and its payload. */
export type Fact = {
  [T in EventType]: { readonly type: T; readonly payload: Facts[T] };
}[EventType];

/** A fact of a given type. */
export type FactOf<T extends EventType> = Extract<Fact, { type: T }>;

/** Where and when a fact happened. */
export interface Stamp {
  readonly eventId: EventId;
  readonly hostId: string;
  readonly bootId: string;
  readonly runId: RunId | null;
  /** 1 for the first attempt; null for facts of the whole run. */
  readonly attempt: number | null;
  readonly incidentId: IncidentId | null;
  /** Version of the payload's shape. */
  readonly version: 1;
  readonly at: EpochMs;
  readonly monotonicAt: MonotonicMs;
}

/** A recorded fact. `seq` is given by the store and orders all events of one database. */
export type FlowForgeEvent = Fact & Stamp & { readonly seq: number };

/** A fact that is stamped but not yet stored. */
export type UnstoredEvent = Fact & Stamp;

/**
 * Facts that may wait for the next commit: none of them is acted upon, and whatever urgent follows carries them along.
 * All others (intents, outcomes, incidents, audit, the starts and ends of runs, the proof that a tree is empty, restarts) are durable when recorded.
 */
const PATIENT: readonly EventType[] = [
  'decision.made',
  'run.paused',
  'run.resumed',
  'tree.frozen',
  'attempt.started',
  'leader.exited',
];

/** Whether a fact must be durable before the program goes on. */
export const isUrgent = (type: EventType): boolean => !PATIENT.includes(type);
