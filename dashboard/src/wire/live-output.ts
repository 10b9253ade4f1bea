// The lines of one run as they are printed, while somebody looks at them.

import { useEffect, useState } from 'react';
import type { LiveOutput } from '../../../src/contract/stream.ts';
import { soon } from './beat.ts';

export interface LiveLine {
  /** Of this page's list, and never again. */
  readonly key: number;
  readonly text: string;
  /** In its attempt; null: said by us, not by the run. */
  readonly number: number | null;
}

/** Lines kept in the page. */
const LINES_MAX = 5_000;
const NONE: readonly LiveLine[] = [];

/** The lines that a run has printed since this is shown and a few before, oldest first. */
export function useLiveOutput(runId: string, isActive: boolean): readonly LiveLine[] {
  const [lines, setLines] = useState(NONE);
  useEffect(() => {
    if (!isActive) return;
    const source = new EventSource(`/v1/stream?topics=output&run_id=${encodeURIComponent(runId)}`);
    let attempt: number | null = null;
    let upto = 0;
    // The browser comes back by itself when the connection is lost; what it has already is not shown again.
    source.addEventListener('output', (event) => {
      const told = JSON.parse(event.data) as LiveOutput;
      const isNew = told.attempt !== attempt;
      const seen = isNew ? 0 : Math.max(0, upto - told.first + 1);
      const remark = isNew ? newAttempt(attempt, told) : missing(told.first - upto - 1);
      attempt = told.attempt;
      upto = told.first + told.lines.length - 1;
      soon(() => setLines((before) => extended(before, remark, told, seen)));
    });
    return () => source.close();
  }, [runId, isActive]);
  return lines;
}

const newAttempt = (before: number | null, { attempt, first }: LiveOutput): string | null =>
  before === null ? missing(first - 1) : `attempt ${attempt} begins`;

const missing = (count: number): string | null =>
  count > 0 ? `${count} ${count === 1 ? 'line' : 'lines'} not shown` : null;

function extended(
  before: readonly LiveLine[],
  remark: string | null,
  { lines: texts, first }: LiveOutput,
  seen: number,
): readonly LiveLine[] {
  let key = (before.at(-1)?.key ?? 0) + 1;
  const remarks = remark === null ? [] : [{ key: key++, text: remark, number: null }];
  const lines = texts.slice(seen).map((text, index) => ({
    key: key++,
    text,
    number: first + seen + index,
  }));
  return [...before, ...remarks, ...lines].slice(-LINES_MAX);
}
