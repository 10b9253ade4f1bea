// Removes the oldest events, always a whole prefix, and leaves a signed marker that says so.

import { pruneText } from '../../core/evidence/checkpoint.ts';
import { LIMITS } from '../../core/limits.ts';
import type { EpochMs } from '../../core/time.ts';
import { Connection } from './connection.ts';
import { inTransaction } from './database.ts';
import { ofType } from './of-type.ts';
import type { DatabaseSync } from './sqlite.ts';
import { keepTally } from './tally.ts';

export interface PruneRequest {
  /** Events before this instant go. */
  readonly before: EpochMs;
  /** Failures before this instant stay until this one; absent: they go with the others. */
  readonly failuresBefore?: EpochMs;
  readonly now: EpochMs;
}

export interface Pruned {
  readonly eventCount: number;
  readonly sampleCount: number;
  /** The last event that was removed, 0 when none was. */
  readonly uptoSeq: number;
}

/**
 * Prunes the database at `path`, which may be in use. A run that has not ended keeps everything from its start on.
 *
 * @throws FlowForgeError FF_STORE_UNAVAILABLE, FF_STORE_NEWER, FF_KEY_INVALID
 */
export function pruneStore(path: string, request: PruneRequest): Pruned {
  const connection = new Connection(path, request.now);
  const { handle, logId } = connection.database;
  try {
    const signer = connection.signer();
    const pruned = inTransaction(handle, () => {
      const uptoSeq = edgeOf(handle, request);
      const sampleCount = removeSamples(handle, request.before);
      if (uptoSeq === 0) return { eventCount: 0, sampleCount, uptoSeq };
      const link = String(
        handle.prepare('SELECT link FROM events WHERE seq = ?').get(uptoSeq)?.['link'],
      );
      const count = handle.prepare('SELECT count(*) AS n FROM events WHERE seq <= ?').get(uptoSeq);
      const eventCount = Number(count?.['n']);
      const marker = { logId, seq: uptoSeq, link, at: request.now, eventCount };
      handle
        .prepare(
          'INSERT INTO prunes (upto_seq, link, event_count, at_ms, note) VALUES (?, ?, ?, ?, ?)',
        )
        .run(uptoSeq, link, eventCount, request.now, signer.note(pruneText(marker)));
      keepTally(handle, uptoSeq);
      handle.prepare('DELETE FROM events WHERE seq <= ?').run(uptoSeq);
      handle.prepare('DELETE FROM checkpoints WHERE seq < ?').run(uptoSeq);
      return { eventCount, sampleCount, uptoSeq };
    });
    giveBackSpace(handle);
    return pruned;
  } finally {
    connection.close();
  }
}

/**
 * Prunes by size: removes the oldest tenth, again and again, until the database is within `bytesMax`.
 *
 * @returns what was removed in all
 */
export function pruneToSize(path: string, bytesMax: number, now: EpochMs): Pruned {
  let total: Pruned = { eventCount: 0, sampleCount: 0, uptoSeq: 0 };
  for (let round = 0; round < LIMITS.pruneRoundsMax; round++) {
    const before = tenthOf(path, bytesMax, now);
    if (before === null) break;
    const pruned = pruneStore(path, { before, now });
    if (pruned.eventCount + pruned.sampleCount === 0) break;
    total = {
      eventCount: total.eventCount + pruned.eventCount,
      sampleCount: total.sampleCount + pruned.sampleCount,
      uptoSeq: Math.max(total.uptoSeq, pruned.uptoSeq),
    };
  }
  return total;
}

/** The last event of the prefix that may go: all of it is old, and it reaches into no run that has not ended. */
export function edgeOf(handle: DatabaseSync, { before, failuresBefore }: PruneRequest): number {
  const firstOf = (sql: string, ...values: number[]): number => {
    const row = handle.prepare(sql).get(...values);
    return Number(row?.['seq'] ?? Number.MAX_SAFE_INTEGER);
  };
  const firstYoung = firstOf('SELECT min(seq) AS seq FROM events WHERE at_ms >= ?', before);
  const firstUnfinished = firstOf(
    `SELECT min(s.seq) AS seq FROM events s WHERE ${ofType('run.started', 's')} AND NOT EXISTS
       (SELECT 1 FROM events e WHERE e.run_id = s.run_id AND e.type = 'run.ended')`,
  );
  const firstKeptFailure =
    failuresBefore === undefined
      ? Number.MAX_SAFE_INTEGER
      : firstOf(
          `SELECT min(r.seq) AS seq FROM events i JOIN events r ON r.run_id = i.run_id AND r.type = 'run.started'
           WHERE ${ofType('incident.opened', 'i')} AND i.at_ms >= ?`,
          failuresBefore,
        );
  const edge = Math.min(firstYoung, firstUnfinished, firstKeptFailure) - 1;
  const last = handle.prepare('SELECT max(seq) AS seq FROM events WHERE seq <= ?').get(edge);
  return Number(last?.['seq'] ?? 0);
}

function removeSamples(handle: DatabaseSync, before: EpochMs): number {
  return Number(handle.prepare('DELETE FROM samples WHERE at_ms < ?').run(before).changes);
}

/** Gives free pages back to the disk, and cuts the log. */
function giveBackSpace(handle: DatabaseSync): void {
  handle.prepare('PRAGMA incremental_vacuum').all();
  handle.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
}

/** The instant before which the oldest tenth of the events lies, or null when the database is within its size. */
function tenthOf(path: string, bytesMax: number, now: EpochMs): EpochMs | null {
  const connection = new Connection(path, now);
  try {
    const { handle } = connection.database;
    const size = handle
      .prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size')
      .get();
    if (Number(size?.['bytes']) <= bytesMax) return null;
    const row = handle
      .prepare(
        'SELECT at_ms FROM events ORDER BY seq LIMIT 1 OFFSET (SELECT count(*) / 10 FROM events)',
      )
      .get();
    return row ? ((Number(row['at_ms']) + 1) as EpochMs) : null;
  } finally {
    connection.close();
  }
}
