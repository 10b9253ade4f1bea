// Readings that were kept and readings that come in, as the columns that charts take.

import type { Sample } from '../../../../src/contract/run.ts';

const FIELDS = {
  cpuPercent: 'cpu_percent',
  demandPercent: 'demand_percent',
  rssBytes: 'rss_bytes',
  processCount: 'process_count',
  linesPerSecond: 'output_lines_per_second',
  bytesPerSecond: 'output_bytes_per_second',
  cpuScore: 'cpu_score',
  entropyScore: 'entropy_score',
  confidenceScore: 'confidence_score',
} as const satisfies Readonly<Record<string, keyof Sample>>;

export type Column = keyof typeof FIELDS;
type Columns = Readonly<Record<Column, readonly number[]>>;

const COLUMNS = Object.keys(FIELDS) as Column[];

export interface Table {
  /** Ascending, seconds since 1970. */
  readonly atSeconds: readonly number[];
  readonly columns: Columns;
}

/** A part of the time axis. */
export type Range = readonly [fromSeconds: number, toSeconds: number];

/** Points a chart is given of what was kept: two for each pixel it may be wide. */
const POINTS_MAX = 1_600;

/** The columns of readings that are in order of time. */
export const tableOf = (samples: readonly Sample[]): Table => ({
  atSeconds: samples.map(({ at }) => Date.parse(at) / 1000),
  columns: columnsOf((column) => {
    const field = FIELDS[column];
    return samples.map((it) => it[field]);
  }),
});

/** What was kept, until what came in since begins, and then that. */
export function join(kept: Table, live: Table): Table {
  const [begin] = live.atSeconds;
  const upto = begin === undefined ? kept.atSeconds.length : placeOf(begin, kept.atSeconds);
  return {
    atSeconds: kept.atSeconds.slice(0, upto).concat(live.atSeconds),
    columns: columnsOf((column) =>
      kept.columns[column].slice(0, upto).concat(live.columns[column]),
    ),
  };
}

/** What lies in a part of the time axis, and one reading on each side of it, so that lines lead in and out. */
export function within(table: Table, [from, to]: Range): Table {
  const first = Math.max(0, placeOf(from, table.atSeconds) - 1);
  const end = placeOf(to, table.atSeconds) + 1;
  return {
    atSeconds: table.atSeconds.slice(first, end),
    columns: columnsOf((column) => table.columns[column].slice(first, end)),
  };
}

/** Brings many readings down to POINTS_MAX: of each stretch the least and the most of every column stay. */
export function thin(table: Table): Table {
  const { length } = table.atSeconds;
  if (length <= POINTS_MAX) return table;
  const stretch = Math.ceil((2 * length) / POINTS_MAX);
  const ends: number[] = [];
  for (let from = 0; from < length; from += stretch) {
    ends.push(from, Math.min(length, from + stretch) - 1);
  }
  return {
    atSeconds: ends.map((index) => table.atSeconds[index] ?? 0),
    columns: columnsOf((column) => extremes(table.columns[column], stretch)),
  };
}

/** The least and the most of each stretch, in turn. */
function extremes(values: readonly number[], stretch: number): readonly number[] {
  const kept: number[] = [];
  for (let from = 0; from < values.length; from += stretch) {
    const to = Math.min(values.length, from + stretch);
    let least = values[from] ?? 0;
    let most = least;
    for (let index = from + 1; index < to; index += 1) {
      const value = values[index] ?? 0;
      if (value < least) least = value;
      else if (value > most) most = value;
    }
    kept.push(least, most);
  }
  return kept;
}

/** Index of the first instant that is not before `at`. */
function placeOf(at: number, instants: readonly number[]): number {
  let [low, high] = [0, instants.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((instants[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

const columnsOf = (make: (column: Column) => readonly number[]): Columns =>
  Object.fromEntries(COLUMNS.map((column) => [column, make(column)])) as Columns;
