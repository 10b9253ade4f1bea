// As the first process of a container: in a PID namespace, which is what makes one, by the launcher of the image.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answers, createApiWorld } from '../support/api-world.ts';
import { createWorld, MAIN, type Running, type World } from '../support/flowforge.ts';
import { childrenOf, processesWith, until } from '../support/processes.ts';

const canMakeNamespaces =
  spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status === 0;
const hasCompiler = spawnSync('cc', ['--version']).status === 0;

let prefix = '';
let launcher = '';
beforeAll(() => {
  prefix = mkdtempSync(join(tmpdir(), 'flowforge-prefix-'));
  launcher = join(prefix, 'bin/flowforge');
  if (!hasCompiler) return;
  const script = resolve(import.meta.dirname, '../../native/launcher/build.sh');
  const built = spawnSync('sh', [script, dirname(launcher)], { encoding: 'utf8' });
  expect([built.status, built.stderr]).toEqual([0, '']);
  mkdirSync(join(prefix, 'lib/flowforge'), { recursive: true });
  symlinkSync(process.execPath, join(prefix, 'lib/flowforge/node'));
  symlinkSync(dirname(MAIN), join(prefix, 'lib/flowforge/dist'));
});
afterAll(() => rmSync(prefix, { recursive: true, force: true }));

/** A container's first process, and a way to start more in there, as `docker exec` does. */
async function startFirst(world: World, args: readonly string[], init: readonly string[] = []) {
  const first = world.start(args, {
    by: ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child', ...init, launcher],
  });
  await until(() => childrenOf(first.child.pid ?? 0).length > 0, 'it has started');
  const [pid = 0] = childrenOf(first.child.pid ?? 0);
  const inside = ['nsenter', '--target', String(pid), '--pid', '--mount'] as const;
  return {
    ...{ first, pid },
    exec: (by: readonly string[], rest: readonly string[] = []): Running =>
      world.start(rest, { by: [...inside, ...by] }),
  };
}

describe.runIf(canMakeNamespaces && hasCompiler)('the first process of a container', () => {
  it('that serves stops the runs beside it in order when it is told to end', async () => {
    const { world, base } = await createApiWorld();
    const { first, pid, exec } = await startFirst(world, ['serve']);
    await first.seen('answers at');
    expect(await answers(base)).toBe(true);
    // One that cleans up, and one that must be killed.
    const tidy = exec(
      [launcher],
      [
        'run',
        '--',
        'sh',
        '-c',
        'trap "echo tidied; exit" TERM; echo up; while :; do sleep 0.05; done # 81.17',
      ],
    );
    const stubborn = exec(
      [launcher],
      [
        'run',
        '--grace',
        '300ms',
        '--',
        'sh',
        '-c',
        'trap "" TERM; (setsid sleep 82.17 &); echo up; sleep 83.17; sleep 83.17',
      ],
    );
    await Promise.all([tidy.seen('up'), stubborn.seen('up')]);

    process.kill(pid, 'SIGTERM');
    const [ended, one, other] = await Promise.all([
      first.finished,
      tidy.finished,
      stubborn.finished,
    ]);
    expect([ended.code, ended.stderr]).toEqual([
      0,
      expect.stringContaining('SIGTERM to the container'),
    ]);
    expect([one.code, one.stdout]).toEqual([124, 'up\ntidied\n']);
    expect([other.code, other.stderr]).toEqual([
      124,
      expect.stringContaining('nothing is left of it'),
    ]);
    for (const mark of ['81.17', '82.17', '83.17']) expect(processesWith(mark)).toEqual([]);

    const database = new DatabaseSync(world.env['FLOWFORGE_DB_PATH'] ?? '', { readOnly: true });
    const ends = database.prepare('SELECT exit_reason FROM runs').all();
    database.close();
    expect(ends.map((it) => it['exit_reason'])).toEqual(['USER_TERMINATED', 'USER_TERMINATED']);
    expect((await world.run('evidence', 'verify', '--db')).code).toBe(0);
  });

  it('tells a run again that did not answer at first', async () => {
    const { world } = await createApiWorld();
    const { first, pid, exec } = await startFirst(world, ['serve']);
    await first.seen('answers at');
    const run = exec([launcher], ['run', '--', 'sh', '-c', 'echo up; sleep 86.17; :']);
    await run.seen('up');
    const [guard = 0] = childrenOf(run.child.pid ?? 0);
    process.kill(guard, 'SIGSTOP');
    process.kill(pid, 'SIGTERM');
    await first.seen('does not answer yet');
    process.kill(guard, 'SIGCONT');
    // Where it came from stops with it, too.
    process.kill(run.child.pid ?? 0, 'SIGCONT');
    expect((await run.finished).stderr).toContain('nothing is left of it');
    expect((await first.finished).code).toBe(0);
  });

  it('may be a known init above it: it ends the other runs all the same', async () => {
    const tini = join(prefix, 'tini');
    copyFileSync('/bin/sh', tini);
    const passesOn = `trap 'kill -TERM $!' TERM; "$@" & wait; wait`;
    const { world } = await createApiWorld();
    const { first, pid, exec } = await startFirst(world, ['serve'], [tini, '-c', passesOn, 'tini']);
    await first.seen('answers at');
    const run = exec([launcher], ['run', '--', 'sh', '-c', 'echo up; sleep 85.17; :']);
    await run.seen('up');
    process.kill(pid, 'SIGTERM');
    expect((await run.finished).stderr).toContain('nothing is left of it');
    await first.finished;
    expect(processesWith('85.17')).toEqual([]);
  });

  it('reaps what is left to it, and shows no key to those beside it', async () => {
    const { world } = await createApiWorld();
    const { first, pid, exec } = await startFirst(world, ['serve']);
    await first.seen('answers at');
    const orphans = 'for i in 1 2 3 4 5 6 7 8; do (sh -c "sleep 0.01; exit 3" &); done; exit 0';
    expect((await exec(['sh', '-c', orphans]).finished).code).toBe(0);
    await until(() => childrenOf(pid).length === 1, 'its only child is FlowForge');
    expect(readFileSync(`/proc/${pid}/environ`, 'latin1')).toContain('FLOWFORGE_API_KEY=\0');
    process.kill(pid, 'SIGTERM');
    expect((await first.finished).code).toBe(0);
  });

  it('that guards ends as its command did, and passes the signals on', async () => {
    const world = createWorld();
    const seven = await startFirst(world, ['run', '--', 'sh', '-c', 'exit 7']);
    expect((await seven.first.finished).code).toBe(7);

    const { first, pid } = await startFirst(world, [
      'run',
      '--',
      'sh',
      '-c',
      'trap "echo usr1" USR1; echo up; while :; do sleep 0.05; done # 84.17',
    ]);
    await first.seen('up');
    process.kill(pid, 'SIGUSR1');
    await first.seen('usr1');
    process.kill(pid, 'SIGTERM');
    expect((await first.finished).code).toBe(128 + 15);
    expect(processesWith('84.17')).toEqual([]);
  });
});
