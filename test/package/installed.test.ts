// The package as it is installed by a user: without a compiler or a script, in a path with spaces, in a folder that
// nobody may write. FLOWFORGE_PACKAGE_TESTS=all adds what takes long.

import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { builtFiles } from '../../src/ops/checkpoint-looks.ts';
import { createWorld, type World } from '../support/flowforge.ts';
import { freePort } from '../support/free-port.ts';
import { install, ownShims, type Packed, pack, packageFolder, remove } from '../support/package.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MB = 1024 * 1024;
const UNPACKED_BYTES_MAX = 15 * MB;
const DEPENDENCIES_MAX = 12;
const NOBODY = 65_534;

/** What an older build has left, which a guard that still runs may load. */
const LEFT = ['dist/chunk-LEFTOVER.js', 'dist/dashboard/assets/leftover.js'];

let folder: string;
let packed: Packed;
let prefix: string;
let bin: string;
let home: string;
let installSeconds: number | null = null;

beforeAll(async () => {
  folder = packageFolder();
  chmodSync(folder, 0o755);
  for (const path of LEFT) writeFileSync(join(ROOT, path), '');
  packed = await pack(folder, ownShims(folder));
  prefix = join(folder, 'a prefix with spaces');
  bin = join(prefix, 'bin/flowforge');
  home = join(prefix, 'lib/node_modules/flowforge');
  installSeconds = await install(packed.tarball, prefix);
  if (installSeconds === null) return;
  execFileSync('chmod', ['-R', 'a-w,a+rX', prefix]);
}, 120_000);

afterAll(() => {
  if (existsSync(prefix)) execFileSync('chmod', ['-R', 'u+w', prefix]);
  remove(folder);
  for (const path of LEFT) rmSync(join(ROOT, path), { force: true });
});

/** Skips a test of what is installed where npm's registry could not be reached. */
function needInstalled({ skip }: TestContext): void {
  if (installSeconds === null) skip("npm's registry cannot be reached: nothing is installed");
}

const asUser = (): World =>
  createWorld({}, process.getuid?.() === 0 ? NOBODY : null, undefined, [bin]);

describe('the tarball', () => {
  it('holds what runs and nothing else', () => {
    const others = packed.files
      .map(({ path }) => path)
      .filter((path) => !/^(dist\/([\w-]+\.js|dashboard\/|shim\/linux-)|demo\/|man\/)/.test(path));
    expect(others.sort()).toEqual([
      'LICENSE',
      'README.md',
      'dist/licences.txt',
      'dist/sbom.cdx.json',
      'docs/flowforge.schema.json',
      'package.json',
    ]);
  });

  it('holds all of its build and nothing of an older one, which stays in the checkout', () => {
    const paths = new Set(packed.files.map(({ path }) => path));
    expect([...builtFiles(join(ROOT, 'dist'))].filter((it) => !paths.has(`dist/${it}`))).toEqual(
      [],
    );
    for (const path of LEFT)
      expect([path, paths.has(path), existsSync(join(ROOT, path))]).toEqual([path, false, true]);
  });

  it('has no install script and few dependencies', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    for (const hook of ['preinstall', 'install', 'postinstall', 'prepare'])
      expect(manifest.scripts).not.toHaveProperty(hook);
    const { dependencies = {}, optionalDependencies = {} } = manifest;
    const count = Object.keys({ ...dependencies, ...optionalDependencies }).length;
    expect(count).toBeLessThanOrEqual(DEPENDENCIES_MAX);
    expect(manifest).not.toHaveProperty('private');
  });

  it('is clean for publint', async () => {
    const bytes = new Uint8Array(readFileSync(packed.tarball));
    const { messages } = await publint({ pack: { tarball: bytes.buffer }, strict: true });
    expect(messages).toEqual([]);
  });
});

