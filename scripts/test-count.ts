// Prints the count of the tests from vitest's own results, alone on a line, and fails where anything failed. A file
// of tests that could not be loaded counts as a failed test, and so does a gate that failed, vitest itself where its
// results do not say why.
//   node scripts/test-count.ts <results.json> <failed gates> <vitest's exit status>

import { readFileSync } from 'node:fs';

interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly FileResult[];
}

interface FileResult {
  readonly status: string;
  readonly assertionResults: readonly { readonly status: string }[];
}

const NOTHING: Results = {
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
};

const [, , path = '', failedGates = '', vitestStatus = ''] = process.argv;
const results = read(path);
const unloaded = results.testResults.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
).length;
const explained = results.numFailedTests + unloaded;
const unexplained = vitestStatus !== '0' && explained === 0 ? 1 : 0;
const failed = explained + unexplained + Number(failedGates);
const skipped = results.numPendingTests + results.numTodoTests;
process.stdout.write(`${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed > 0 || results.numPassedTests === 0 ? 1 : 0;

function read(file: string): Results {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return NOTHING; // vitest ended before it could say anything; its exit status tells
  }
}
