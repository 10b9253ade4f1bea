// Every way a descendant can hide, against every way a run can end. FLOWFORGE_MATRIX_ROUNDS=20 repeats each cell.

import { existsSync, statSync } from 'node:fs';
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
  /** Every generation leaves a byte in its file, so that it shows whether there still are any; none after a while. */
  const SPRINTER = `
end = time.monotonic() + 30
beats = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
while time.monotonic() < end:
    if os.fork() != 0: os._exit(0)
    os.setsid()
    os.write(beats, b".")
`;

  /** Whether the file has stopped growing: between two looks at all processes of the system, time goes by. */
  const isStill = (beats: string): boolean => {
    const before = statSync(beats).size;
    const seen = Array.from({ length: 5 }, () => processesWith(beats).length);
    return statSync(beats).size === before && seen.every((count) => count === 0);
  };

  it.each([
    ['a stop', ((_, world) => world.run('stop')) as Ending],
    ['SIGKILL of FlowForge', killed],
  ])('is gone after %s, though each of it lives a millisecond', async (_, end) => {
    for (let round = 0; round < ROUNDS; round++) {
      const world = createWorld();
      const beats = join(world.folder, 'beats');
      const code = `import os, sys, time\nprint('up', flush=True)\nif os.fork():\n    time.sleep(60)${SPRINTER}`;
      const args = ['run', '--grace', '100ms', '--', 'python3', '-c', code, beats];
      const run = world.start(args);
      await run.seen('up');
      await until(() => existsSync(beats) && statSync(beats).size > 20, 'it moves');
      await end(run, world);
      await run.finished;
      await until(() => isStill(beats), 'it is caught', GONE_WITHIN_MS);
    }
  });
});
