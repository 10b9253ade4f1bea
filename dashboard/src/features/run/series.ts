// Readings that were kept and readings that come in, as the columns that charts take.

import type { Sample } from '../../../../src/contract/run.ts';

const COLUMNS = [
  'cpuPercent',
  'demandPercent',
  'rssBytes',
  'processCount',
  'linesPerSecond',
  'bytesPerSecond',
  'cpuScore',
  'entropyScore',
  'confidenceScore',
] as const;
export type Column = (typeof COLUMNS)[number];

type Row = Readonly<Record<Column, number | null>>;
type Reading = Row & { readonly atSeconds: number };

export interface Table {
  /** Ascending, seconds since 1970. */
  readonly atSeconds: readonly number[];
  readonly columns: Readonly<Record<Column, readonly (number | null)[]>>;
}

/** Points a chart is given at most; of more the extremes of each stretch stay. */
const POINTS_MAX = 1_600;

/** Puts together what was kept and what came in since, oldest first. */
export function join(kept: readonly Sample[], live: readonly Sample[]): Table {
  const firstLiveMs = live[0] ? Date.parse(live[0].at) : Number.POSITIVE_INFINITY;
  const before = kept.filter(({ at }) => Date.parse(at) < firstLiveMs);
  const readings = [...before, ...live].map(ofSample);
  return tableOf(thin(readings.toSorted((a, b) => a.atSeconds - b.atSeconds)));
}

const ofSample = (it: Sample): Reading => ({
  atSeconds: Date.parse(it.at) / 1000,
  cpuPercent: it.cpu_percent,
  demandPercent: it.demand_percent,
  rssBytes: it.rss_bytes,
  processCount: it.process_count,
  linesPerSecond: it.output_lines_per_second,
  bytesPerSecond: it.output_bytes_per_second,
  cpuScore: it.cpu_score,
  entropyScore: it.entropy_score,
  confidenceScore: it.confidence_score,
});

/** Brings many readings down to POINTS_MAX: of each stretch the least and the most of every column stay. */
export function thin(readings: readonly Reading[]): readonly Reading[] {
  if (readings.length <= POINTS_MAX) return readings;
  const stretch = Math.ceil((2 * readings.length) / POINTS_MAX);
  const kept: Reading[] = [];
  for (let from = 0; from < readings.length; from += stretch) {
    const part = readings.slice(from, from + stretch);
    kept.push(extreme(part, Math.min, part[0]), extreme(part, Math.max, part.at(-1)));
  }
  return kept;
}

function extreme(
  part: readonly Reading[],
  choose: (...values: number[]) => number,
  at: Reading | undefined,
): Reading {
  const values = COLUMNS.map((column) => {
    const known = part.flatMap((it) => it[column] ?? []);
    return [column, known.length === 0 ? null : choose(...known)];
  });
  return { atSeconds: at?.atSeconds ?? 0, ...(Object.fromEntries(values) as Row) };
}

function tableOf(readings: readonly Reading[]): Table {
  const columns = COLUMNS.map((column) => [column, readings.map((it) => it[column])]);
  return {
    atSeconds: readings.map(({ atSeconds }) => atSeconds),
    columns: Object.fromEntries(columns) as Table['columns'],
  };
}
