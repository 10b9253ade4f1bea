// What a character of output is, by one table look-up. Beyond ASCII everything counts as a letter.

export const DIGIT = 1;
export const LETTER = 2;
export const BLANK = 3;
export const ESCAPE = 4;
/** a to f: a letter that may also be a hexadecimal digit. */
export const HEX_LETTER = 5;

/** 0: punctuation. Underscore is punctuation, so that `part_3_of_7` is words and numbers. */
const CLASS = new Uint8Array(128);
for (let c = 0; c < 128; c++) {
  const folded = c | 32;
  if (c >= 48 && c <= 57) CLASS[c] = DIGIT;
  else if (folded >= 97 && folded <= 122) CLASS[c] = folded <= 102 ? HEX_LETTER : LETTER;
  else if (c === 27) CLASS[c] = ESCAPE;
  else if (c <= 32 || c === 127) CLASS[c] = BLANK;
}

/** The class of a UTF-16 code unit. */
export const classOf = (c: number): number => (c < 128 ? (CLASS[c] as number) : LETTER);

export const isDigit = (c: number): boolean => c >= 48 && c <= 57;

export function isLetter(c: number): boolean {
  const kind = classOf(c);
  return kind === LETTER || kind === HEX_LETTER;
}

/** The code unit at `i`, 0 beyond the end. */
export const at = (text: string, i: number): number =>
  i >= 0 && i < text.length ? text.charCodeAt(i) : 0;
