// Turns decoded text of one stream into lines, the same lines however the text was cut into chunks.
// It keeps at most one unfinished line, and of that at most LIMITS.lineCharsMax characters.

import { LIMITS } from '../limits.ts';
import type { OutputLine } from './detector.ts';
import type { Stream } from './sample.ts';

export interface LineSplitter {
  /** Takes the next text; calls `onLine` for every line it completes. */
  push(text: string, onLine: (line: OutputLine) => void): void;
  /** Says that output was skipped here: what is unfinished is dropped, up to the next end of line. */
  gap(): void;
  /** Says that nothing follows: an unfinished line is told as it is. */
  end(onLine: (line: OutputLine) => void): void;
  /** Characters cut off lines that were too long, and dropped at gaps. */
  cutChars(): number;
}

/**
 * A splitter for one stream. `\n` and `\r\n` end a line; a lone `\r` ends a redraw. A `\r` is undecided
 * until the next character is seen, so a redraw is told one character late. Empty redraws are not told.
 */
export function createLineSplitter(stream: Stream): LineSplitter {
  return new StreamSplitter(stream);
}

type OnLine = (line: OutputLine) => void;

class StreamSplitter implements LineSplitter {
  private readonly stream: Stream;
  private held = '';
  private cut = 0;
  private carriageReturn = false;
  private resyncing = false;

  constructor(stream: Stream) {
    this.stream = stream;
  }

  push(text: string, onLine: OnLine): void {
    let at = this.carriageReturn ? this.settle(text, 0, onLine) : 0;
    let newline = text.indexOf('\n', at);
    let carriage = text.indexOf('\r', at);
    while (at < text.length) {
      const end = nearest(newline, carriage);
      this.keep(text, at, end === -1 ? text.length : end);
      if (end === -1) return;
      if (end === newline) {
        this.finish(false, onLine);
        at = newline + 1;
      } else {
        at = this.settle(text, carriage, onLine);
        carriage = text.indexOf('\r', at);
      }
      if (newline !== -1 && newline < at) newline = text.indexOf('\n', at);
    }
  }

  gap(): void {
    this.cut += this.held.length;
    this.held = '';
    this.carriageReturn = false;
    this.resyncing = true;
  }

  end(onLine: OnLine): void {
    if (this.carriageReturn) this.finish(true, onLine);
    else if (this.held !== '') this.finish(false, onLine);
    this.resyncing = false;
  }

  cutChars(): number {
    return this.cut;
  }

  private keep(text: string, from: number, to: number): void {
    const { held } = this;
    const beginning = held === '' ? text.charCodeAt(from) : held.charCodeAt(0);
    const room = this.resyncing ? 0 : roomOf(beginning) - held.length;
    const kept = text.slice(from, from + Math.min(to - from, room));
    this.held = held === '' ? kept : held + kept;
    this.cut += to - from - kept.length;
  }

  private finish(redraw: boolean, onLine: OnLine): void {
    const text = this.held;
    this.held = '';
    this.carriageReturn = false;
    if (this.resyncing) this.resyncing = false;
    else if (text !== '' || !redraw) onLine({ stream: this.stream, text, redraw });
  }

  /** Settles a `\r` at or before `from` by the character that follows; says where to go on. */
  private settle(text: string, from: number, onLine: OnLine): number {
    this.carriageReturn = true;
    let at = from;
    while (text.charCodeAt(at) === CARRIAGE_RETURN) at++;
    if (at === text.length) return at;
    const redraw = text.charCodeAt(at) !== NEWLINE;
    this.finish(redraw, onLine);
    return redraw ? at : at + 1;
  }
}

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const OPENING_BRACE = 123;

/** The smaller of two indexes where -1 means none. */
const nearest = (a: number, b: number): number => (a === -1 || (b !== -1 && b < a) ? b : a);

/** How long a line that begins with this character may get. */
const roomOf = (beginning: number): number =>
  beginning === OPENING_BRACE ? LIMITS.jsonLineCharsMax : LIMITS.lineCharsMax;
