// An incident is a fold of its events: finding → decision → action → outcome.

import type { RuleId, Scores } from './detection/finding.ts';
import type { TreeMember } from './detection/sample.ts';
import type {
  ActionOutcome,
  AuditAction,
  EmptyProof,
  FlowForgeEvent,
  SignalSent,
} from './event.ts';
import type { IncidentId, IntentId, RunId } from './id.ts';
import type { Actor, ExitReason } from './run.ts';
import type { EpochMs } from './time.ts';

/** One thing that was done about an incident, from its intent to its outcome. */
export interface IncidentAction {
  readonly intentId: IntentId;
  readonly action: AuditAction;
  readonly actor: Actor;
  readonly reason: string;
  readonly requestId: string | null;
  readonly at: EpochMs;
  /** null while it is under way. */
  readonly outcome: ActionOutcome | null;
  readonly detail: string;
  readonly signals: readonly SignalSent[];
  readonly survivors: readonly number[];
  readonly proof: EmptyProof | null;
  readonly durationMs: number | null;
}

/** The tree and the last output as they were before an action. */
export interface FrozenTree {
  readonly at: EpochMs;
  readonly members: readonly TreeMember[];
  readonly lastLines: readonly string[];
  readonly rssBytes: number;
  readonly cpuPercent: number;
}

/** One thing that went wrong. */
export interface Incident {
  readonly id: IncidentId;
  readonly runId: RunId | null;
  readonly attempt: number | null;
  readonly status: 'open' | 'closed';
  readonly openedAt: EpochMs;
  readonly closedAt: EpochMs | null;
  readonly exitReason: ExitReason;
  readonly ruleId: RuleId | null;
  readonly title: string;
  readonly reason: string;
  readonly pid: number | null;
  /** Of the opening, or of the latest escalation that had any. */
  readonly scores: Scores | null;
  readonly outcome: string | null;
  readonly verdict: 'right' | 'false-alarm' | null;
  readonly note: string;
  readonly decisionCount: number;
  readonly actions: readonly IncidentAction[];
  readonly tree: FrozenTree | null;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/**
 * The incident that `events` (its own, oldest first) tell of, or null when its opening is not among them:
 * an incident whose beginning was pruned is no longer known.
 */
export function foldIncident(events: readonly FlowForgeEvent[]): Incident | null {
  let incident: Incident | null = null;
  for (const event of events) incident = incident ? apply(incident, event) : open(event);
  return incident;
}

function open(event: FlowForgeEvent): Incident | null {
  if (event.type !== 'incident.opened' || event.incidentId === null) return null;
  const { ruleId, exitReason, title, reason, scores, pid } = event.payload;
  return {
    id: event.incidentId,
    runId: event.runId,
    attempt: event.attempt,
    status: 'open',
    openedAt: event.at,
    closedAt: null,
    exitReason,
    ruleId,
    title,
    reason,
    pid,
    scores,
    outcome: null,
    verdict: null,
    note: '',
    decisionCount: 0,
    actions: [],
    tree: null,
    firstSeq: event.seq,
    lastSeq: event.seq,
  };
}

function apply(before: Incident, event: FlowForgeEvent): Incident {
  const incident = { ...before, lastSeq: event.seq };
  switch (event.type) {
    case 'incident.escalated': {
      const { exitReason, title, reason, scores } = event.payload;
      return { ...incident, exitReason, title, reason, scores: scores ?? incident.scores };
    }
    case 'incident.closed': {
      const { outcome, exitReason } = event.payload;
      return { ...incident, status: 'closed', closedAt: event.at, outcome, exitReason };
    }
    case 'incident.answered':
      return { ...incident, verdict: event.payload.verdict, note: event.payload.note };
    case 'decision.made':
      return { ...incident, decisionCount: incident.decisionCount + 1 };
    case 'tree.frozen':
      return { ...incident, tree: { at: event.at, ...event.payload } };
    case 'action.intended':
      return { ...incident, actions: [...incident.actions, intend(event)] };
    case 'action.completed':
      return { ...incident, actions: incident.actions.map((action) => complete(action, event)) };
    default:
      return incident;
  }
}

const intend = (event: FlowForgeEvent & { readonly type: 'action.intended' }): IncidentAction => ({
  ...event.payload,
  at: event.at,
  outcome: null,
  detail: '',
  signals: [],
  survivors: [],
  proof: null,
  durationMs: null,
});

function complete(
  action: IncidentAction,
  { payload }: FlowForgeEvent & { readonly type: 'action.completed' },
): IncidentAction {
  if (action.intentId !== payload.intentId) return action;
  const { outcome, detail, signals, survivors, proof, durationMs } = payload;
  return { ...action, outcome, detail, signals, survivors, proof, durationMs };
}
