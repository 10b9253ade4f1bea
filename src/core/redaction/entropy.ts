// Tells values that were made by chance (keys) from values that mean something (words, numbers, paths).

/** Shannon entropy of the characters, in bits each; 0 for an empty text. */
export function bitsPerChar(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / text.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}

/** Whether a text mixes kinds of characters as words do not: digits with letters, or capitals within. */
export const isMixed = (text: string): boolean =>
  (/\d/.test(text) && /[A-Za-z]/.test(text)) || /[a-z][A-Z][A-Za-z]*[a-z][A-Z]/.test(text);

/** Whether a text looks made by chance: long enough, mixed, and without much repetition. */
export function looksRandom(text: string, charsMin = 10): boolean {
  if (text.length < charsMin || !isMixed(text)) return false;
  return bitsPerChar(text) >= Math.min(3, 0.75 * Math.log2(text.length));
}
