// How a synthetic family is told: lines at instants, by chance that follows from a seed.

import type { Kind, Split } from './families.ts';
import type { Chance } from './random.ts';

export interface TimedLine {
  readonly at: number;
  readonly text: string;
  readonly redraw?: boolean;
}

export interface Story {
  readonly kind: Kind;
  readonly split: Split;
  /** Tells lines to `say` at growing instants (seconds); gives the CPU it used, in percent. */
  tell(chance: Chance, tape: Tape): number;
}

/** Collects lines and keeps the time. */
export class Tape {
  readonly lines: TimedLine[] = [];
  now = 0;

  say(text: string, redraw = false): void {
    this.lines.push({ at: this.now, text, redraw });
  }

  wait(seconds: number): void {
    this.now += seconds;
  }

  stamp(): string {
    return new Date(1_700_000_000_000 + this.now * 1000).toISOString();
  }
}

export const WORDS =
  'alpha parser module server client widget router cache index layout auth token queue worker schema model query render bundle config adapter logger stream buffer crypto socket handler util types store'.split(
    ' ',
  );

export function start(chance: Chance, tape: Tape, lines: number): void {
  for (let i = 0; i < lines; i++) {
    tape.wait(chance.next() * 0.3);
    tape.say(
      `${tape.stamp()} INFO starting ${chance.pick(WORDS)} ${chance.pick(WORDS)} with ${chance.pick(WORDS)}=${chance.below(1000)}`,
    );
  }
}

export const file = (chance: Chance): string =>
  `src/${chance.pick(WORDS)}/${chance.pick(WORDS)}_${chance.pick(WORDS)}${chance.below(100)}.ts`;

export const stages = (chance: Chance, count: number): readonly string[] =>
  Array.from(
    { length: count },
    () =>
      `${chance.pick(WORDS)} ${chance.pick(WORDS)} ${chance.pick(['step', 'phase', 'task', 'call'])}`,
  );

export const RUNAWAY_SECONDS = 180;
