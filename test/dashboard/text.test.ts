import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainText, takeApart } from '../../dashboard/src/ui/ansi.ts';
import { commandLine } from '../../dashboard/src/ui/command-line.ts';
import { ago, bytes, duration, figure } from '../../dashboard/src/ui/units.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
const HIDDEN = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

describe('a line of a stranger', () => {
  it.each([
    ['colour', '\x1b[31mred\x1b[0m plain', 'red plain'],
    ['256 colours and the background', '\x1b[38;5;196;48;2;1;2;3mx\x1b[m', 'x'],
    ['a title', 'a\x1b]0;owned\x07b', 'ab'],
    ['a link', '\x1b]8;;http://evil.example/\x1b\\here\x1b]8;;\x1b\\', 'here'],
    ['a title that never ends', 'a\x1b]0;owned', 'a'],
    ['a cleared screen', 'a\x1b[2J\x1b[Hb', 'ab'],
    ['reordered text', 'user\u202egnp.exe', 'userU+202Egnp.exe'],
    ['invisible text', 'pass\u200bword', 'passU+200Bword'],
    ['a bell and a zero', 'a\x07b\x00', 'aU+0007bU+0000'],
    ['two lines', 'a\nb', 'a↵b'],
  ])('with %s is legible and can do nothing', (_, line, shown) => {
    expect(plainText(line)).toBe(shown);
  });

  it('keeps its colours as classes', () => {
    expect(takeApart('\x1b[1;31merror\x1b[22m: no\x1b[39m!')).toEqual([
      { text: 'error', className: 'ansi-1 ansi-bold', isNamed: false },
      { text: ': no', className: 'ansi-1', isNamed: false },
      { text: '!', className: '', isNamed: false },
    ]);
  });

  it('is cut when it is long, and says by how much', () => {
    const shown = plainText('x'.repeat(65_536));
    expect(shown.length).toBeLessThan(4_200);
    expect(shown).toContain('61,440 more characters');
  });

  it('never brings a hidden character through, whatever it is made of', () => {
    const nasty = fc.constantFrom(
      '\x1b[',
      '\x1b]',
      '\x07',
      '\x1b\\',
      '\u202e',
      '3',
      ';',
      'm',
      '\u009b',
      'é',
    );
    const text = fc.array(fc.oneof(nasty, fc.string({ unit: 'binary' })), { maxLength: 60 });
    fc.assert(
      fc.property(text, (parts) => {
        const line = parts.join('');
        expect(plainText(line)).not.toMatch(HIDDEN);
        expect(plainText(line).length).toBeLessThanOrEqual(8 * line.length + 40);
      }),
    );
  });
});

describe('a command', () => {
  it('is shown as it could be typed', () => {
    expect(commandLine(['python3', '-c', "print('a b')", '--x=1'])).toBe(
      `python3 -c 'print('\\''a b'\\'')' --x=1`,
    );
  });
});

describe('a number', () => {
  it.each([
    [figure(0.0042), '0'],
    [figure(5.293), '5.29'],
    [figure(1204.4), '1,204'],
    [bytes(0), '0 B'],
    [bytes(1536), '1.5 kB'],
    [bytes(5e15), '5000 TB'],
    [duration(850), '850 ms'],
    [duration(59_999), '59 s'],
    [duration(125_000), '2 min 5 s'],
    [duration(7_200_000), '2 h'],
    [ago(0, 1000), 'just now'],
    [ago(0, 12_000), '12 s ago'],
    [ago(12_000, 0), 'in 12 s'],
    [ago(0, 3 * 86_400_000), '3 d ago'],
  ])('reads %s', (shown, expected) => {
    expect(shown).toBe(expected);
  });
});
