// The units for systemd: judged by its own tool where it is installed, and started as they say.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createWorld, MAIN } from '../support/flowforge.ts';
import { startManager } from '../support/service-manager.ts';

const UNITS = resolve(import.meta.dirname, '../../deploy/systemd');
const EXPOSURE_MAX = 2.0;
const SYSTEM_UNITS = ['flowforge.service', 'flowforge-job@.service'] as const;
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

const textOf = (unit: string): string => readFileSync(join(UNITS, unit), 'utf8');
const valuesOf = (unit: string, key: string): readonly string[] =>
  [...textOf(unit).matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);

function analyze(...args: string[]) {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

/** The path of a unit under a name that it can be started by. */
function instance(unit: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'flowforge-unit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, unit.replace('@.', '@backup.'));
  copyFileSync(join(UNITS, unit), path);
  return path;
}

describe.skipIf(!hasSystemd)('systemd-analyze', () => {
  it.each([...SYSTEM_UNITS, 'user/flowforge.service'])('finds no fault in %s', (unit) => {
    const path = unit.includes('@') ? instance(unit) : join(UNITS, unit);
    expect(analyze('verify', path)).toEqual({ status: 0, said: '' });
  });

  it.each(SYSTEM_UNITS)('finds %s hardly exposed', (unit) => {
    const { said } = analyze('security', '--offline=true', '--no-pager', join(UNITS, unit));
    const exposure = Number(/Overall exposure level for .*: ([\d.]+)/.exec(said)?.[1]);
    expect(exposure).toBeGreaterThan(0);
    expect(exposure).toBeLessThanOrEqual(EXPOSURE_MAX);
  });
});

describe.each([...SYSTEM_UNITS, 'user/flowforge.service'])('%s', (unit) => {
  it('leaves the ending of the tree to FlowForge', () => {
    expect(valuesOf(unit, 'KillMode')).toEqual(['mixed']);
    expect(valuesOf(unit, 'Type')).toEqual(['notify']);
    expect(valuesOf(unit, 'NotifyAccess')).toEqual(['all']);
  });
});

describe('a job as a service', () => {
  it('is not started again after FlowForge has stopped it, nor where it cannot be', () => {
    expect(valuesOf('flowforge-job@.service', 'RestartPreventExitStatus')).toEqual(['124 126 127']);
    expect(valuesOf('flowforge-job@.service', 'OOMPolicy')).toEqual(['continue']);
  });

  it('shares its evidence and its user with the API', () => {
    for (const key of ['User', 'UMask']) {
      expect(valuesOf(SYSTEM_UNITS[1], key)).toEqual(valuesOf(SYSTEM_UNITS[0], key));
    }
    const [serves = '', runs = ''] = SYSTEM_UNITS.map((unit) => valuesOf(unit, 'Environment')[0]);
    expect(runs).toBe(`${serves} FLOWFORGE_API=false`);
  });
});

describe.each(SYSTEM_UNITS)('the command of %s', (unit) => {
  it('is ready to be started so', async () => {
    const world = createWorld();
    const bin = join(world.folder, 'bin');
    mkdirSync(bin);
    symlinkSync(MAIN, join(bin, 'flowforge'));
    const socket = join(world.folder, 'notify');
    const manager = await startManager(socket);
    Object.assign(world.env, { PATH: `${bin}:${process.env['PATH']}`, NOTIFY_SOCKET: socket });
    const [env = '', flowforge = '', ...args] = (valuesOf(unit, 'ExecStart')[0] ?? '')
      .replace('/etc/flowforge/jobs/%i', '/bin/cat')
      .replaceAll('%i', 'backup')
      .split(' ');
    expect([env, flowforge]).toEqual(['/usr/bin/env', 'flowforge']);
    const isServing = args[0] === 'serve';
    const { child, finished } = world.start(isServing ? [...args, '--port', '0'] : args, {
      holdInput: true,
    });
    await manager.hears('READY=1');
    child.kill('SIGTERM');
    const { code, signal } = await finished;
    expect([code, signal]).toEqual(isServing ? [0, null] : [null, 'SIGTERM']);
  });
});
