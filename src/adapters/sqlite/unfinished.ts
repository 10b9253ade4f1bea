// Finds runs that began and never ended: what recovery has to look at.

import type { FlowForgeEvent } from '../../core/event.ts';
import type { UnfinishedRun } from '../../core/evidence/readings.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Leader } from '../../core/run-story.ts';
import { tellRun } from '../../core/run-story.ts';
import { ofType } from './of-type.ts';
import type { DatabaseSync } from './sqlite.ts';

/** Runs without an end, oldest first. Some of them may be running: their supervisors tell. */
export function findUnfinished(
  handle: DatabaseSync,
  eventsOf: (runId: string) => readonly FlowForgeEvent[],
): readonly UnfinishedRun[] {
  return handle
    .prepare(
      `SELECT s.run_id AS run_id FROM events s WHERE ${ofType('run.started', 's')} AND NOT EXISTS
         (SELECT 1 FROM events e WHERE e.run_id = s.run_id AND e.type = 'run.ended')
       ORDER BY s.seq LIMIT ?`,
    )
    .all(LIMITS.listMax)
    .flatMap((row) => toUnfinished(eventsOf(String(row['run_id']))) ?? []);
}

function toUnfinished(events: readonly FlowForgeEvent[]): UnfinishedRun | null {
  const story = tellRun(events);
  if (!story) return null;
  const intents = new Map<string, UnfinishedRun['openIntents'][number]>();
  const incidentIds = new Set<string>();
  const leaders: Leader[] = [];
  for (const event of events) {
    switch (event.type) {
      case 'attempt.started':
        leaders.push({ attempt: event.attempt ?? leaders.length + 1, ...event.payload });
        break;
      case 'action.intended':
        intents.set(event.payload.intentId, event);
        break;
      case 'action.completed':
        intents.delete(event.payload.intentId);
        break;
      case 'incident.opened':
        if (event.incidentId) incidentIds.add(event.incidentId);
        break;
      case 'incident.closed':
        if (event.incidentId) incidentIds.delete(event.incidentId);
        break;
      default:
    }
  }
  return {
    story,
    leaders,
    openIntents: [...intents.values()],
    openIncidentIds: [...incidentIds],
  };
}