describe('the installed package', () => {
  it('is small, and its shim may be executed', (test) => {
    needInstalled(test);
    const bytes = bytesIn(join(prefix, 'lib'));
    process.stdout.write(
      `installed in ${installSeconds?.toFixed(1)} s (at most 20 s from a warm cache), ` +
        `${(bytes / MB).toFixed(1)} MB with its dependencies (at most 15 MB)\n`,
    );
    expect(bytes).toBeLessThanOrEqual(UNPACKED_BYTES_MAX);
    const shim = join(home, `dist/shim/linux-${process.arch}/flowforge-shim`);
    expect(statSync(shim).mode & 0o111).toBe(0o111);
    expect(lstatSync(bin).isSymbolicLink()).toBe(true);
  });

  it('runs the demo for an ordinary user, who may write nothing of it', async (test) => {
    needInstalled(test);
    const { stdout, code } = await asUser().run('demo');
    expect(stdout).toMatch(
      /^Runaway detected in \d+\.\d seconds\nCPU peaked at \d+\.\d%\nProcess recovered\n$/,
    );
    expect(code).toBe(0);
  });

  it('holds its trees by the shim, and makes native calls', async (test) => {
    needInstalled(test);
    const { stdout } = await asUser().run('doctor', '--json');
    const told = JSON.stringify(JSON.parse(stdout));
    expect(told).toContain('holds every descendant');
    expect(told).toContain('comes to FlowForge');
  });

  it('brings its manual page, its completion and its configuration template', async (test) => {
    needInstalled(test);
    const page = join(prefix, 'share/man/man1/flowforge.1');
    expect(readFileSync(page, 'utf8')).toBe(readFileSync(join(ROOT, 'man/flowforge.1'), 'utf8'));
    const world = asUser();
    const { stdout } = await world.run('completion', 'bash');
    expect(spawnSync('bash', ['-n'], { input: stdout }).status).toBe(0);
    const { code } = await world.run('init');
    expect(code).toBe(0);
    const written = readFileSync(join(world.folder, 'flowforge.yaml'), 'utf8');
    const [, schema = ''] = /\$schema=(\S.*)$/m.exec(written) ?? [];
    expect(existsSync(schema.trim().replace(/^file:\/\//, ''))).toBe(true);
  });

  it('says what it needs on a Node that is too old', (test) => {
    needInstalled(test);
    const node = ['/usr/bin/node', '/usr/local/bin/node'].find(isTooOld);
    if (node === undefined) {
      test.skip('this machine has no Node that is too old');
      return;
    }
    const main = join(home, 'dist/main.js');
    const { stderr, stdout, status } = spawnSync(node, [main, 'run', '--', 'true'], {
      encoding: 'utf8',
    });
    expect([stdout, status]).toEqual(['', 125]);
    expect(stderr).toMatch(/^flowforge: needs Node 22\.13 or newer; this is \d+\.\d+\.\d+\n/);
  });

  it('has no checkpoint to pass: that is for a checkout', async (test) => {
    needInstalled(test);
    const { stderr, code } = await asUser().run('checkpoint');
    expect(code).toBe(2);
    expect(stderr).toContain('a checkpoint is of a checkout');
  });

  it('serves the dashboard', async (test) => {
    needInstalled(test);
    const world = asUser();
    const port = await freePort();
    const serve = world.start(['serve', '--port', String(port)]);
    await serve.seen('answers at');
    const page = await (await fetch(`http://127.0.0.1:${port}/`)).text();
    const [, asset = ''] = /src="([^"]+)"/.exec(page) ?? [];
    const { status, headers } = await fetch(`http://127.0.0.1:${port}${asset}`);
    expect([status, headers.get('content-type')]).toEqual([200, expect.stringContaining('script')]);
    serve.child.kill('SIGTERM');
    await serve.finished;
  });
});

function isTooOld(node: string): boolean {
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  const [major = 99] = (stdout ?? '').replace(/^v/, '').split('.').map(Number);
  return major < 22;
}

function bytesIn(path: string): number {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => lstatSync(join(path, name)))
    .filter((it) => it.isFile())
    .reduce((sum, { size }) => sum + size, 0);
}
