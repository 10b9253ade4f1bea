// What a release promises of its package: both shims, every Node it names, and a package that is the same from a clean
// checkout. Long, and needs the cross compiler that native/shim/prebuild.sh names: FLOWFORGE_PACKAGE_TESTS=all.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld } from '../support/flowforge.ts';
import {
  install,
  isEverything,
  type Packed,
  pack,
  packageFolder,
  remove,
} from '../support/package.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** What an ELF file says of its machine. */
const MACHINES = { x64: 62, arm64: 183 } as const;
const NODES_IT_RUNS_ON = ['22.13.0', '24.21.0', '26.12.1'];
const NODES_TOO_OLD = ['15.14.0', '18.20.8', '20.20.2'];
const THREE_LINES =
  /^Runaway detected in \d+\.\d seconds\nCPU peaked at \d+\.\d%\nProcess recovered\n$/;

describe.runIf(isEverything)('a release', () => {
  let folder: string;
  let packed: Packed;
  let home: string;
  let bin: string;

  beforeAll(async () => {
    folder = packageFolder();
    const checkout = join(folder, 'checkout');
    execFileSync('git', ['clone', '--quiet', ROOT, checkout]);
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: checkout });
    packed = await pack(folder, null, checkout);
    const prefix = join(folder, 'prefix');
    const seconds = await install(packed.tarball, prefix);
    expect(seconds, "npm's registry cannot be reached").not.toBeNull();
    home = join(prefix, 'lib/node_modules/flowforge');
    bin = join(prefix, 'bin/flowforge');
  }, 300_000);

  afterAll(() => remove(folder));

  const node = (version: string): string => {
    const place = join(folder, `node-${version}`);
    mkdirSync(place);
    writeFileSync(join(place, 'package.json'), '{"private":true}');
    const name = `node-${process.platform}-${process.arch}@${version}`;
    execFileSync('npm', ['install', '--no-audit', '--no-fund', name], {
      cwd: place,
      stdio: 'pipe',
    });
    return join(place, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin/node');
  };

  it('carries a static shim for each architecture, which may be executed', () => {
    for (const [architecture, machine] of Object.entries(MACHINES)) {
      const path = `dist/shim/linux-${architecture}/flowforge-shim`;
      expect(packed.files.find((file) => file.path === path)?.mode).toBe(0o755);
      const shim = readFileSync(join(home, path));
      expect(shim.subarray(0, 4).toString('latin1')).toBe('\x7fELF');
      expect(shim.readUInt16LE(18)).toBe(machine);
      expect(shim.includes('ld-linux'), 'asks for no dynamic linker').toBe(false);
    }
  });

  it('starts the shim of the other architecture', ({ skip }) => {
    const emulator = { x64: 'qemu-aarch64-static', arm64: 'qemu-x86_64-static' }[
      process.arch as 'x64' | 'arm64'
    ];
    const other = process.arch === 'x64' ? 'arm64' : 'x64';
    const shim = join(home, `dist/shim/linux-${other}/flowforge-shim`);
    const { error, stdout, status } = spawnSync(emulator, [shim, '--probe'], { encoding: 'utf8' });
    if (error) skip(`there is no ${emulator}`);
    expect(stdout).toMatch(/^(ok|isolation \d+)$/m);
    expect(status).toBe(0);
  });

  it('runs the demo as root as well', { timeout: 90_000 }, async () => {
    const { stdout, code } = await createWorld({}, null, undefined, [bin]).run('demo');
    expect(stdout).toMatch(THREE_LINES);
    expect(code).toBe(0);
  });

  it.each(NODES_IT_RUNS_ON)('runs the demo on Node %s', { timeout: 180_000 }, async (version) => {
    const path = `${dirname(node(version))}:/usr/bin:/bin`;
    const { stdout, code } = await createWorld({ PATH: path }, null, undefined, [bin]).run('demo');
    expect(stdout).toMatch(THREE_LINES);
    expect(code).toBe(0);
  });

  it.each(NODES_TOO_OLD)('says what it needs on Node %s', { timeout: 180_000 }, (version) => {
    const main = join(home, 'dist/main.js');
    const { stderr, stdout, status } = spawnSync(node(version), [main, 'run', '--', 'true'], {
      encoding: 'utf8',
    });
    expect([stdout, status]).toEqual(['', 125]);
    expect(stderr).toContain(`flowforge: needs Node 22.13 or newer; this is ${version}\n`);
  });
});
