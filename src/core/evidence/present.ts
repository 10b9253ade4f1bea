// Incidents in the names of the HTTP contract: snake case, RFC 3339, null for what is absent.

import type { Incident } from '../incident.ts';
import { type EpochMs, toTimestamp } from '../time.ts';

const timestampOrNull = (at: EpochMs | null): string | null =>
  at === null ? null : toTimestamp(at);

/** An incident as `GET /incidents` tells it. */
export function presentIncident(incident: Incident) {
  return {
    incident_id: incident.id,
    run_id: incident.runId,
    attempt: incident.attempt,
    status: incident.status,
    exit_reason: incident.exitReason,
    rule: incident.ruleId,
    title: incident.title,
    reason: incident.reason,
    outcome: incident.outcome,
    opened_at: toTimestamp(incident.openedAt),
    closed_at: timestampOrNull(incident.closedAt),
    pid: incident.pid,
    cpu_score: incident.scores?.cpu ?? null,
    entropy_score: incident.scores?.entropy ?? null,
    confidence_score: incident.scores?.confidence ?? null,
    verdict: incident.verdict,
    note: incident.note,
    actions: incident.actions.map(({ action, actor, reason, outcome, survivors, proof }) => ({
      action,
      actor,
      reason,
      outcome,
      survivors,
      proof,
    })),
  };
}
