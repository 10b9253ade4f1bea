// Prints the count of the tests from vitest's own results, alone on a line, and fails where anything failed.
//   node scripts/test-count.ts <results.json> <failed gates, vitest among them>

import { readFileSync } from 'node:fs';

interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

const [, , path = '', failedGates = ''] = process.argv;
const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = read(path);

// Failed tests make vitest itself a failed gate; that failure is counted by its tests.
const otherFailures = Math.max(0, Number(failedGates) - (numFailedTests > 0 ? 1 : 0));
const failed = numFailedTests + otherFailures;
const skipped = numPendingTests + numTodoTests;
process.stdout.write(`${numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed > 0 || numPassedTests === 0 ? 1 : 0;

function read(file: string): Results {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // The run ended before it could say anything; the gate has been counted as failed.
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
  }
}
