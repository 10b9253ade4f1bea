// Counts events by what they say, from a sequence number on: counters that a restart does not set back.

import type { EventCount } from '../../ports.ts';
import type { DatabaseSync } from './sqlite.ts';

const TALLY = `SELECT type, payload ->> 'action' AS action, payload ->> 'outcome' AS outcome,
  payload ->> 'exitReason' AS exit_reason, payload ->> 'ruleId' AS rule_id,
  coalesce(substr(payload ->> 'actor', 1, 8) = 'api-key:', 0) AS by_key, count(*) AS n
  FROM events WHERE seq > ? AND seq <= ? AND type IN
  ('run.ended', 'incident.opened', 'action.intended', 'action.completed', 'audit.noted', 'store.degraded')
  GROUP BY 1, 2, CASE WHEN type = 'action.completed' THEN outcome END, 4, 5, 6`;

/** What happened after `afterSeq`, and up to which event that was counted. */
export function tallyEvents(
  handle: DatabaseSync,
  afterSeq: number,
): { readonly upto: number; readonly counts: readonly EventCount[] } {
  const last = handle.prepare('SELECT max(seq) AS seq FROM events').get();
  const upto = Math.max(afterSeq, Number(last?.['seq'] ?? 0));
  const rows = upto > afterSeq ? handle.prepare(TALLY).all(afterSeq, upto) : [];
  return { upto, counts: rows.map(toCount) };
}

const textOrNull = (value: unknown): string | null => (value === null ? null : String(value));

const toCount = (row: Record<string, unknown>): EventCount => ({
  type: String(row['type']),
  action: textOrNull(row['action']),
  outcome: textOrNull(row['outcome']),
  exitReason: textOrNull(row['exit_reason']),
  ruleId: textOrNull(row['rule_id']),
  isByKey: Number(row['by_key']) === 1,
  count: Number(row['n']),
});
