// What a service manager hears of FlowForge, over the kind of socket that systemd listens at.

import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createWorld, type World } from '../support/flowforge.ts';
import { freePort } from '../support/free-port.ts';
import { childrenOf, processesWith, until } from '../support/processes.ts';
import { startManager } from '../support/service-manager.ts';

const WATCHDOG = { WATCHDOG_USEC: '200000' };

/** Whether a process is the one that passes our words on. */
const isTelling = (pid: number): boolean => processesWith('flowforge-shim --notify').includes(pid);

/** A world whose FlowForge is started as a service. */
async function createService(env: NodeJS.ProcessEnv = {}, name?: string) {
  const world = createWorld();
  const socket = name ?? join(world.folder, 'notify');
  const manager = await startManager(socket);
  Object.assign(world.env, { NOTIFY_SOCKET: socket, ...env });
  return { world, manager };
}

describe('flowforge serve as a service', () => {
  it('is ready when it answers, gives signs of life, and says that it is stopping', async () => {
    const { world, manager } = await createService(WATCHDOG);
    const port = await freePort();
    const { child, finished } = world.start(['serve', '--port', `${port}`]);
    await manager.hears('READY=1');
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    expect(await manager.hears('STATUS=')).toBe(
      `STATUS=the API answers at http://127.0.0.1:${port}`,
    );
    await manager.hears('WATCHDOG=1');
    await manager.hears('WATCHDOG=1');
    child.kill('SIGTERM');
    await manager.hears('STOPPING=1');
    expect((await finished).code).toBe(0);
  });

  it('gives no sign of life while it does not turn', async () => {
    const { world, manager } = await createService(WATCHDOG);
    const { child } = world.start(['serve', '--port', '0']);
    await manager.hears('WATCHDOG=1');
    child.kill('SIGSTOP');
    await manager.hears('silence');
    child.kill('SIGCONT');
    await manager.hears('WATCHDOG=1');
  });

  it('gives none where none is wanted of this very process', async () => {
    const { world, manager } = await createService({ ...WATCHDOG, WATCHDOG_PID: '1' });
    world.start(['serve', '--port', '0']);
    await manager.hears('STATUS=');
    await manager.hears('silence');
    expect(manager.words).not.toContain('WATCHDOG=1');
  });
});

describe('flowforge run as a service', () => {
  it('is ready when the command runs, which hears nothing of the manager', async () => {
    const { world, manager } = await createService(
      WATCHDOG,
      `@flowforge-test-${process.pid}-${performance.now()}`,
    );
    const { child, finished, seen } = world.start([
      'run',
      '--grace',
      '3s',
      '--',
      'sh',
      '-c',
      'env; echo up; sleep 60',
    ]);
    await manager.hears('READY=1');
    expect(await manager.hears('STATUS=')).toMatch(/guards pid \d+ as run_\w+$/);
    await seen('up');
    await manager.hears('WATCHDOG=1');
    child.kill('SIGTERM');
    await manager.hears('STOPPING=1');
    // The grace, and what else ending may take: systemd waits so much longer.
    expect(await manager.hears('EXTEND_TIMEOUT_USEC=')).toBe('EXTEND_TIMEOUT_USEC=15000000');
    const { stdout } = await finished;
    expect(stdout).not.toMatch(/NOTIFY_SOCKET|WATCHDOG/);
  });

  it('is never ready where the command cannot be started', async () => {
    const { world, manager } = await createService();
    expect((await world.run('run', '--', join(world.folder, 'missing'))).code).toBe(127);
    await manager.hears('STOPPING=1');
    expect(manager.words).not.toContain('READY=1');
  });

  it('guards on where the manager is gone', async () => {
    const world = createWorld({ NOTIFY_SOCKET: '/nowhere/notify', ...WATCHDOG });
    const { code, stdout } = await world.run('run', '--', 'echo', 'hello');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'hello\n' });
  });

  it('leaves no helper behind when it is killed', async () => {
    const { world, manager } = await createService();
    const { child, finished } = world.start(['run', '--', 'sleep', '60']);
    await manager.hears('STATUS=');
    const helpers = childrenOf(child.pid ?? 0).filter((pid) => isTelling(pid));
    expect(helpers).toHaveLength(1);
    child.kill('SIGKILL');
    await finished;
    await until(() => !helpers.some(isTelling), 'the helper has ended');
  });
});

/** How a copy of this FlowForge is called whose shim may not be executed. */
function withoutShim(world: World): readonly [string, ...string[]] {
  const root = resolve(import.meta.dirname, '../..');
  const copy = join(world.folder, 'copy');
  for (const part of ['package.json', 'dist']) {
    cpSync(join(root, part), join(copy, part), {
      recursive: true,
      filter: (path) => !path.endsWith('.map') && relative(root, path) !== 'dist/dashboard',
    });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const platform = `${process.platform}-${process.arch}`;
  chmodSync(join(copy, 'dist/shim', platform, 'flowforge-shim'), 0o644);
  return [process.execPath, '--disable-warning=ExperimentalWarning', join(copy, 'dist/main.js')];
}

/** A PATH with a `systemd-notify` that says what it is given, as the real one does. */
function toolsOfSystemd({ folder }: World): string {
  const tools = join(folder, 'tools');
  const program = join(tools, 'systemd-notify');
  mkdirSync(tools);
  writeFileSync(
    program,
    `#!/usr/bin/env python3
import os, socket, sys
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.sendto(sys.argv[1].encode(), os.environ["NOTIFY_SOCKET"])
`,
    { mode: 0o755 },
  );
  return `${tools}:${process.env['PATH']}`;
}

describe('where the shim may not be executed', () => {
  it('the manager hears the same by systemd-notify', async () => {
    const { world, manager } = await createService(WATCHDOG);
    world.env['PATH'] = toolsOfSystemd(world);
    const { child, finished } = world.start(['run', '--', 'sleep', '60'], {
      by: withoutShim(world),
    });
    await manager.hears('READY=1');
    expect(await manager.hears('STATUS=')).toMatch(/guards pid \d+ as run_\w+$/);
    await manager.hears('WATCHDOG=1');
    child.kill('SIGTERM');
    await manager.hears('STOPPING=1');
    await finished;
  });

  it.each([
    ['run', '--', 'echo', 'started'],
    ['serve', '--port', '0'],
  ])(
    'and there is no such tool, it refuses at once, before it starts anything: %s',
    async (...args) => {
      const { world, manager } = await createService();
      world.env['PATH'] = '/nowhere';
      const { stdout, stderr, code } = await world.start(args, { by: withoutShim(world) }).finished;
      expect({ stdout, code }).toEqual({ stdout: '', code: 125 });
      expect(stderr).toMatch(
        /the service manager waits for word from us.*\n.*Make the shim executable/,
      );
      expect(manager.words).not.toContain('READY=1');
    },
  );
});

it('says so where the manager cannot be told', async () => {
  const world = createWorld({ NOTIFY_SOCKET: 'no-address' });
  const { code, stderr } = await world.start(['run', '--', 'sleep', '0.5']).finished;
  expect(code).toBe(0);
  expect(stderr).toContain('the service manager hears nothing of us');
});
