// What a service manager hears of FlowForge, over the kind of socket that systemd listens at.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createWorld } from '../support/flowforge.ts';
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
