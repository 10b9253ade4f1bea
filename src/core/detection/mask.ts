// One pass over the characters of a line: what stays the same from line to line becomes a template
// (two hashes), what varies becomes numbers and an entity. No regular expression, no allocation.

import { LIMITS } from '../limits.ts';
import {
  at,
  BLANK,
  classOf,
  DIGIT,
  ESCAPE,
  HEX_LETTER,
  isDigit,
  isLetter,
  LETTER,
} from './character.ts';
import { NUMBER_KIND, QuantityReader } from './quantity.ts';

/**
 * Marks that stand for what is masked. Numbers and identifiers share one: an identifier may happen to be
 * all digits, and the line is the same for that.
 */
const MARK = { number: 0x23, time: 0x54, identifier: 0x23, fraction: 0x2f23 } as const;
/** More digits than any quantity has. */
const IDENTIFIER_DIGITS = 15;
/** So many characters tell one identifier from another. */
const IDENTIFIER_CHARS = 12;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const ZERO = 48;

/** Masks one line at a time; the fields tell of the last one. */
export class LineMask {
  /** The line with everything variable masked, as two independent 32-bit hashes. */
  template = 0;
  check = 0;
  /** Hash of what names a thing: addresses, versions, long identifiers. 0: names nothing. */
  entity = 0;
  /** Hash of identifiers without meaning: hashes, UUIDs. 0: there are none. */
  identifiers = 0;
  numberCount = 0;
  readonly values = new Float64Array(LIMITS.lineNumbersMax);
  /** NUMBER_KIND of each number, and where it stands in the text. */
  readonly kinds = new Uint8Array(LIMITS.lineNumbersMax);
  readonly starts = new Int32Array(LIMITS.lineNumbersMax);
  readonly ends = new Int32Array(LIMITS.lineNumbersMax);
  /** Rows the cursor was moved up by: as many lines are being drawn again. */
  cursorUpRows = 0;

  private text = '';
  private h1 = 0;
  private h2 = 0;
  private readonly quantities = new QuantityReader();

  /** Reads a line of at most LIMITS.lineCharsMax characters; what is longer is not looked at. */
  read(line: string): void {
    this.text = line.length > LIMITS.lineCharsMax ? line.slice(0, LIMITS.lineCharsMax) : line;
    this.h1 = FNV_OFFSET;
    this.h2 = 0x1b873593;
    this.entity = 0;
    this.identifiers = 0;
    this.numberCount = 0;
    this.cursorUpRows = 0;
    const { length } = this.text;
    let i = 0;
    while (i < length) i = this.token(i, this.text.charCodeAt(i));
    this.template = this.h1 | 0;
    this.check = this.h2 | 0;
  }

  private token(i: number, c: number): number {
    const kind = classOf(c);
    if (kind === LETTER || kind === HEX_LETTER) return this.word(i);
    if (kind === BLANK) return i + 1;
    if (kind === DIGIT) return this.number(i);
    if (kind === ESCAPE) return this.escapeSequence(i);
    this.mix(c);
    return i + 1;
  }

  private mix(x: number): void {
    const h1 = Math.imul(this.h1 ^ x, FNV_PRIME);
    this.h1 = h1 ^ (h1 >>> 15);
    this.h2 = Math.imul(((this.h2 << 13) | (this.h2 >>> 19)) ^ x, 0x4c9e2d51);
  }

  private masked(mark: number, end: number): number {
    this.mix(mark);
    return end;
  }

  private identifier(from: number, to: number): number {
    let hash = this.identifiers ^ 0x9e3779b9;
    const enough = Math.min(to, from + IDENTIFIER_CHARS, this.text.length);
    for (let i = from; i < enough; i++) {
      hash = Math.imul(hash ^ this.text.charCodeAt(i), FNV_PRIME);
    }
    this.identifiers = hash | 1;
    return this.masked(MARK.identifier, to);
  }

