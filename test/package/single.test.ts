// The single executable: everything inside one file. Built and tried with FLOWFORGE_PACKAGE_TESTS=all, or at once where
// FLOWFORGE_SINGLE names one that is built.

import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../support/flowforge.ts';
import { freePort } from '../support/free-port.ts';
import { isEverything, packageFolder, remove } from '../support/package.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const given = process.env['FLOWFORGE_SINGLE'];

describe.runIf(isEverything || given !== undefined)('the single executable', () => {
  let folder: string;
  let file: string;

  beforeAll(() => {
    folder = packageFolder();
    chmodSync(folder, 0o755);
    file = join(folder, 'a folder with spaces', 'flowforge');
    mkdirSync(join(file, '..'));
    if (given === undefined) {
      execFileSync(process.execPath, [join(ROOT, 'scripts/build-single.ts'), file]);
    } else copyFileSync(given, file);
    chmodSync(file, 0o555);
  }, 120_000);

  afterAll(() => remove(folder));

  const world = (env: NodeJS.ProcessEnv = {}, uid: number | null = null): World =>
    createWorld({ PATH: '/usr/bin:/bin', ...env }, uid, undefined, [file]);
  const unpacked = (home: string): string => join(home, '.cache/flowforge/unpacked');
  const shimIn = (home: string): string => {
    const name = readdirSync(unpacked(home), { recursive: true, encoding: 'utf8' }).find((path) =>
      path.endsWith('flowforge-shim'),
    );
    return join(unpacked(home), name ?? 'nothing');
  };

  it('says its version, which is that of the checkout', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect((await world().run('--version')).stdout).toBe(`${version}\n`);
  });

  it('lies beside the licences and the bill of all that is in it', () => {
    const native = `@koromix/koffi-${process.platform}-${process.arch}`;
    const licences = readFileSync(`${given ?? file}.licences.txt`, 'utf8');
    for (const holder of ['Niels Martignène', 'Rich Felker', 'Node.js is licensed for use'])
      expect(licences).toContain(holder);
    const { components } = JSON.parse(readFileSync(`${given ?? file}.cdx.json`, 'utf8'));
    expect(components).toContainEqual(
      expect.objectContaining({ name: native, scope: 'required', hashes: [expect.anything()] }),
    );
    expect(components).not.toContainEqual(expect.objectContaining({ scope: 'optional' }));
  });

  it('runs the demo for an ordinary user, without a Node on the machine', async () => {
    const user = world({}, isRoot ? NOBODY : null);
    const { stdout, code } = await user.run('demo');
    expect(stdout).toMatch(
      /^Runaway detected in \d+\.\d seconds\nCPU peaked at \d+\.\d%\nProcess recovered\n$/,
    );
    expect(code).toBe(0);
    expect(lstatSync(unpacked(user.folder)).mode & 0o777).toBe(0o700);
  });

  it('holds its trees by the shim, and makes native calls', async () => {
    const { stdout } = await world().run('doctor', '--json');
    expect(stdout).toContain('holds every descendant');
    expect(stdout).toContain('comes to FlowForge');
  });

  it('lays its shim out anew where it is not what it carries', async () => {
    const user = world();
    expect((await user.run('run', '--', 'true')).code).toBe(0);
    const shim = shimIn(user.folder);
    const content = readFileSync(shim);
    writeFileSync(shim, '#!/bin/sh\necho taken over\n');
    expect((await user.run('run', '--', 'echo', 'well')).stdout).toBe('well\n');
    expect(readFileSync(shim).equals(content)).toBe(true);
  });

  it('does not use a folder that others can write', async () => {
    const user = world();
    mkdirSync(unpacked(user.folder), { recursive: true });
    chmodSync(unpacked(user.folder), 0o777);
    expect((await user.run('run', '--', 'true')).code).toBe(0);
    expect(readdirSync(unpacked(user.folder))).toEqual([]);
  });

  it('does not follow a link in place of its folder', async () => {
    const user = world();
    const elsewhere = join(user.folder, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o700 });
    mkdirSync(join(unpacked(user.folder), '..'), { recursive: true });
    symlinkSync(elsewhere, unpacked(user.folder));
    expect((await user.run('run', '--', 'true')).code).toBe(0);
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it.runIf(isRoot)(
    'guards without the shim where no file may be executed, and says so',
    async ({ skip }) => {
      const user = world();
      const home = join(user.folder, 'home');
      mkdirSync(home);
      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'noexec,mode=777', 'tmpfs', home]);
      if (mounted.status !== 0) skip('nothing can be mounted here');
      try {
        Object.assign(user.env, { HOME: home, TMPDIR: home, XDG_STATE_HOME: home });
        const { stdout, code } = await user.run('run', '--', 'echo', 'guarded');
        expect([stdout, code]).toEqual(['guarded\n', 0]);
        expect((await user.run('doctor')).stdout).toMatch(/containment: group/);
      } finally {
        execFileSync('umount', [home]);
      }
    },
  );

  it('serves the dashboard from the inside, also in the background', async () => {
    const port = await freePort();
    const user = world({ FLOWFORGE_PORT: String(port) });
    const { pid, url } = await user.json<{ pid: number; url: string }>('serve', '--background');
    try {
      expect(await (await fetch(`${url}/`)).text()).toContain('<title>FlowForge</title>');
      expect(existsSync(join(user.folder, '.cache'))).toBe(false);
    } finally {
      process.kill(pid, 'SIGTERM');
    }
  });

  it('takes its own word for the settings of Node, and leaves those of the command alone', async () => {
    const user = world({ NODE_OPTIONS: '--no-such-option' });
    const { stdout, code } = await user.run('run', '--', 'sh', '-c', 'echo "$NODE_OPTIONS"');
    expect([stdout, code]).toEqual(['--no-such-option\n', 0]);
  });

  it('ends its drill with nothing left alive', { timeout: 180_000 }, async () => {
    const { stdout, code } = await world().run('drill', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ failed: 0 });
    expect(code).toBe(0);
  });
});
