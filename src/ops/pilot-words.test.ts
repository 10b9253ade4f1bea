import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitWords } from './pilot-words.ts';

/** How many random strings are compared; 100,000 take some seconds. */
const COUNT = Number(process.env['SHELL_WORDS_RUNS'] ?? 5_000);

const SHLEX = `
import json, shlex, sys
for line in sys.stdin:
    try:
        print(json.dumps(shlex.split(json.loads(line))))
    except ValueError:
        print("null")
`;

/** What Python's shlex makes of each text: its words, or null where it refuses. */
function shlexSplit(texts: readonly string[]): (readonly string[] | null)[] {
  const input = texts.map((text) => `${JSON.stringify(text)}\n`).join('');
  const { stdout, stderr, status } = spawnSync('python3', ['-c', SHLEX], {
    input,
    encoding: 'utf8',
    maxBuffer: 1e9,
    timeout: 55_000,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const wordsOf = (text: string): readonly string[] | null => {
  const split = splitWords(text);
  return split.type === 'words' ? split.words : null;
};

describe('splitWords', () => {
  it('equals shlex.split of Python on random strings', () => {
    const char = fc.constantFrom(...'\'\'""\\\\  \t\r\nab|#$`;&<>(){}*?~=é😀\0');
    const text = fc.array(char, { maxLength: 16 }).map((chars) => chars.join(''));
    const texts = fc.sample(text, COUNT);
    const theirs = shlexSplit(texts);
    const different = texts.flatMap((sample, i) => {
      const ours = wordsOf(sample);
      return JSON.stringify(ours) === JSON.stringify(theirs[i])
        ? []
        : [{ sample, ours, theirs: theirs[i] }];
    });
    expect(theirs).toHaveLength(texts.length);
    expect(different).toEqual([]);
  });

  it('says where a quote was opened that is not closed', () => {
    expect(splitWords(`a 'b c`)).toEqual({
      type: 'mistake',
      message: "the quote ' is not closed",
      offset: 2,
    });
    expect(splitWords('ab\\')).toMatchObject({ type: 'mistake', offset: 2 });
  });
});