  private name(from: number, to: number): void {
    let hash = this.entity ^ 0x9e3779b9;
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ this.text.charCodeAt(i), FNV_PRIME);
    this.entity = hash | 1;
  }

  private add(kind: number, value: number, from: number, to: number): void {
    const n = this.numberCount;
    if (n >= LIMITS.lineNumbersMax) {
      this.name(from, to);
      return;
    }
    this.values[n] = value;
    this.kinds[n] = kind;
    this.starts[n] = from;
    this.ends[n] = to;
    this.numberCount = n + 1;
  }

  /** A run of letters, or of letters and digits, beginning at `from`. */
  private word(from: number): number {
    const { text } = this;
    let hash = FNV_OFFSET;
    let hexOnly = true;
    let i = from;
    for (; i < text.length; i++) {
      const c = text.charCodeAt(i);
      const kind = classOf(c);
      if (kind === LETTER) hexOnly = false;
      else if (kind === DIGIT) return this.mixedRun(from);
      else if (kind !== HEX_LETTER) break;
      hash = Math.imul(hash ^ (c | 32), FNV_PRIME);
    }
    // No word of eight letters is written with a to f alone.
    if (hexOnly && i - from >= 8) {
      return this.identifier(from, isUuid(text, from) ? from + 36 : i);
    }
    this.mix(hash);
    return i;
  }

  /** Letters and digits without a break: an identifier without meaning, a name with a number, or a quantity. */
  private mixedRun(from: number): number {
    const { text } = this;
    const end = this.measureRun(from);
    const size = end - from;
    if (size === 8 && isUuid(text, from)) return this.identifier(from, from + 36);
    const isNonce = this.runIsHex && size >= 6 && (this.runDigits >= 2 || size >= 8);
    if (isNonce || this.runSides > 3 || isHexLiteral(text, from)) return this.identifier(from, end);
    if (this.runSides === 2) return this.oneTurn(from, end);
    this.name(from, end);
    return this.masked(MARK.identifier, end);
  }

  private runDigits = 0;
  /** Stretches of only digits or only letters: `abc123` has two. */
  private runSides = 0;
  private runIsHex = true;

  private measureRun(from: number): number {
    this.runDigits = 0;
    this.runSides = 0;
    this.runIsHex = true;
    let before = 0;
    let i = from;
    for (; i < this.text.length; i++) {
      const kind = classOf(this.text.charCodeAt(i));
      if (kind !== DIGIT && kind !== LETTER && kind !== HEX_LETTER) break;
      if (kind === DIGIT) this.runDigits++;
      if (kind === LETTER) this.runIsHex = false;
      const side = kind === DIGIT ? DIGIT : LETTER;
      if (side !== before) this.runSides++;
      before = side;
    }
    return i;
  }

  /** `step12`, or `12MB` whose unit is part of the template. */
  private oneTurn(from: number, to: number): number {
    const { text, quantities } = this;
    if (isDigit(at(text, from))) return this.quantity(from);
    let i = from;
    let hash = FNV_OFFSET;
    while (!isDigit(at(text, i))) hash = Math.imul(hash ^ (at(text, i++) | 32), FNV_PRIME);
    this.mix(hash);
    quantities.digits(text, i);
    this.add(NUMBER_KIND.named, quantities.value, i, to);
    return this.masked(MARK.number, to);
  }

  /** Anything that begins with a digit. */
  private number(from: number): number {
    const { text, quantities } = this;
    const end = quantities.digits(text, from);
    if (isLetter(at(text, end))) return this.mixedRun(from);
    if (end - from === 8 && isUuid(text, from)) return this.identifier(from, from + 36);
    if (end - from >= IDENTIFIER_DIGITS) return this.identifier(from, end);
    const instantEnd = instant(text, from, end) || sinceEpoch(quantities.value, end - from, end);
    return instantEnd > 0 ? this.masked(MARK.time, instantEnd) : this.quantity(from);
  }

  private quantity(from: number): number {
    const { text, quantities } = this;
    const end = quantities.read(text, from);
    const { kind, value } = quantities;
    if (kind === NUMBER_KIND.dotted) {
      this.name(from, end);
      return this.masked(MARK.identifier, end);
    }
    const named = kind === NUMBER_KIND.integer && isNamed(text, from);
    // A hash that happens to be all digits: `req-48213377`.
    if (named && end - from >= 8 && at(text, from) !== ZERO) return this.identifier(from, end);
    this.add(named ? NUMBER_KIND.named : kind, value, from, end);
    return this.masked(kind === NUMBER_KIND.fraction ? MARK.fraction : MARK.number, end);
  }

  /** Skips a terminal sequence: CSI up to its final byte, OSC up to BEL or ST. */
  private escapeSequence(from: number): number {
    const { text } = this;
    const kind = at(text, from + 1);
    if (kind === 0x5b) return this.controlSequence(from + 2);
    if (kind !== 0x5d) return from + 2;
    let i = from + 2;
    while (i < text.length && at(text, i) !== 7 && at(text, i) !== 27) i++;
    return at(text, i) === 27 ? i + 2 : i + 1;
  }

  private controlSequence(from: number): number {
    const { text } = this;
    let i = from;
    let parameter = 0;
    for (; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (isDigit(c)) parameter = Math.min(parameter * 10 + c - 48, 999);
      else if (c >= 64 && c <= 126) {
        if (c === 0x41 || c === 0x46) this.cursorUpRows += Math.max(1, parameter);
        return i + 1;
      }
    }
    return i;
  }
}

