// The timeline: every event as one line a person can read, in the names of the HTTP contract.

import type { AuditAction, EventType, FlowForgeEvent } from './event.ts';
import { describeExit } from './run.ts';
import { toTimestamp } from './time.ts';

/** What kinds of items there are; each event is of exactly one. */
export const TIMELINE_TYPES = ['incident', 'audit', 'decision', 'lifecycle'] as const;
export type TimelineType = (typeof TIMELINE_TYPES)[number];

/** One item of `GET /timeline`. Absent values are null. */
export interface TimelineItem {
  readonly seq: number;
  readonly event_id: string;
  readonly run_id: string | null;
  readonly attempt: number | null;
  readonly incident_id: string | null;
  readonly type: TimelineType;
  /** The exact event, for programs: `action.completed`. */
  readonly event_type: EventType;
  /** RFC 3339, UTC, milliseconds. */
  readonly timestamp: string;
  readonly title: string;
  readonly summary: string;
  readonly reason: string | null;
  readonly actor: string | null;
  readonly action: string | null;
  readonly pid: number | null;
  readonly cpu_score: number | null;
  readonly entropy_score: number | null;
  readonly confidence_score: number | null;
  /** The rest of what the event says. */
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** Of which kind an event is on the timeline. */
export const TIMELINE_TYPE_OF: Readonly<Record<EventType, TimelineType>> = {
  'run.started': 'lifecycle',
  'attempt.started': 'lifecycle',
  'attempt.failed': 'lifecycle',
  'leader.exited': 'lifecycle',
  'attempt.ended': 'lifecycle',
  'run.ended': 'lifecycle',
  'run.paused': 'lifecycle',
  'run.resumed': 'lifecycle',
  'restart.scheduled': 'lifecycle',
  'store.degraded': 'lifecycle',
  'store.recovered': 'lifecycle',
  'tree.frozen': 'incident',
  'incident.opened': 'incident',
  'incident.escalated': 'incident',
  'incident.closed': 'incident',
  'incident.answered': 'incident',
  'decision.made': 'decision',
  'action.intended': 'audit',
  'action.completed': 'audit',
  'audit.noted': 'audit',
};

/** What an item says beyond the stamp of its event. */
interface Telling {
  readonly title: string;
  readonly summary: string;
  readonly reason?: string;
  readonly actor?: string;
  readonly action?: AuditAction | string;
  readonly pid?: number | null;
}

/** The event as an item of the timeline. */
export function toTimelineItem(event: FlowForgeEvent): TimelineItem {
  const telling = tell(event);
  const scores = 'scores' in event.payload ? event.payload.scores : null;
  return {
    seq: event.seq,
    event_id: event.eventId,
    run_id: event.runId,
    attempt: event.attempt,
    incident_id: event.incidentId,
    type: TIMELINE_TYPE_OF[event.type],
    event_type: event.type,
    timestamp: toTimestamp(event.at),
    title: telling.title,
    summary: telling.summary,
    reason: telling.reason ?? null,
    actor: telling.actor ?? null,
    action: telling.action ?? null,
    pid: telling.pid ?? null,
    cpu_score: scores?.cpu ?? null,
    entropy_score: scores?.entropy ?? null,
    confidence_score: scores?.confidence ?? null,
    evidence: { ...event.payload },
  };
}

function tell(event: FlowForgeEvent): Telling {
  switch (TIMELINE_TYPE_OF[event.type]) {
    case 'incident':
      return tellIncident(event);
    case 'audit':
    case 'decision':
      return tellAction(event);
    case 'lifecycle':
      return tellLifecycle(event);
  }
}

function tellIncident(event: FlowForgeEvent): Telling {
  switch (event.type) {
    case 'incident.opened': {
      const { title, exitReason, reason, pid } = event.payload;
      return { title, summary: `${exitReason}: ${reason}`, reason, pid };
    }
    case 'incident.escalated': {
      const { title, exitReason, reason } = event.payload;
      return { title, summary: `now ${exitReason}: ${reason}`, reason };
    }
    case 'incident.closed': {
      const { outcome, exitReason } = event.payload;
      return { title: 'Incident closed', summary: `${exitReason}: ${outcome}`, reason: outcome };
    }
    case 'incident.answered': {
      const { verdict, note, actor = 'operator' } = event.payload;
      const said = verdict === 'right' ? 'FlowForge was right' : 'A false alarm';
      return { title: said, summary: note || said, reason: note, actor };
    }
    case 'tree.frozen': {
      const { members, lastLines } = event.payload;
      const summary = `${processes(members.length)} and the last ${lastLines.length} lines kept`;
      return { title: 'Evidence frozen', summary };
    }
    default:
      return { title: event.type, summary: '' };
  }
}

function tellAction(event: FlowForgeEvent): Telling {
  switch (event.type) {
    case 'action.intended': {
      const { action, actor, reason } = event.payload;
      return { title: action, summary: reason, reason, actor, action };
    }
    case 'action.completed': {
      const { action, outcome, detail, survivors } = event.payload;
      const left = survivors.length > 0 ? `, ${survivors.length} survivors` : '';
      const summary = `${outcome}${left}${detail ? `: ${detail}` : ''}`;
      return { title: `${action} ${outcome}`, summary, reason: detail, action };
    }
    case 'audit.noted': {
      const { action, actor, reason } = event.payload;
      return { title: action, summary: reason, reason, actor, action };
    }
    case 'decision.made': {
      const { intended, applied, suppressedBy, reason, scores } = event.payload;
      const held = suppressedBy ? ` (wanted ${intended}, held back by ${suppressedBy})` : '';
      const figures = `CPU ${round(scores.cpu)} · entropy ${round(scores.entropy)} · confidence ${round(scores.confidence)}`;
      return { title: `Decided: ${applied}${held}`, summary: figures, reason, action: applied };
    }
    default:
      return { title: event.type, summary: '' };
  }
}

function tellLifecycle(event: FlowForgeEvent): Telling {
  switch (event.type) {
    case 'run.started':
      return { title: 'Run started', summary: event.payload.argv.join(' ') };
    case 'run.ended': {
      const { exitReason, durationMs, reason } = event.payload;
      const summary = `${exitReason} after ${seconds(durationMs)}`;
      return { title: 'Run ended', summary, reason };
    }
    case 'run.paused':
      return { title: 'Paused', summary: processes(event.payload.processCount) };
    case 'run.resumed':
      return { title: 'Resumed', summary: processes(event.payload.processCount) };
    case 'restart.scheduled': {
      const { delayMs, used, allowed } = event.payload;
      const summary = `restart ${used} of ${allowed} in ${seconds(delayMs)}`;
      return { title: 'Restart scheduled', summary };
    }
    case 'store.degraded':
      return { title: 'The database refuses writes', summary: event.payload.message };
    case 'store.recovered': {
      const { replayed, lost } = event.payload;
      return { title: 'The database is back', summary: `${replayed} replayed, ${lost} lost` };
    }
    default:
      return tellAttempt(event);
  }
}

function tellAttempt(event: FlowForgeEvent): Telling {
  switch (event.type) {
    case 'attempt.started': {
      const { pid, containment } = event.payload;
      return { title: 'Started', summary: `pid ${pid}, containment ${containment}`, pid };
    }
    case 'attempt.failed': {
      const { code, message } = event.payload;
      return { title: 'Could not start', summary: `${code}: ${message}`, reason: message };
    }
    case 'leader.exited': {
      const { pid, exit } = event.payload;
      return { title: 'Command exited', summary: describeExit(exit), pid };
    }
    case 'attempt.ended': {
      const { exit, durationMs, survivors } = event.payload;
      const how = exit ? describeExit(exit) : 'no exit status';
      const summary = `${how} after ${seconds(durationMs)}, ${survivors.length} survivors`;
      return { title: 'Ended', summary };
    }
    default:
      return { title: event.type, summary: '' };
  }
}

const round = (score: number): string => String(Math.round(score));

const seconds = (durationMs: number): string => `${(durationMs / 1000).toFixed(1)} s`;

const processes = (count: number): string => `${count} ${count === 1 ? 'process' : 'processes'}`;
