import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compactDuration, compactSize } from './show.ts';
import {
  choice,
  count,
  duration,
  type Kind,
  money,
  onOff,
  orNone,
  percent,
  regex,
  size,
  someOf,
  text,
} from './value.ts';

const YEAR_MS = 365 * 86_400_000;

/** What `raw` reads as, or the word `refused`. */
function read<T>(kind: Kind<T>, raw: unknown): T | 'refused' {
  const parsed = kind.schema().safeParse(raw);
  return parsed.success ? parsed.data : 'refused';
}

describe('a duration', () => {
  it.each([
    ['250ms', 250],
    ['10s', 10_000],
    ['1.5s', 1_500],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['10', 10_000],
    [10, 10_000],
  ])('reads %j as %d ms', (raw, ms) => {
    expect(read(duration(0, YEAR_MS), raw)).toBe(ms);
  });

  it.each(['', '10 s', '10x', '-1s', 's', '1h 30m', null, true, Number.NaN, -1, '400d'])(
    'refuses %j',
    (raw) => {
      expect(read(duration(0, YEAR_MS), raw)).toBe('refused');
    },
  );

  it('reads back what it shows', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: YEAR_MS }), (ms) => {
        expect(read(duration(0, YEAR_MS), compactDuration(ms))).toBe(ms);
      }),
    ));
});

describe('a size', () => {
  it.each([
    ['512MB', 512_000_000],
    ['512MiB', 536_870_912],
    ['2 GiB', 2_147_483_648],
    ['1.5kb', 1_500],
    ['7B', 7],
  ])('reads %j as %d bytes', (raw, bytes) => {
    expect(read(size(1), raw)).toBe(bytes);
  });

  it.each(['512', 512, '512M', '-1MB', 'MB', '0B', null])('refuses %j', (raw) => {
    expect(read(size(1), raw)).toBe('refused');
  });

  it('reads back what it shows', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 45 }), (bytes) => {
        expect(read(size(1), compactSize(bytes))).toBe(bytes);
      }),
    ));
});

describe('the other kinds', () => {
  it.each([
    [percent(1, 102_400), '250%', 250],
    [percent(1, 100), 0, 'refused'],
    [percent(1, 100), '101', 'refused'],
    [count(0, 65_535), '8080', 8080],
    [count(0, 65_535), 1.5, 'refused'],
    [count(0, 65_535), '65536', 'refused'],
    [money(), '$2.50', 2.5],
    [money(), 0, 'refused'],
    [choice(['a', 'b']), 'b', 'b'],
    [choice(['a', 'b']), 'B', 'refused'],
    [someOf(['a', 'b']), 'a, b', ['a', 'b']],
    [someOf(['a', 'b']), ['b'], ['b']],
    [someOf(['a', 'b']), '', []],
    [someOf(['a', 'b']), 'a,c', 'refused'],
    [onOff(), true, true],
    [onOff(), '0', false],
    [onOff(), 'maybe', 'refused'],
    [text(5, '<x>'), 'hello', 'hello'],
    [text(5, '<x>'), 'hello!', 'refused'],
    [text(5, '<x>'), 'a\nb', 'refused'],
    [regex(), '^step .*done$', '^step .*done$'],
    [regex(), '^epoch \\d+', '^epoch \\d+'],
    [regex(), 'step \\d+ of \\d+', 'step \\d+ of \\d+'],
    [regex(), '(', 'refused'],
    [regex(), '(a+)+$', 'refused'],
    [regex(), '(a|aa)*b', 'refused'],
    [orNone(count(1, 9)), 'none', null],
    [orNone(count(1, 9)), 'nothing', 'refused'],
  ] as [Kind<unknown>, unknown, unknown][])(
    '%# read their own and refuse the rest',
    (kind, raw, value) => {
      expect(read(kind, raw)).toEqual(value);
    },
  );
});