/** Whether the 8 characters at `from` begin a UUID. */
const isUuid = (text: string, from: number): boolean =>
  at(text, from + 8) === 45 &&
  at(text, from + 13) === 45 &&
  at(text, from + 18) === 45 &&
  at(text, from + 23) === 45;

const isHexLiteral = (text: string, from: number): boolean =>
  at(text, from) === 48 && (at(text, from + 1) | 32) === 120;

/** Whether the number at `from` belongs to a name: `shard-17`, `part_3`, `/page/12`. */
function isNamed(text: string, from: number): boolean {
  const joint = at(text, from - 1);
  const joins = joint === 45 || joint === 95 || joint === 46 || joint === 47;
  return joins && isLetter(at(text, from - 2));
}

/** The end of a date or a time of day whose first number is [from, end); 0 where it is neither. */
function instant(text: string, from: number, end: number): number {
  const separator = at(text, end);
  if (separator === 58) {
    const isTime = end - from <= 2 && isDigit(at(text, end + 1)) && !isLocation(text, from);
    return isTime ? timeEnd(text, end) : 0;
  }
  return end - from === 4 && (separator === 45 || separator === 47 || separator === 46)
    ? dateEnd(text, end, separator)
    : 0;
}

/** `-02-18`, with a `T` where one follows: the rest of a date behind its year; 0 where it is none. */
function dateEnd(text: string, from: number, separator: number): number {
  const month = twoDigits(text, from + 1);
  const day = twoDigits(text, from + 4);
  if (at(text, from + 3) !== separator || month < 1 || month > 12 || day < 1 || day > 31) return 0;
  const end = from + 6;
  if (isDigit(at(text, end))) return 0;
  return at(text, end) === 84 ? end + 1 : end;
}

/** The value of two digits at `from`; -1 where there are none. */
function twoDigits(text: string, from: number): number {
  const tens = at(text, from);
  const ones = at(text, from + 1);
  return isDigit(tens) && isDigit(ones) ? 10 * (tens - ZERO) + ones - ZERO : -1;
}

/** `file.ts:12:05` names a place, not a time. */
const isLocation = (text: string, from: number): boolean =>
  at(text, from - 1) === 58 && classOf(at(text, from - 2)) !== BLANK;

function timeEnd(text: string, from: number): number {
  let i = from;
  while (isDigit(at(text, i)) || at(text, i) === 58 || at(text, i) === 46 || at(text, i) === 44)
    i++;
  return i;
}

/** Seconds or milliseconds since 1970, from 2014 to 2039; 0 where it is neither. */
function sinceEpoch(value: number, size: number, end: number): number {
  const seconds = size === 13 ? value / 1000 : size === 10 ? value : 0;
  return seconds > 1.4e9 && seconds < 2.2e9 ? end : 0;
}
