// Reads a number with what belongs to it: groups of thousands, decimals, exponent, unit, `/ total`, `of total`.

import { at, isDigit, isLetter } from './character.ts';

/** What a number of a line is, as far as its own characters tell. */
export const NUMBER_KIND = {
  integer: 1,
  /** With a decimal point: a measured value. */
  decimal: 2,
  /** `3/10`, `3 of 10`, `3MB/10MB`: a share of a known whole; the value is the share. */
  fraction: 3,
  percent: 4,
  /** Part of a name: `shard_0017`, `step12`. */
  named: 5,
  /** Several points (an address, a version): a name, not a number. */
  dotted: 6,
} as const;

const COMMA = 44;
const POINT = 46;
const SLASH = 47;
const SPACE = 32;
const PERCENT = 37;
const EXPONENT_MAX = 300;

/** Reads one quantity at a time; `value` and `kind` tell of the last one. No object is made per number. */
export class QuantityReader {
  value = 0;
  kind: number = NUMBER_KIND.integer;

  /** Reads the quantity whose first digit is at `from`; gives the index behind it. */
  read(text: string, from: number): number {
    const end = this.magnitude(text, from);
    if (this.kind === NUMBER_KIND.dotted) return end;
    const { value, kind } = this;
    const totalEnd = this.total(text, end);
    if (totalEnd > 0 && this.value >= value && this.value > 1) {
      this.value = value / this.value;
      this.kind = NUMBER_KIND.fraction;
      return totalEnd;
    }
    this.value = value;
    this.kind = kind;
    if (at(text, end) === PERCENT) {
      this.value = value / 100;
      this.kind = NUMBER_KIND.percent;
    }
    return end;
  }

  /** Reads digits only; gives the index behind them. */
  digits(text: string, from: number): number {
    let i = from;
    let sum = 0;
    while (i < text.length) {
      const c = text.charCodeAt(i);
      if (c < 48 || c > 57) break;
      sum = sum * 10 + c - 48;
      i++;
    }
    this.value = sum;
    return i;
  }

  private magnitude(text: string, from: number): number {
    this.kind = NUMBER_KIND.integer;
    const end = this.thousands(text, this.digits(text, from));
    if (at(text, end) !== POINT || !isDigit(at(text, end + 1))) return this.exponent(text, end);
    const whole = this.value;
    const decimalsEnd = this.digits(text, end + 1);
    if (at(text, decimalsEnd) === POINT && isDigit(at(text, decimalsEnd + 1))) {
      this.kind = NUMBER_KIND.dotted;
      return dottedEnd(text, decimalsEnd);
    }
    this.value = whole + this.value / 10 ** (decimalsEnd - end - 1);
    this.kind = NUMBER_KIND.decimal;
    return this.exponent(text, decimalsEnd);
  }

  /** `,234,567` behind the first group. */
  private thousands(text: string, from: number): number {
    let i = from;
    while (at(text, i) === COMMA && isDigit(at(text, i + 1))) {
      const before = this.value;
      const end = this.digits(text, i + 1);
      if (end - i !== 4) {
        this.value = before;
        return i;
      }
      this.value += before * 1000;
      i = end;
    }
    return i;
  }

  private exponent(text: string, end: number): number {
    if ((at(text, end) | 32) !== 101) return end;
    const sign = at(text, end + 1);
    const first = sign === 45 || sign === 43 ? end + 2 : end + 1;
    if (!isDigit(at(text, first))) return end;
    const mantissa = this.value;
    const last = this.digits(text, first);
    const power = Math.min(this.value, EXPONENT_MAX);
    this.value = mantissa * 10 ** (sign === 45 ? -power : power);
    this.kind = NUMBER_KIND.decimal;
    return last;
  }

  /** The end of a total behind a number, its value in `value`; 0 where there is none. */
  private total(text: string, end: number): number {
    let i = end;
    while (i - end < 4 && isLetter(at(text, i))) i++;
    const first = isOf(text, i) ? i + 4 : afterSlash(text, i);
    if (first === 0 || !isDigit(at(text, first))) return 0;
    const last = this.magnitude(text, first);
    return this.kind === NUMBER_KIND.dotted || at(text, last) === SLASH ? 0 : last;
  }
}

const isOf = (text: string, i: number): boolean =>
  at(text, i) === SPACE &&
  at(text, i + 1) === 111 &&
  at(text, i + 2) === 102 &&
  at(text, i + 3) === SPACE;

/** The index behind `/`, with a blank on either side or none; 0 where there is no slash. */
function afterSlash(text: string, i: number): number {
  const slash = at(text, i) === SPACE ? i + 1 : i;
  if (at(text, slash) !== SLASH) return 0;
  return at(text, slash + 1) === SPACE ? slash + 2 : slash + 1;
}

function dottedEnd(text: string, from: number): number {
  let i = from;
  while (isDigit(at(text, i)) || (at(text, i) === POINT && isDigit(at(text, i + 1)))) i++;
  return i;
}
