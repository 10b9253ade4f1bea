import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compare, type Figure, figureOf } from '../bench/core/compare.ts';
import { createWorld } from './support/flowforge.ts';
import { processesWith } from './support/processes.ts';

const ROOT = resolve(import.meta.dirname, '..');
const figure = (name: string, ...rounds: number[]): Figure =>
  figureOf({ name, unit: 'line' }, rounds, []);

const bench = (...args: string[]) =>
  spawnSync(process.execPath, ['--expose-gc', 'bench/core/run.ts', '--rounds', '1', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 55_000,
  });

describe('two runs of the benchmarks', () => {
  it('differ where the change is larger than the noise of both, and only there', () => {
    const before = [
      figure('steady', 100, 101, 99),
      figure('noisy', 100, 160, 60),
      figure('quick', 100, 101, 99),
      figure('tiny', 100, 100, 100),
    ];
    const now = [
      figure('steady', 150, 151, 149),
      figure('noisy', 150, 210, 110),
      figure('quick', 50, 51, 49),
      figure('tiny', 102, 102, 102),
      figure('added', 1, 1, 1),
    ];
    expect(compare(now, before).map(({ name, verdict }) => [name, verdict])).toEqual([
      ['steady', 'slower'],
      ['noisy', 'same'],
      ['quick', 'faster'],
      ['tiny', 'same'],
      ['added', 'new'],
    ]);
  });

  it('are compared by `--baseline`, and what moved is flagged', () => {
    const { folder } = createWorld();
    const first = bench('--json', '--only', 'normalisation');
    const { figures } = JSON.parse(first.stdout) as { figures: Figure[] };
    expect(figures).toMatchObject([{ name: 'normalisation', unit: 'line' }]);
    expect(figures[0]?.ns).toBeGreaterThan(0);
    const baseline = join(folder, 'before.json');
    const former = figures.map((it) => ({ ...it, ns: it.ns / 100, noiseNs: 0 }));
    writeFileSync(baseline, JSON.stringify({ figures: former }));
    const second = bench('--baseline', baseline, '--only', 'normalisation');
    expect({ status: second.status, stderr: second.stderr }).toMatchObject({ status: 0 });
    expect(second.stdout).toMatch(/normalisation +\d+ ns .*slower {2}<<</);
  });

  it('leave no process of the tree they sample', () => {
    const { status, stdout, stderr } = bench('--only', 'sample-50-processes');
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stdout).toMatch(/ns .* per sample/);
    expect(processesWith('for i in $(seq 49); do sleep 1000')).toEqual([]);
  });
});
