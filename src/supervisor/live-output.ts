// The latest lines of an attempt for somebody who follows them, secrets taken out.

import type { ControlOutput } from '../core/control.ts';
import { LIMITS } from '../core/limits.ts';
import type { Redactor } from '../core/redaction/redactor.ts';
import type { Attempt } from './attempt.ts';
import type { Tail } from './tail.ts';

type Lines = Pick<Redactor, 'lines'>;
type Told = Pick<ControlOutput, 'first' | 'lines'>;

/** What an attempt printed after its line `after`, as much of the newest as goes into one answer. */
export function outputAfter(
  { number, watch }: Attempt,
  redactor: Lines,
  after: number,
): ControlOutput {
  const { skippedBytes } = watch.figures();
  return { attempt: number, ...linesAfter(watch.tail, redactor, after), skippedBytes };
}

/**
 * The lines after number `after`, as many of the newest as go into one answer. Where lines have fallen out already,
 * the oldest that are left serve as context only: what begins a key must be seen for the key to be taken out.
 */
export function linesAfter(tail: Tail, redactor: Lines, after: number): Told {
  const { count } = tail;
  if (after >= count) return { first: count + 1, lines: [] };
  const kept = tail.read();
  const firstKept = count - kept.length + 1;
  const context = firstKept > 1 ? LIMITS.liveContextLines : 0;
  const wanted = redactor
    .lines(kept)
    .slice(Math.max(context, after + 1 - firstKept))
    .map((line) => line.slice(0, LIMITS.liveLineCharsMax));
  const lines = newest(wanted, LIMITS.liveCharsMax);
  return { first: count - lines.length + 1, lines };
}

/** As many lines from the end as take so many characters on the wire. */
function newest(lines: readonly string[], charsMax: number): readonly string[] {
  let chars = 0;
  const tooMany = lines.findLastIndex((line) => {
    chars += JSON.stringify(line).length;
    return chars > charsMax;
  });
  return lines.slice(tooMany + 1);
}
