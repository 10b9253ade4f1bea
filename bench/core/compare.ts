// Whether a figure moved between two runs, or only trembled: a difference counts when it is larger than what the
// rounds of both runs differ among themselves, and larger than a share below which nobody cares.

export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** Median over the rounds. */
  readonly ns: number;
  /** Median distance of the rounds from that median, as a standard deviation (times 1.4826). */
  readonly noiseNs: number;
  /** Median of the memory taken from the heap; null where it could not be told. */
  readonly bytes: number | null;
  readonly rounds: readonly number[];
}

export interface Move {
  readonly name: string;
  /** Now over then. */
  readonly ratio: number;
  /** The change in units of the noise of both. */
  readonly sigmas: number;
  readonly verdict: 'slower' | 'faster' | 'same' | 'new';
}

/** Differences below this share of the former figure are never called a move. */
const SHARE_MIN = 0.05;
/** Differences below so many standard deviations are noise. */
const SIGMAS_MIN = 4;
/** Scales a median absolute deviation to a standard deviation of normal noise. */
const MAD_TO_SIGMA = 1.4826;

/** What a set of rounds, in ns, comes to. */
export function figureOf(
  { name, unit }: Pick<Figure, 'name' | 'unit'>,
  rounds: readonly number[],
  bytes: readonly number[],
): Figure {
  const ns = median(rounds);
  const noiseNs = MAD_TO_SIGMA * median(rounds.map((round) => Math.abs(round - ns)));
  return { name, unit, ns, noiseNs, bytes: bytes.length > 0 ? median(bytes) : null, rounds };
}

/** Each figure of `now` against the one of the same name `before`. */
export function compare(now: readonly Figure[], before: readonly Figure[]): readonly Move[] {
  return now.map((figure) => {
    const former = before.find(({ name }) => name === figure.name);
    if (!former) return { name: figure.name, ratio: 1, sigmas: 0, verdict: 'new' };
    const change = figure.ns - former.ns;
    const noise = Math.hypot(figure.noiseNs, former.noiseNs);
    const sigmas = Math.abs(change) / Math.max(noise, Number.MIN_VALUE);
    const isMove = Math.abs(change) > SHARE_MIN * former.ns && sigmas > SIGMAS_MIN;
    const verdict = !isMove ? 'same' : change > 0 ? 'slower' : 'faster';
    return { name: figure.name, ratio: figure.ns / former.ns, sigmas, verdict };
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
