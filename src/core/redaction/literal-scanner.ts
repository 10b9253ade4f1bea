// Finds many fixed texts in one pass: a small table of their first characters tells almost every place at once that none
// begins there. Time is linear in the text; no regular expression is involved.

/** A fixed text to look for, and what it stands for. */
export interface Literal<T> {
  /** At least LITERAL_CHARS_MIN characters; in lower case where `anyCase`. */
  readonly text: string;
  readonly anyCase: boolean;
  readonly meaning: T;
}

/** Shorter texts cannot be looked for. */
export const LITERAL_CHARS_MIN = 3;

const TABLE_SIZE = 1 << 16;

/** Calls `found` for each literal at each place where it stands, from left to right. */
export type Scan<T> = (text: string, found: (at: number, literal: Literal<T>) => void) => void;

export function createScanner<T>(literals: readonly Literal<T>[]): Scan<T> {
  const table: Table<T> = { maybe: new Uint8Array(TABLE_SIZE), buckets: new Map() };
  for (const literal of literals) {
    if (literal.text.length < LITERAL_CHARS_MIN) continue;
    const hash = hashAt(literal.text, 0);
    table.maybe[hash] = 1;
    table.buckets.set(hash, [...(table.buckets.get(hash) ?? []), literal]);
  }
  return (text, found) => scan(table, text, found);
}

interface Table<T> {
  /** 1 where some literal begins with characters of that hash. */
  readonly maybe: Uint8Array;
  readonly buckets: Map<number, readonly Literal<T>[]>;
}

function scan<T>(
  { maybe, buckets }: Table<T>,
  text: string,
  found: (at: number, literal: Literal<T>) => void,
): void {
  const last = text.length - LITERAL_CHARS_MIN;
  let lower: string | null = null;
  for (let at = 0; at <= last; at++) {
    const hash = hashAt(text, at);
    if (maybe[hash] !== 1) continue;
    lower ??= asciiLowerCase(text);
    for (const literal of buckets.get(hash) ?? []) {
      const searched = literal.anyCase ? lower : text;
      if (searched.startsWith(literal.text, at)) found(at, literal);
    }
  }
}

/** Upper and lower case fall together, so that one table serves both kinds of literals. */
const hashAt = (text: string, at: number): number =>
  ((text.charCodeAt(at) | 32) * 4_096 +
    (text.charCodeAt(at + 1) | 32) * 64 +
    (text.charCodeAt(at + 2) | 32)) &
  (TABLE_SIZE - 1);

/** ASCII only: other letters change their length, and with it all places behind them. */
export const asciiLowerCase = (text: string): string =>
  text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
