// Readings in the database: written as they come, made coarser as they age but where an incident is understood by them.

import type { StoredSample } from '../../core/detection/sample.ts';
import { LIMITS } from '../../core/limits.ts';
import { type EpochMs, epochMs } from '../../core/time.ts';
import type { KeptSample } from '../../ports.ts';
import type { TimedSample } from './sample-thinning.ts';
import type { DatabaseSync, StatementSync } from './sqlite.ts';

const FIGURES: readonly [keyof StoredSample, string][] = [
  ['cpuPercent', 'cpu_percent'],
  ['demandPercent', 'demand_percent'],
  ['rssBytes', 'rss_bytes'],
  ['processCount', 'process_count'],
  ['outputBytesPerSecond', 'output_bytes_per_second'],
  ['outputLinesPerSecond', 'output_lines_per_second'],
  ['cpuScore', 'cpu_score'],
  ['entropyScore', 'entropy_score'],
  ['confidenceScore', 'confidence_score'],
];
const COLUMNS = FIGURES.map(([, column]) => column).join(', ');
const PLACES = FIGURES.map(() => '?').join(', ');
const IS_TO_ROLL_UP = 'is_of_incident = 0 AND period_s = ?';

export class SampleTable {
  readonly #handle: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #keepFine: StatementSync;

  constructor(handle: DatabaseSync) {
    this.#handle = handle;
    this.#insert = handle.prepare(
      `INSERT OR REPLACE INTO samples (run_id, at_ms, attempt, period_s, ${COLUMNS}) VALUES (?, ?, ?, 1, ${PLACES})`,
    );
    this.#keepFine = handle.prepare(
      'UPDATE samples SET is_of_incident = 1 WHERE run_id = ? AND at_ms BETWEEN ? AND ? AND period_s = 1',
    );
  }

  /** Within the caller's transaction. */
  insert(samples: readonly TimedSample[]): void {
    for (const { runId, attempt, at, sample } of samples) {
      const figures = FIGURES.map(([figure]) => sample[figure]);
      this.#insert.run(runId, Math.round(at), attempt, ...figures);
    }
  }

  /** Keeps the readings of a run as they are, those of the last LIMITS.fineSamplesMs. Within the caller's transaction. */
  keepFine(runId: string, atMs: number): void {
    this.#keepFine.run(runId, atMs - LIMITS.fineSamplesMs, atMs);
  }

  /** Makes old readings coarser, a bounded number of them. Within the caller's transaction. */
  rollUp(now: EpochMs): void {
    this.#coarsen(1, 10, now - LIMITS.fineSamplesMs);
    this.#coarsen(10, 60, now - LIMITS.mediumSamplesMs);
  }

  /** Means per `toSeconds` of the readings of `fromSeconds` before `beforeMs`; whole periods only. */
  #coarsen(fromSeconds: number, toSeconds: number, beforeMs: number): void {
    const periodMs = toSeconds * 1000;
    const edgeMs = this.#edge(fromSeconds, Math.floor(beforeMs / periodMs) * periodMs, periodMs);
    if (edgeMs === null) return;
    const means = FIGURES.map(([, column]) => `avg(${column})`).join(', ');
    const which = `${IS_TO_ROLL_UP} AND at_ms < ?`;
    const rows = this.#handle
      .prepare(
        `SELECT run_id, (at_ms / ${periodMs}) * ${periodMs} AS slot, max(attempt) AS attempt, ${means}
         FROM samples WHERE ${which} GROUP BY run_id, slot`,
      )
      .all(fromSeconds, edgeMs);
    this.#handle.prepare(`DELETE FROM samples WHERE ${which}`).run(fromSeconds, edgeMs);
    const insert = this.#handle.prepare(
      `INSERT OR IGNORE INTO samples (run_id, at_ms, attempt, ${COLUMNS}, period_s)
       VALUES (?, ?, ?, ${PLACES}, ${toSeconds})`,
    );
    for (const row of rows) insert.run(...(Object.values(row) as (string | number)[]));
  }

  /** Up to which period a step goes that touches at most LIMITS.rollUpRowsMax rows; null: nothing to do. */
  #edge(periodSeconds: number, beforeMs: number, periodMs: number): number | null {
    const oldest = this.#handle
      .prepare(
        `SELECT at_ms FROM samples WHERE ${IS_TO_ROLL_UP} AND at_ms < ? ORDER BY at_ms LIMIT ?`,
      )
      .all(periodSeconds, beforeMs, LIMITS.rollUpRowsMax);
    const first = oldest[0];
    const last = oldest.at(-1);
    if (!first || !last) return null;
    if (oldest.length < LIMITS.rollUpRowsMax) return beforeMs;
    const whole = Math.floor(Number(last['at_ms']) / periodMs) * periodMs;
    const firstWhole = Math.floor(Number(first['at_ms']) / periodMs) * periodMs + periodMs;
    return Math.max(whole, firstWhole);
  }
}

/** Readings of a run, oldest first, at most `limit` of them. */
export function readSamples(
  handle: DatabaseSync,
  runId: string,
  { since, until, limit }: { since: number; until: number; limit: number },
): readonly KeptSample[] {
  const rows = handle
    .prepare(
      `SELECT at_ms, attempt, period_s, ${COLUMNS} FROM samples
       WHERE run_id = ? AND at_ms >= ? AND at_ms <= ? ORDER BY at_ms DESC LIMIT ?`,
    )
    .all(runId, since, until, limit);
  return rows.reverse().map((row) => ({
    at: epochMs(Number(row['at_ms'])),
    attempt: Number(row['attempt']),
    periodSeconds: Number(row['period_s']),
    ...(Object.fromEntries(
      FIGURES.map(([figure, column]) => [figure, Number(row[column])]),
    ) as unknown as StoredSample),
  }));
}
