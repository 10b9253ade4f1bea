// Measures for launcher.sh: three ways to start, interleaved, so that a busy machine slows all of them alike.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROUNDS = 40;
const [, , root = '.', node = process.execPath] = process.argv;
const bundle = ['--disable-warning=ExperimentalWarning', join(root, 'dist/main.js'), '--version'];

const ways = {
  launcher: () => spawnSync(join(root, 'flowforge'), ['--version']),
  bundle: () => spawnSync(node, bundle),
  'node -e 0': () => spawnSync(node, ['-e', '0']),
} as const;
type Way = keyof typeof ways;

const timesMs: Record<Way, number[]> = { launcher: [], bundle: [], 'node -e 0': [] };
for (let round = 0; round < ROUNDS; round++) {
  for (const way of Object.keys(ways) as Way[]) timesMs[way].push(timed(ways[way]));
}

const [launcherMs, bundleMs, emptyMs] = [
  median(timesMs.launcher),
  median(timesMs.bundle),
  median(timesMs['node -e 0']),
];
print(`./flowforge --version        ${launcherMs.toFixed(1)} ms`);
print(`node dist/main.js --version  ${bundleMs.toFixed(1)} ms`);
print(`node -e 0                    ${emptyMs.toFixed(1)} ms`);
print(`the launcher adds            ${(launcherMs - bundleMs).toFixed(1)} ms`);
print(`whole start against node     ${(launcherMs / emptyMs).toFixed(2)}x`);

function timed(start: () => unknown): number {
  const beganAt = performance.now();
  start();
  return performance.now() - beganAt;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
