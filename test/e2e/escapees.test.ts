// Every way a descendant can hide, against every way a run can end. FLOWFORGE_MATRIX_ROUNDS=20 repeats each cell.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHILDREN, createWorld, type Running, type World } from '../support/flowforge.ts';
import { childrenOf, processesWith, until } from '../support/processes.ts';

const ROUNDS = Number(process.env['FLOWFORGE_MATRIX_ROUNDS'] ?? 1);
const LEAKS = join(CHILDREN, 'leaks.py');
/** Nothing may be left so long after the end. */
const GONE_WITHIN_MS = 1000;

type Ending = (run: Running, world: World) => Promise<unknown>;
const killed: Ending = async ({ child }) => child.kill('SIGKILL');
const signalled =
  (signal: NodeJS.Signals): Ending =>
  async ({ child }) =>
    child.kill(signal);

const ENDINGS: readonly (readonly [string, Ending])[] = [
  ['flowforge stop', (_, world) => world.run('stop', 'leaky')],
  ['SIGTERM to FlowForge', signalled('SIGTERM')],
  ['SIGHUP to FlowForge', signalled('SIGHUP')],
  ['SIGINT to FlowForge', signalled('SIGINT')],
  ['SIGQUIT to FlowForge', signalled('SIGQUIT')],
  ['SIGKILL of FlowForge', killed],
  [
    'SIGKILL of the shim',
    async ({ child }) => process.kill(childrenOf(child.pid ?? 0)[0] ?? 0, 'SIGKILL'),
  ],
];

const newMark = (): string => `mark-${process.pid}-${performance.now()}`;

async function leakAnd(end: Ending, uid: number | null, ...leaderExit: string[]): Promise<void> {
  const world = createWorld({}, uid);
  const mark = newMark();
  const run = world.start([
    'run',
    '--name',
    'leaky',
    '--grace',
    '200ms',
    '--',
    'python3',
    LEAKS,
    mark,
    ...leaderExit,
  ]);
  await run.seen('leaked');
  const decoy = world.start(['run', '--', 'sleep', '30']);
  if (leaderExit.length === 0) await until(() => processesWith(mark).length >= 8, 'all are there');
  await end(run, world);
  const { code } = await run.finished;
  await until(() => processesWith(mark).length === 0, `nothing of ${mark} is left`, GONE_WITHIN_MS);
  if (leaderExit.length > 0) expect(code).toBe(Number(leaderExit[0]));
  expect(decoy.child.exitCode).toBeNull();
  decoy.child.kill('SIGTERM');
  await decoy.finished;
}

const users: readonly (readonly [string, number | null])[] =
  process.getuid?.() === 0
    ? [
        ['root', null],
        ['uid 65534', 65_534],
      ]
    : [['this user', null]];

describe.each(users)('as %s, nothing survives', (_, uid) => {
  it.each(ENDINGS)('%s', async (_name, end) => {
    for (let round = 0; round < ROUNDS; round++) await leakAnd(end, uid);
  });

  it('the leader’s own exit', async () => {
    for (let round = 0; round < ROUNDS; round++) await leakAnd(async () => {}, uid, '7');
  });
});

describe('a target that moves', () => {
  const SPRINTER = `
import os, sys
while True:
    if os.fork() != 0: os._exit(0)
    os.setsid()
`;

  it.each([
    ['a stop', ((_, world) => world.run('stop')) as Ending],
    ['SIGKILL of FlowForge', killed],
  ])('is gone after %s, though each of it lives a millisecond', async (_, end) => {
    for (let round = 0; round < ROUNDS; round++) {
      const world = createWorld();
      const mark = newMark();
      const code = `# ${mark}\nimport time\nprint('up', flush=True)\nif __import__('os').fork():\n    time.sleep(60)${SPRINTER}`;
      const run = world.start(['run', '--grace', '100ms', '--', 'python3', '-c', code]);
      await run.seen('up');
      await end(run, world);
      await run.finished;
      await until(() => processesWith(mark).length === 0, 'it is caught', GONE_WITHIN_MS);
    }
  });
});
