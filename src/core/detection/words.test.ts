import { describe, expect, it } from 'vitest';
import { bytesInWords, inWords, rateInWords } from './words.ts';

describe('numbers in words', () => {
  it.each([
    [850, '850 ms'],
    [64_000, '64 s'],
    [480_000, '8 min'],
    [9_000_000, '2.5 h'],
  ])('%d ms are %s', (ms, words) => expect(inWords(ms)).toBe(words));

  it.each([
    [0, '0 B'],
    [0.5, '1 B'],
    [512, '512 B'],
    [65_536, '64 KB'],
    [1.2 * 1024 ** 3, '1.2 GB'],
    [5e15, '4547 TB'],
  ])('%d bytes are %s', (bytes, words) => expect(bytesInWords(bytes)).toBe(words));

  it.each([
    [0.44, '0.4'],
    [31.4, '31'],
  ])('a rate of %d is %s', (rate, words) => expect(rateInWords(rate)).toBe(words));
});
