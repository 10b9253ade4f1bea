import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../limits.ts';
import type { OutputLine } from './detector.ts';
import { createLineSplitter } from './line-splitter.ts';

/** The lines of a text given in these chunks, redraws marked with a trailing `~`. */
function split(...chunks: readonly string[]): string[] {
  const lines: OutputLine[] = [];
  const splitter = createLineSplitter('stdout');
  for (const chunk of chunks) splitter.push(chunk, (line) => lines.push(line));
  splitter.end((line) => lines.push(line));
  return lines.map((line) => (line.redraw ? `${line.text}~` : line.text));
}

const terminalText = fc.string({
  unit: fc.constantFrom('a', 'b', '\r', '\n', '\0', 'é', '\u001b[2K'),
  maxLength: 60,
});

describe('the line splitter', () => {
  it.each([
    { given: 'a\nb\n', lines: ['a', 'b'] },
    { given: 'a\r\nb', lines: ['a', 'b'] },
    { given: '1%\r2%\r3%\n', lines: ['1%~', '2%~', '3%'] },
    { given: '\r1%\r2%\r', lines: ['1%~', '2%~'] },
    { given: '\n\n', lines: ['', ''] },
    { given: 'a\r\r\nb', lines: ['a', 'b'] },
    { given: '', lines: [] },
  ])('reads $given as $lines', ({ given, lines }) => {
    expect(split(given)).toEqual(lines);
  });

  it('reads one end of line where a chunk ends between \\r and \\n', () => {
    expect(split('a\r', '\nb\r', 'c')).toEqual(['a', 'b~', 'c']);
  });

  it('gives the same lines however the text is cut', () => {
    fc.assert(
      fc.property(terminalText, fc.array(fc.nat(60), { maxLength: 8 }), (text, cuts) => {
        const edges = [...new Set([0, ...cuts.filter((c) => c < text.length), text.length])].sort(
          (a, b) => a - b,
        );
        const chunks = edges.slice(1).map((edge, i) => text.slice(edges[i], edge));
        expect(split(...chunks)).toEqual(split(text));
      }),
    );
  });

  it('cuts a line that is too long and counts the rest, in bounded memory', () => {
    const lines: OutputLine[] = [];
    const splitter = createLineSplitter('stderr');
    const mebibyte = 'x'.repeat(1 << 20);
    for (let i = 0; i < 256; i++) splitter.push(mebibyte, (line) => lines.push(line));
    splitter.push('\nnext\n', (line) => lines.push(line));
    expect(lines.map((line) => line.text.length)).toEqual([LIMITS.lineCharsMax, 4]);
    expect(splitter.cutChars()).toBe(256 * (1 << 20) - LIMITS.lineCharsMax);
  });

  it('starts afresh at the first whole line after a gap', () => {
    const texts: string[] = [];
    const splitter = createLineSplitter('stdout');
    const tell = (line: OutputLine) => texts.push(line.text);
    splitter.push('one\ntw', tell);
    splitter.gap();
    splitter.push('rest of a lost line\nthree\n', tell);
    expect(texts).toEqual(['one', 'three']);
    expect(splitter.cutChars()).toBe('tw'.length + 'rest of a lost line'.length);
  });
});
