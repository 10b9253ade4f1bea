// Lines of output: as many as there are, drawn only where one looks. Rows are of one height; a long line scrolls.

import { memo, type RefObject, useLayoutEffect, useRef, useState } from 'react';
import { SafeText } from './text.tsx';

const ROW_PX = 20;
const AHEAD = 20;

export interface Line {
  /** Of this list, and the same line again keeps it. */
  readonly key: number;
  readonly text: string;
  /** null: it is a remark of ours, not a line of the run. */
  readonly number: number | null;
  readonly isMarked?: boolean;
}

export function Lines({
  lines,
  label,
  follow = false,
  onFollow,
  jumpTo = null,
}: {
  readonly lines: readonly Line[];
  readonly label: string;
  /** Stays at the end as lines come. */
  readonly follow?: boolean;
  /** Whoever scrolls away from the end no longer follows, and whoever comes back to it does. */
  readonly onFollow?: (isFollowing: boolean) => void;
  /** Index of the line to bring into sight; a new object each time it is asked for. */
  readonly jumpTo?: { readonly index: number } | null;
}) {
  const box = useRef<HTMLElement>(null);
  const [scrolled, setScrolled] = useState(0);
  const height = useHeight(box);
  const whole = lines.length * ROW_PX;
  const top = follow ? Math.max(0, whole - height) : scrolled;
  useLayoutEffect(() => {
    if (follow && box.current) box.current.scrollTop = whole;
  }, [follow, whole]);
  useLayoutEffect(() => {
    if (jumpTo && box.current) box.current.scrollTop = Math.max(0, (jumpTo.index - 2) * ROW_PX);
  }, [jumpTo]);
  const onScroll = ({ scrollTop, scrollHeight, clientHeight }: HTMLElement): void => {
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - ROW_PX;
    if (onFollow && isAtEnd !== follow) onFollow(isAtEnd);
    if (!follow || !isAtEnd) setScrolled(scrollTop);
  };
  const first = Math.max(0, Math.floor(top / ROW_PX) - AHEAD);
  const shown = lines.slice(first, first + Math.ceil(height / ROW_PX) + 2 * AHEAD);
  return (
    <section
      ref={box}
      className="lines"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={(event) => onScroll(event.currentTarget)}
    >
      <div className="lines-space" style={{ height: whole }}>
        <ol className="lines-shown" style={{ top: first * ROW_PX }}>
          {shown.map(({ key, number, text, isMarked = false }) => (
            <Row key={key} number={number} text={text} isMarked={isMarked} />
          ))}
        </ol>
      </div>
    </section>
  );
}

const Row = memo(function Row({
  number,
  text,
  isMarked,
}: {
  readonly number: number | null;
  readonly text: string;
  readonly isMarked: boolean;
}) {
  const isRemark = number === null;
  return (
    <li className={isMarked ? 'marked' : isRemark ? 'remark' : undefined}>
      <span className="line-number num" aria-hidden="true">
        {number}
      </span>
      <SafeText text={text} />
    </li>
  );
});

/** The height of an element, as it changes. */
function useHeight(box: RefObject<HTMLElement | null>): number {
  const [height, setHeight] = useState(400);
  useLayoutEffect(() => {
    const shown = box.current;
    if (!shown) return;
    const watch = new ResizeObserver(() => setHeight(shown.clientHeight));
    watch.observe(shown);
    return () => watch.disconnect();
  }, [box]);
  return height;
}

/** A line without what tells one time from the next: two with the same shape say the same. */
export const shapeOf = (line: string): string => line.replace(/\d+/g, '#').trim();

/** Index of the first line that comes again, digits apart; null when none does. */
export function firstRepeat(lines: readonly string[]): number | null {
  const seen = new Map<string, number>();
  for (const [index, line] of lines.entries()) {
    const shape = shapeOf(line);
    if (shape === '') continue;
    if (seen.has(shape)) return index;
    seen.set(shape, index);
  }
  return null;
}
