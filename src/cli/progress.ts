// How far something has come: one line that is redrawn on a terminal, plain lines elsewhere. On stderr.

import { stripVTControlCharacters } from 'node:util';
import { formatDuration } from './table.ts';
import { speech } from './terminal.ts';

export interface Progress {
  /** Something has begun; `usualMs`: how long such a thing takes, where that is known. */
  begin(name: string, usualMs?: number): void;
  /** It has ended, and so it did. */
  end(name: string, sentence: string): void;
  /** No more will be told; `isWhole`: nothing ended it early. */
  close(isWhole?: boolean): void;
}

const REDRAW_MS = 500;
const ERASE_LINE = '\r\u001b[2K';

/** Shows the progress of `total` things that take `usualMs` each, until some have shown how long they take. */
export function createProgress(total: number, usualMs: number | null): Progress {
  const output = speech();
  const began = new Map<string, number>();
  const startedAt = performance.now();
  let begun = 0;
  let done = 0;
  let doneMs = 0;

  const draw = (): void => {
    const now = performance.now();
    const active = [...began].map(([name, at]) => `${clean(name)} ${formatDuration(now - at)}`);
    const leftMs = estimate();
    const left = leftMs === null ? '' : `, about ${formatDuration(leftMs)} left`;
    const line = `[${done}/${total}] ${active.join(', ')}${left}`;
    output.write(`${ERASE_LINE}${line.slice(0, Math.max(20, (output.columns || 80) - 1))}`);
  };
  const estimate = (): number | null => {
    const meanMs = done > 0 ? doneMs / done : usualMs;
    if (meanMs === null) return null;
    const parallel = Math.max(1, began.size);
    const spentMs = [...began.values()].reduce((sum, at) => sum + performance.now() - at, 0);
    return Math.max(0, (meanMs * (total - done) - spentMs) / parallel);
  };
  const timer = output.isTTY ? setInterval(draw, REDRAW_MS) : null;
  return {
    begin(name, ofMs) {
      began.set(name, performance.now());
      begun++;
      const usual = ofMs === undefined ? '' : ` (usually ${formatDuration(ofMs)})`;
      if (output.isTTY) draw();
      else output.write(`flowforge: [${begun}/${total}] ${clean(name)} has begun${usual}\n`);
    },
    end(name, sentence) {
      doneMs += performance.now() - (began.get(name) ?? performance.now());
      began.delete(name);
      done++;
      const prefix = output.isTTY ? ERASE_LINE : '';
      output.write(`${prefix}flowforge: [${done}/${total}] ${clean(name)}: ${clean(sentence)}\n`);
      if (output.isTTY && began.size > 0) draw();
    },
    close(isWhole = true) {
      if (timer) clearInterval(timer);
      if (output.isTTY) output.write(ERASE_LINE);
      output.write(
        `flowforge: ${isWhole ? 'done' : 'interrupted'} after ${formatDuration(performance.now() - startedAt)}\n`,
      );
    },
  };
}

const clean = (text: string): string => stripVTControlCharacters(text).replace(/[\r\n\t]+/g, ' ');
