// How long a tree of 500 takes to be gone, from the order to the proof, against a SIGKILL to each by a loop.

import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Bench } from './bench.ts';
import { exitOf, until } from './command.ts';
import { type Measure, type Reading, US } from './measure.ts';
import { descendants, isAlive } from './process-figures.ts';

const COUNT = 500;
const TREE = ['bash', '-c', `for i in $(seq ${COUNT - 1}); do sleep 1000 & done; wait`];

export const stopping: Measure = {
  id: 'stop-500',
  work: 'a tree of 500, from the order to the proof that it is empty',
  unit: 'ms',
  rounds: 10,
  reference: 'SIGKILL to its group, and a look until it is gone',
  ratioAtMost: 3,
  ways: (bench) => [
    { name: 'SIGKILL to its group, and a look until it is gone', run: () => byGroup(bench) },
    { name: US, run: () => byShim(bench) },
  ],
};

async function byGroup({ env }: Bench): Promise<Reading> {
  const [command = '', ...rest] = TREE;
  const leader = spawn(command, rest, { env, stdio: 'ignore', detached: true });
  const pid = leader.pid ?? 0;
  await until(() => descendants(pid).length === COUNT, 'the tree');
  const members = descendants(pid);
  const beganAt = performance.now();
  process.kill(-pid, 'SIGKILL');
  while (members.some(isAlive)) await new Promise((done) => setImmediate(done));
  return { cost: performance.now() - beganAt };
}

async function byShim({ env, shim }: Bench): Promise<Reading> {
  const child = spawn(shim, ['--', ...TREE], {
    env,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  });
  const [, , , lifeLine, ...copies] = child.stdio as unknown as Socket[];
  for (const copy of copies) copy.resume();
  await until(() => descendants(child.pid ?? 0).length > COUNT, 'the tree');
  const empty = said(lifeLine, 'empty ');
  const beganAt = performance.now();
  lifeLine?.write('kill\n');
  await empty;
  const cost = performance.now() - beganAt;
  await ended(child, lifeLine);
  return { cost };
}

function said(lifeLine: Socket | undefined, word: string): Promise<void> {
  let text = '';
  return new Promise((done) => {
    lifeLine?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(word)) done();
    });
  });
}

async function ended(child: ChildProcess, lifeLine: Socket | undefined): Promise<void> {
  const exit = exitOf(child);
  lifeLine?.destroy();
  await exit;
}
