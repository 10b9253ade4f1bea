// The lines of one run as they are printed, while somebody looks at them.

import { useEffect, useRef, useState } from 'react';
import type { LiveOutput } from '../../../src/contract/stream.ts';
import { soon } from './beat.ts';
import { useFeed } from './feed-context.ts';
import { useIsConnected } from './live.ts';

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

/** After a refusal, such as of one client too many, the browser does not come back by itself. */
const RETRY_MS = 5_000;

/** The last line that was heard. */
interface Place {
  readonly attempt: number | null;
  readonly upto: number;
}
const NOWHERE: Place = { attempt: null, upto: 0 };

/**
 * The lines that a run has printed since this is shown and a few before, oldest first. They are followed while the
 * live feed is connected: not where nobody looks at the page, and anew when it comes back.
 */
export function useLiveOutput(runId: string, isActive: boolean): readonly LiveLine[] {
  const isConnected = useIsConnected(useFeed());
  const [lines, setLines] = useState(NONE);
  const place = useRef(NOWHERE);
  useEffect(() => {
    if (!isActive || !isConnected) return;
    // Who comes back is told again what is still there; what this page has already is not shown again.
    return followOutput(runId, (told) => {
      const { attempt, upto } = place.current;
      const isNew = told.attempt !== attempt;
      const seen = isNew ? 0 : Math.max(0, upto - told.first + 1);
      const remark = isNew ? newAttempt(attempt, told) : missing(told.first - upto - 1);
      const last = told.first + told.lines.length - 1;
      place.current = { attempt: told.attempt, upto: isNew ? last : Math.max(upto, last) };
      soon(() => setLines((before) => extended(before, remark, told, seen)));
    });
  }, [runId, isActive, isConnected]);
  return lines;
}

/** Hears the output of a run until what it gives is called. */
function followOutput(runId: string, hear: (told: LiveOutput) => void): () => void {
  let retry: number | undefined;
  const open = (): EventSource => {
    const opened = new EventSource(`/v1/stream?topics=output&run_id=${encodeURIComponent(runId)}`);
    opened.addEventListener('output', (event) => hear(JSON.parse(event.data) as LiveOutput));
    opened.onerror = () => {
      if (opened.readyState !== EventSource.CLOSED) return;
      retry = window.setTimeout(() => {
        source = open();
      }, RETRY_MS);
    };
    return opened;
  };
  let source = open();
  return () => {
    window.clearTimeout(retry);
    source.close();
  };
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
