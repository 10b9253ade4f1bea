// Counts events by what they say, from a sequence number on: counters that neither a restart sets back nor the removal
// of old events, whose counts are kept.

import { ACTION_SECONDS } from '../../core/action-seconds.ts';
import type { EventCount } from '../../ports.ts';
import { inSnapshot, lastSeqOf } from './database.ts';
import type { DatabaseSync } from './sqlite.ts';

const TOOK_MS = `CASE WHEN type = 'action.completed' THEN payload ->> 'durationMs' END`;
const WITHIN = ACTION_SECONDS.map((bound) => `WHEN ${TOOK_MS} <= ${bound * 1000} THEN ${bound}`);
const TALLY = `SELECT type, payload ->> 'action' AS action, payload ->> 'outcome' AS outcome,
  payload ->> 'exitReason' AS exit_reason, payload ->> 'ruleId' AS rule_id,
  coalesce(substr(payload ->> 'actor', 1, 8) = 'api-key:', 0) AS by_key, count(*) AS n,
  CASE ${WITHIN.join(' ')} END AS within_s, coalesce(sum(${TOOK_MS}), 0) / 1000.0 AS seconds
  FROM events WHERE seq > ? AND seq <= ? AND type <> 'decision.made' AND type IN
  ('run.ended', 'incident.opened', 'action.intended', 'action.completed', 'audit.noted', 'store.degraded')
  GROUP BY 1, 2, CASE WHEN type = 'action.completed' THEN outcome END, 4, 5, 6, within_s`;

const KEPT = 'pruned_tally';

/** What happened after `afterSeq`, and up to which event that was counted; from the start with what was removed since. */
export function tallyEvents(
  handle: DatabaseSync,
  afterSeq: number,
): { readonly upto: number; readonly counts: readonly EventCount[] } {
  // A prune in between would move counts from the one to the other.
  return inSnapshot(handle, () => {
    const upto = Math.max(afterSeq, lastSeqOf(handle));
    const removed = afterSeq === 0 ? removedCounts(handle) : [];
    return { upto, counts: [...removed, ...countsIn(handle, afterSeq, upto)] };
  });
}

/** Keeps the counts of the events up to `uptoSeq`, which are about to be removed. Within the caller's transaction. */
export function keepTally(handle: DatabaseSync, uptoSeq: number): void {
  const sums = new Map<string, EventCount>();
  for (const it of [...removedCounts(handle), ...countsIn(handle, 0, uptoSeq)]) {
    const key = JSON.stringify({ ...it, count: 0, seconds: 0 });
    const { count = 0, seconds = 0 } = sums.get(key) ?? {};
    sums.set(key, { ...it, count: it.count + count, seconds: it.seconds + seconds });
  }
  handle
    .prepare('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value')
    .run(KEPT, JSON.stringify([...sums.values()]));
}

function removedCounts(handle: DatabaseSync): readonly EventCount[] {
  const row = handle.prepare('SELECT value FROM meta WHERE name = ?').get(KEPT);
  return row ? (JSON.parse(String(row['value'])) as EventCount[]) : [];
}

const countsIn = (handle: DatabaseSync, after: number, upto: number): readonly EventCount[] =>
  upto > after ? handle.prepare(TALLY).all(after, upto).map(toCount) : [];

const textOrNull = (value: unknown): string | null => (value === null ? null : String(value));

const toCount = (row: Record<string, unknown>): EventCount => ({
  type: String(row['type']),
  action: textOrNull(row['action']),
  outcome: textOrNull(row['outcome']),
  exitReason: textOrNull(row['exit_reason']),
  ruleId: textOrNull(row['rule_id']),
  isByKey: Number(row['by_key']) === 1,
  count: Number(row['n']),
  withinSeconds: row['within_s'] === null ? null : Number(row['within_s']),
  seconds: Number(row['seconds']),
});
