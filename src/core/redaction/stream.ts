// Redaction of text that comes in pieces: a secret split anywhere between two pieces is still seen whole.

import { LIMITS } from '../limits.ts';
import type { Redactor } from './redactor.ts';
import { beginsKeyBlock, endsKeyBlock } from './structure.ts';

/** Takes pieces of text and gives back what can be shown of them so far. */
export interface RedactionStream {
  /** The redacted lines that this piece completed, with their ends. */
  push(piece: string): string;
  /** What is left: the last line, without an end. */
  end(): string;
}

/** How much of a line that never ends is kept together with what follows it, so that a cut hides no secret. */
const OVERLAP_CHARS = 1_024;

export function createRedactionStream(redactor: Redactor): RedactionStream {
  let rest = '';
  let block: string[] = [];
  let isInBlock = false;

  const flushBlock = (): string => {
    const lines = redactor.lines(block);
    block = [];
    return lines.map((line) => `${line}\n`).join('');
  };
  const line = (text: string): string => {
    block.push(text);
    isInBlock = isInBlock ? !endsKeyBlock(text) : beginsKeyBlock(text);
    if (isInBlock && block.length < LIMITS.tailLinesMax) return '';
    return flushBlock();
  };
  const push = (piece: string): string => {
    const parts = (rest + piece).split('\n');
    rest = parts.pop() ?? '';
    let shown = parts.map(line).join('');
    if (rest.length > LIMITS.lineCharsMax + OVERLAP_CHARS) {
      const cut = safeCut(rest, rest.length - OVERLAP_CHARS);
      shown += `${flushBlock()}${redactor.text(rest.slice(0, cut))}\n`;
      rest = rest.slice(cut);
    }
    return shown;
  };
  const end = (): string => {
    const shown = flushBlock() + redactor.text(rest);
    rest = '';
    return shown;
  };
  return { push, end };
}

/** A place to cut at or before `most` that no token spans: after white space, else there. */
function safeCut(text: string, most: number): number {
  const gap = Math.max(text.lastIndexOf(' ', most), text.lastIndexOf('\t', most));
  return gap > 0 ? gap + 1 : most;
}
