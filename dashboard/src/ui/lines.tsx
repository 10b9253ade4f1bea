// Lines of output: as many as there are, drawn only where one looks. Rows are of one height; a long line scrolls.

import { useLayoutEffect, useRef, useState } from 'react';
import { SafeText } from './text.tsx';

const ROW_PX = 20;
const AHEAD = 20;

export interface Line {
  /** Of this list, and the same line again keeps it. */
  readonly key: number;
  readonly text: string;
  readonly isMarked?: boolean;
}

export function Lines({
  lines,
  label,
  follow = false,
  jumpTo = null,
}: {
  readonly lines: readonly Line[];
  readonly label: string;
  /** Stays at the end as lines come. */
  readonly follow?: boolean;
  /** Index of the line to bring into sight; a new object each time it is asked for. */
  readonly jumpTo?: { readonly index: number } | null;
}) {
  const box = useRef<HTMLElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(400);
  useLayoutEffect(() => {
    if (box.current) setHeight(box.current.clientHeight);
    if (follow && box.current) box.current.scrollTop = lines.length * ROW_PX;
  }, [follow, lines]);
  useLayoutEffect(() => {
    if (jumpTo && box.current) box.current.scrollTop = Math.max(0, (jumpTo.index - 2) * ROW_PX);
  }, [jumpTo]);
  const first = Math.max(0, Math.floor(top / ROW_PX) - AHEAD);
  const shown = lines.slice(first, first + Math.ceil(height / ROW_PX) + 2 * AHEAD);
  return (
    <section
      ref={box}
      className="lines"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <div className="lines-space" style={{ height: lines.length * ROW_PX }}>
        <ol className="lines-shown" start={first + 1} style={{ top: first * ROW_PX }}>
          {shown.map((line, index) => (
            <li key={line.key} className={line.isMarked ? 'marked' : undefined}>
              <span className="line-number num" aria-hidden="true">
                {first + index + 1}
              </span>
              <SafeText text={line.text} />
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

/** Index of the first line that comes again, digits apart; null when none does. */
export function firstRepeat(lines: readonly string[]): number | null {
  const seen = new Map<string, number>();
  for (const [index, line] of lines.entries()) {
    const shape = line.replace(/\d+/g, '#').trim();
    if (shape === '') continue;
    if (seen.has(shape)) return index;
    seen.set(shape, index);
  }
  return null;
}
