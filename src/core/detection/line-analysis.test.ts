import { describe, expect, it } from 'vitest';
import { LineAnalysis } from './line-analysis.ts';

/** What the last of some lines told; lines that end in `\r` are redraws. */
function last(lines: readonly string[], progressRegex: string | null = null) {
  const analysis = new LineAnalysis(progressRegex);
  for (const text of lines) {
    const redraw = text.endsWith('\r');
    analysis.analyse({ stream: 'stdout', text: redraw ? text.slice(0, -1) : text, redraw });
  }
  return { ...analysis.facts };
}

const lines = (count: number, line: (i: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, i) => line(i));

describe('a line', () => {
  it.each([
    ['is all new when its wording is', lines(3, (i) => `reading ${'abc'[i]}bc`), 1],
    ['tells nothing when it is the same again', lines(9, () => 'connection refused'), 0],
    ['tells nothing when only its time is new', lines(9, (i) => `10:00:0${i} polling`), 0],
    ['tells nothing when only an attempt is counted', lines(9, (i) => `attempt ${i}: waiting`), 0],
    ['tells nothing when only a duration is new', lines(9, (i) => `polled in ${i * i}ms`), 0],
    ['tells all when a fraction advances', lines(9, (i) => `step ${i + 1}/500`), 1],
    ['tells all when a percentage advances', lines(9, (i) => `${i * 3}% done`), 1],
    ['tells something when a new value is measured', lines(9, (i) => `loss ${Math.sin(i)}`), 0.7],
    [
      'tells something when a file is counted through',
      lines(9, (i) => `copied part_${i}.bin`),
      0.5,
    ],
    ['tells something when work is counted', lines(9, (i) => `processed ${i * 1000} rows`), 0.5],
    [
      'tells little when it fails and only a number is new',
      lines(9, (i) => `failed at ${(i * i) % 89}`),
      0.1,
    ],
    [
      'tells something when it fails at another place',
      lines(9, (i) => `error in file${i}.ts`),
      0.4,
    ],
  ])('%s', (_, given, information) => {
    expect(last(given).information).toBeCloseTo(information, 5);
  });

  it('tells nothing when the same values come round again', () => {
    const round = ['a 1.25', 'a 3.5', 'a 0.75', 'a 9.125'];
    expect(last(Array.from({ length: 6 }, () => round).flat()).information).toBe(0);
    const shuffled = lines(40, (i) => `a ${round[(i * i * 7 + (i >> 2)) % 4]?.slice(2)}`);
    expect(last(shuffled).information).toBeGreaterThan(0);
  });

  it('tells nothing by a counter of turns in a loop of several lines', () => {
    const loop = lines(
      40,
      (i) => `${['fetch', 'parse', 'store'][i % 3]} iteration=${Math.floor(i / 3)}`,
    );
    expect(last(loop).information).toBe(0);
  });

  it.each([
    ['error: could not connect', true],
    ['Traceback (most recent call last):', true],
    ['HTTP 503 Service Unavailable', true],
    ['0 errors, 0 failed', false],
    ['train error 0.25', false],
    ['no errors found', false],
    ['all tests passed', false],
  ])('%j speaks of failure: %s', (text, failure) => {
    expect(last([text]).failure).toBe(failure);
  });

  it('does not count as a fact of its own when it is a stack frame', () => {
    expect(last(['    at parse (a.js:1:2)']).counted).toBe(false);
    expect(last(['  File "a.py", line 3, in f', '    return g()']).counted).toBe(false);
    expect(last(['  File "a.py", line 3, in f', 'ValueError: x']).counted).toBe(true);
  });

  it('is progress in a bar that is drawn again, only while it advances', () => {
    expect(last([' 10%\r', ' 11%\r'])).toMatchObject({ counted: false, progress: true });
    expect(last([' 11%\r', ' 11%\r'])).toMatchObject({ counted: false, progress: false });
    expect(last(['\u001b[2A layer 1: 10%', ' layer 2: 20%']).counted).toBe(false);
  });

  it('is progress where the user says so', () => {
    expect(last(['tick', 'tick', 'tick'], '^tick$')).toMatchObject({
      information: 1,
      progress: true,
    });
  });
});
