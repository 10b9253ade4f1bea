// The npm package as a user gets it: packed from this checkout, installed from the tarball.

import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Whether the long tests of the package are asked for as well. */
export const isEverything = process.env['FLOWFORGE_PACKAGE_TESTS'] === 'all';

export interface PackedFile {
  readonly path: string;
  readonly size: number;
  readonly mode: number;
}

export interface Packed {
  readonly tarball: string;
  readonly unpackedSize: number;
  readonly files: readonly PackedFile[];
}

/** A folder of the test, which the test removes. */
export function packageFolder(): string {
  return mkdtempSync(join(tmpdir(), 'flowforge-package-'));
}

/** Packs the checkout at `root`, with the shims in `shims`, or else those that are built anew for all architectures. */
export async function pack(folder: string, shims: string | null, root = ROOT): Promise<Packed> {
  const own = shims === null ? {} : { SHIM_ARCHITECTURES: process.arch, SHIM_FOLDER: shims };
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: root,
    env: { ...process.env, ...own },
    maxBuffer: 2 ** 24,
  });
  const answer = JSON.parse(stdout.slice(stdout.search(/^[[{]/m)));
  const [packed] = Object.values<Packed & { filename: string }>(answer);
  if (packed === undefined) throw new Error(`npm pack said: ${stdout}`);
  return { ...packed, tarball: join(folder, packed.filename) };
}

/** A copy of the shims of this checkout. */
export function ownShims(folder: string): string {
  const shims = join(folder, 'shims');
  cpSync(join(ROOT, 'dist/shim'), shims, { recursive: true });
  return shims;
}

/** Installs a tarball as `npm install -g` does; null where the registry cannot be reached. Gives how long it took. */
export async function install(tarball: string, prefix: string): Promise<number | null> {
  mkdirSync(prefix, { recursive: true });
  const quiet = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  const began = performance.now();
  try {
    await run('npm', ['install', '--global', '--prefix', prefix, ...quiet, tarball]);
  } catch (error) {
    if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED/.test(String(error))) return null;
    throw error;
  }
  return (performance.now() - began) / 1000;
}

export function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
