import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Bench } from '../../bench/overhead/bench.ts';
import { type Measure, type Reading, take, US } from '../../bench/overhead/measure.ts';
import { markdown, picture } from '../../bench/overhead/report.ts';

const MAIN = resolve(import.meta.dirname, '../../bench/overhead/main.ts');

/** Ways that read off what they cost. */
const measure = (costs: Readonly<Record<string, readonly Reading[]>>, rest = {}): Measure => ({
  ...{ id: 'some', work: 'some work', unit: 'ms', rounds: 3, reference: 'plain', ratioAtMost: 2 },
  ...rest,
  ways: () =>
    Object.entries(costs).map(([name, readings]) => {
      const left = [...readings];
      return { name, run: () => left.shift() ?? { cost: Number.NaN } };
    }),
});

const cost = (...costs: number[]): Reading[] => costs.map((it) => ({ cost: it }));
const bench = { scale: 1 } as Bench;

describe('a measure', () => {
  it('compares the ways round by round, so that a slow moment counts for neither', async () => {
    const result = await take(
      measure({ plain: cost(10, 100, 10), [US]: cost(15, 150, 15) }),
      bench,
      () => {},
    );
    expect(result.ways[1]?.ratio).toEqual({ median: 1.5, low: 1.5, high: 1.5 });
    expect(result.isReached).toBe(true);
  });

  it('is missed by a ratio above its bound, and by a figure above its own', async () => {
    const slow = await take(
      measure({ plain: cost(1, 1, 1), [US]: cost(1, 3, 3) }),
      bench,
      () => {},
    );
    expect(slow.isReached).toBe(false);
    const reading = { cost: 1, figures: { memory: 61 } };
    const large = await take(
      measure(
        { plain: cost(1, 1, 1), [US]: [reading, reading, reading] },
        { bounds: [{ figure: 'memory', atMost: 60 }] },
      ),
      bench,
      () => {},
    );
    expect(large).toMatchObject({ isReached: false, bounds: [{ median: 61, isReached: false }] });
  });

  it('is told as a table and drawn', async () => {
    const result = await take(
      measure({ plain: cost(1, 1, 1), [US]: cost(1, 1, 1) }),
      bench,
      () => {},
    );
    expect(markdown([result])).toContain('| **some work** | **FlowForge** |');
    expect(picture([result])).toContain('some work, against plain');
  });
});

describe('bench:overhead', () => {
  it('says which measures there are when it is asked for another', () => {
    const { status, stderr } = spawnSync(process.execPath, [MAIN, '--only', 'speed'], {
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stderr).toContain('there is no measure “speed”; --list names them');
  });
});
