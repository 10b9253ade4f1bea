// The last line of scripts/test.sh: what it counts, and that nothing failed goes uncounted.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const script = resolve(import.meta.dirname, '../scripts/test-count.ts');

function count(results: object | null, failedGates: number, vitestStatus: number) {
  const folder = mkdtempSync(join(tmpdir(), 'flowforge-count-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'results.json');
  if (results !== null) writeFileSync(path, JSON.stringify(results));
  const args = [script, path, String(failedGates), String(vitestStatus)];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return [stdout, status];
}

const results = (passed: number, failed: number, files: object[] = []) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: 2,
  numTodoTests: 1,
  testResults: files,
});
const unloaded = { status: 'failed', assertionResults: [] };
const failing = { status: 'failed', assertionResults: [{ status: 'failed' }] };

const CASES: readonly [string, Parameters<typeof count>, [string, number]][] = [
  ['all well', [results(7, 0), 0, 0], ['7 passed, 0 failed, 3 skipped\n', 0]],
  ['a failed test', [results(6, 1, [failing]), 0, 1], ['6 passed, 1 failed, 3 skipped\n', 1]],
  [
    'a file that did not load',
    [results(6, 0, [unloaded]), 0, 1],
    ['6 passed, 1 failed, 3 skipped\n', 1],
  ],
  ['both', [results(6, 1, [failing, unloaded]), 0, 1], ['6 passed, 2 failed, 3 skipped\n', 1]],
  ['a failed gate', [results(7, 0), 2, 0], ['7 passed, 2 failed, 3 skipped\n', 1]],
  ['an error outside of tests', [results(7, 0), 0, 1], ['7 passed, 1 failed, 3 skipped\n', 1]],
  ['no test at all', [results(0, 0), 0, 0], ['0 passed, 0 failed, 3 skipped\n', 1]],
  ['no results', [null, 0, 1], ['0 passed, 1 failed, 0 skipped\n', 1]],
];

it.each(CASES)('the count tells of %s', (_what, given, expected) => {
  expect(count(...given)).toEqual(expected);
});
