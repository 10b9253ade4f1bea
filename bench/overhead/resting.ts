// What a guard costs while nothing happens: beside PM2, with small and large trees, and many guards at once.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Bench, guarded } from './bench.ts';
import { after, exitOf, until } from './command.ts';
import { type Measure, type Reading, US, type Way } from './measure.ts';
import { cpuMs, descendants, memoryOf } from './process-figures.ts';

const WATCHED_MS = 20_000;
const SETTLE_MS = 4_000;
const MB = 1e6;
const CPU = 'CPU, % of a core';
const RSS = 'RSS, MB';
const OWN = 'memory of its own, MB';

export const resting: readonly Measure[] = [
  ...[1, 20, 200].map(
    (count): Measure => ({
      id: `idle-${count}`,
      work: `idle over a tree of ${count}`,
      unit: '% of a core',
      rounds: 2,
      reference: 'an idle Node with a timer of 1 s',
      ratioAtMost: null,
      ...(count === 20 && {
        bounds: [
          { figure: CPU, atMost: 0.3 },
          { figure: RSS, atMost: 60 },
        ],
      }),
      ways: (bench) => [
        {
          name: 'an idle Node with a timer of 1 s',
          run: () => watched(bench, [bench.node, '-e', 'setInterval(() => {}, 1000)'], '-e'),
        },
        ...pm2Ways(bench, count),
        { name: US, run: () => watched(bench, guarded(bench, tree(count)), 'main.js') },
      ],
    }),
  ),
  {
    id: 'fifty',
    work: '50 guarded jobs at once, each idle',
    unit: '% of a core, each',
    rounds: 1,
    reference: US,
    ratioAtMost: null,
    bounds: [
      { figure: CPU, atMost: 0.3 },
      { figure: RSS, atMost: 50 },
    ],
    ways: (bench) => [{ name: US, run: () => fifty(bench) }],
  },
];

const tree = (count: number): string[] =>
  count === 1
    ? ['sleep', '1000']
    : ['bash', '-c', `for i in $(seq ${count - 1}); do sleep 1000 & done; wait`];

/** CPU and memory of the process with `mark` in its command line, once it has settled. */
async function watched(bench: Bench, argv: readonly string[], mark: string): Promise<Reading> {
  const child = start(bench, argv);
  await after(SETTLE_MS * bench.scale);
  const [pid = 0] = descendants(child.pid ?? 0, mark);
  const reading = await watch(bench, [pid]);
  child.kill('SIGTERM');
  await exitOf(child);
  return reading;
}

async function fifty(bench: Bench): Promise<Reading> {
  const guards = Array.from({ length: 50 }, () => start(bench, guarded(bench, tree(1))));
  await until(() => guards.every(({ pid = 0 }) => descendants(pid).length > 2), 'all 50 at work');
  await after(SETTLE_MS * bench.scale);
  const reading = await watch(
    bench,
    guards.map(({ pid = 0 }) => pid),
  );
  for (const guard of guards) guard.kill('SIGTERM');
  await Promise.all(guards.map(exitOf));
  return reading;
}

/** Of each of the processes, in the mean. */
async function watch(bench: Bench, pids: readonly number[]): Promise<Reading> {
  const mean = (of: (pid: number) => number): number =>
    pids.reduce((sum, pid) => sum + of(pid), 0) / pids.length;
  const before = mean(cpuMs);
  const beganAt = performance.now();
  await after(WATCHED_MS * bench.scale);
  const percent = (100 * (mean(cpuMs) - before)) / (performance.now() - beganAt);
  const figures = {
    [CPU]: percent,
    [RSS]: mean((pid) => memoryOf(pid).rss) / MB,
    [OWN]: mean((pid) => memoryOf(pid).own) / MB,
  };
  return { cost: percent, figures };
}

function pm2Ways(bench: Bench, count: number): Way[] {
  const { pm2 } = bench.peers;
  if (!pm2) return [];
  const env = { ...bench.env, PM2_HOME: bench.path('pm2') };
  const call = (...args: string[]) =>
    spawnSync(bench.node, [pm2, ...args], { env, stdio: 'ignore' });
  return [
    {
      name: 'PM2',
      async run() {
        const [command = '', ...rest] = tree(count);
        call('start', command, '--interpreter', 'none', '--name', 'idle', '--', ...rest);
        await after(SETTLE_MS * bench.scale);
        const pid = Number(readFileSync(bench.path('pm2/pm2.pid'), 'utf8'));
        const reading = await watch(bench, [pid]);
        call('kill');
        return reading;
      },
    },
  ];
}

function start({ env, folder }: Bench, [command = '', ...rest]: readonly string[]): ChildProcess {
  return spawn(command, rest, { env, cwd: folder, stdio: 'ignore' });
}
