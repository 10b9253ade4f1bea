// Families of made-up output by seed: many variants of pace, wording and length at no cost. Their CPU is
// assumed, so they stand beside the recorded runs, not in their place.

import type { Kind, Split } from './families.ts';
import { chanceOf } from './random.ts';
import { Tape, type TimedLine } from './story.ts';
import { HEALTHY } from './synthetic-healthy.ts';
import { RUNAWAYS } from './synthetic-runaways.ts';

export interface SyntheticRun {
  readonly family: string;
  readonly kind: Kind;
  readonly split: Split;
  readonly onsetSeconds: number;
  readonly cpuPercent: number;
  readonly lines: readonly TimedLine[];
}

/** All families, each as often as there are seeds. */
export function syntheticRuns(seeds: readonly number[]): readonly SyntheticRun[] {
  return Object.entries({ ...RUNAWAYS, ...HEALTHY }).flatMap(
    ([family, { kind, split, tell }], index) =>
      seeds.map((seed) => {
        const tape = new Tape();
        const cpuPercent = tell(chanceOf(seed * 7919 + index * 31), tape);
        const onsetSeconds = kind === 'healthy' ? 0 : (tape.lines[8]?.at ?? 0);
        return { family, kind, split, onsetSeconds, cpuPercent, lines: tape.lines };
      }),
  );
}
