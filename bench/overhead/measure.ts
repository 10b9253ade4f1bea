// What a measure is: some ways of doing the same work, taken in turns, each told as a ratio to one of them. On a busy
// machine all ways of a round suffer alike, so the ratio of each round is taken, and then the median of the ratios.

import type { Bench } from './bench.ts';

/** What one round of one way came to. */
export interface Reading {
  /** What it cost, in the unit of its measure; less is better. */
  readonly cost: number;
  /** Further figures of this round, by their names. */
  readonly figures?: Readonly<Record<string, number>>;
}

export interface Way {
  readonly name: string;
  run(): Promise<Reading> | Reading;
}

/** An upper bound for a figure of FlowForge. */
export interface Bound {
  readonly figure: string;
  readonly atMost: number;
}

export interface Measure {
  readonly id: string;
  /** The work, in the words of the table. */
  readonly work: string;
  readonly unit: string;
  readonly rounds: number;
  /** The name of the way that the others are compared with. */
  readonly reference: string;
  /** The way that the bounds are for, where it is not called FlowForge. */
  readonly ours?: string;
  /** What the ratio of FlowForge may be; null where only its figures are bounded, or nothing is. */
  readonly ratioAtMost: number | null;
  readonly bounds?: readonly Bound[];
  /** Prepares the ways. */
  ways(bench: Bench): Promise<readonly Way[]> | readonly Way[];
}

export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export interface WayResult {
  readonly name: string;
  readonly cost: Spread;
  /** Cost over the reference's cost in the same round. */
  readonly ratio: Spread;
  readonly figures: Readonly<Record<string, Spread>>;
}

export interface Result {
  readonly id: string;
  readonly work: string;
  readonly unit: string;
  readonly reference: string;
  readonly ours: string;
  readonly rounds: number;
  readonly ratioAtMost: number | null;
  readonly bounds: readonly (Bound & { readonly median: number; readonly isReached: boolean })[];
  readonly isReached: boolean | null;
  readonly ways: readonly WayResult[];
}

export const US = 'FlowForge';

/** Takes all rounds of a measure. `tell` hears of each. */
export async function take(
  measure: Measure,
  bench: Bench,
  tell: (round: number) => void,
): Promise<Result> {
  const ways = await measure.ways(bench);
  const rounds = Math.max(1, Math.round(measure.rounds * bench.scale));
  const readings = new Map<string, Reading[]>(ways.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    tell(round + 1);
    for (const way of ways) readings.get(way.name)?.push(await way.run());
  }
  return judge(measure, rounds, readings);
}

function judge(
  measure: Measure,
  rounds: number,
  readings: ReadonlyMap<string, readonly Reading[]>,
): Result {
  const { id, work, unit, reference, ours = US, ratioAtMost, bounds = [] } = measure;
  const base = readings.get(reference) ?? [];
  const ways = [...readings].map(([name, taken]): WayResult => {
    const ratios = taken.map(({ cost }, round) => cost / (base[round]?.cost ?? Number.NaN));
    return {
      name,
      cost: spread(taken.map(({ cost }) => cost)),
      ratio: spread(ratios),
      figures: figuresOf(taken),
    };
  });
  const own = ways.find(({ name }) => name === ours);
  const judged = bounds.map((bound) => {
    const median = own?.figures[bound.figure]?.median ?? Number.NaN;
    return { ...bound, median, isReached: median <= bound.atMost };
  });
  const ratioReached = ratioAtMost === null || (own?.ratio.median ?? Number.NaN) <= ratioAtMost;
  const isJudged = ratioAtMost !== null || judged.length > 0;
  return {
    ...{ id, work, unit, reference, ours, rounds, ratioAtMost, bounds: judged, ways },
    isReached: isJudged ? ratioReached && judged.every(({ isReached }) => isReached) : null,
  };
}

function figuresOf(readings: readonly Reading[]): Record<string, Spread> {
  const names = new Set(readings.flatMap(({ figures = {} }) => Object.keys(figures)));
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      spread(readings.map((it) => it.figures?.[name] ?? Number.NaN)),
    ]),
  );
}

/** Median, first and ninth decile. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { median: at(0.5), low: at(0.1), high: at(0.9) };
}
