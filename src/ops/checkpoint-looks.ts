// The steps of a checkpoint that only look: at what git tracks, at the documents, at the versions, at the build.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Checked, CheckpointScene } from './checkpoint-step.ts';

/** What must be there for a release. */
export const DOCUMENTS = [
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'ARCHITECTURE.md',
  'THREAT_MODEL.md',
  'docs/api.md',
  'docs/cli.md',
  'docs/configuration.md',
  'docs/detection.md',
  'docs/errors.md',
  'docs/events.md',
  'docs/metrics.md',
  'docs/operations.md',
  'docs/runbook.md',
] as const;

/** Names of files that belong to one machine, or to nobody else. */
const PRIVATE_NAMES: readonly RegExp[] = [
  /(^|\/)(node_modules|dist|\.runtime|pilot_artifacts|coverage)\//,
  /\.(db|db-wal|db-shm|sqlite3?|key|pem|p12|pfx|tgz)$/,
  /(^|\/)\.env(\.|$)/,
  /(^|\/)(\.flowforge\.env|id_(rsa|ecdsa|ed25519)|\.npmrc|\.netrc)$/,
];

/** Fixtures of the tests hold made-up secrets on purpose. */
const MADE_UP = /(^test\/|\.test\.ts$)/;
const KEY_BLOCK = /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}/;
const KEYS_OF_PROVIDERS =
  /\b(AKIA[0-9A-Z]{16}|ghp_[A-Za-z0-9]{36}|sk-ant-[A-Za-z0-9-]{40,}|xox[bp]-[0-9]{10,}-\w+)\b/;
const TEXT_BYTES_MAX = 1024 * 1024;

/** No tracked file is one of a machine, and none but the fixtures of the tests holds a key. */
export async function trackedFiles({ root }: CheckpointScene): Promise<Checked> {
  const files = listTracked(root);
  if (!files) return { result: 'SKIPPED', detail: 'this is not a git checkout' };
  const named = files.filter((file) => PRIVATE_NAMES.some((pattern) => pattern.test(file)));
  const holding = files.filter((file) => !MADE_UP.test(file) && holdsKey(join(root, file)));
  const found = [...new Set([...named, ...holding])];
  if (found.length > 0) return { result: 'FAIL', detail: `tracked: ${found.join(', ')}` };
  return { result: 'PASS', detail: `${files.length} tracked files looked at` };
}

function listTracked(root: string): readonly string[] | null {
  if (!existsSync(join(root, '.git'))) return null;
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 64 * TEXT_BYTES_MAX } as const;
  return execFileSync('git', ['ls-files', '-z'], options).split('\0').filter(Boolean);
}

function holdsKey(path: string): boolean {
  if (!existsSync(path) || statSync(path).size > TEXT_BYTES_MAX) return false;
  const text = readFileSync(path, 'latin1');
  return KEY_BLOCK.test(text) || KEYS_OF_PROVIDERS.test(text);
}

export const missingDocuments = (root: string): readonly string[] =>
  DOCUMENTS.filter((path) => !existsSync(join(root, path)));

/** The version in package.json, in the lock file, in the changelog and in the build is one. */
export async function versions({ root }: CheckpointScene): Promise<Checked> {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  if (!existsSync(join(root, 'package-lock.json')) || !existsSync(join(root, 'CHANGELOG.md')))
    return { result: 'SKIPPED', detail: 'this is not a checkout' };
  const wanted = JSON.parse(read('package.json')).version as string;
  const lock = JSON.parse(read('package-lock.json')).version as string;
  const argv = [...process.execArgv, join(root, 'dist/main.js'), '--version'];
  const built = execFileSync(process.execPath, argv, { encoding: 'utf8' }).trim();
  const changes = headingOf(read('CHANGELOG.md'), wanted);
  const all = { 'package.json': wanted, 'package-lock.json': lock, build: built };
  const other = Object.entries(all).filter(([, version]) => version !== wanted);
  const wrong = [
    ...other.map(([place, version]) => `${place} says ${version}`),
    ...(changes ? [] : ['CHANGELOG.md does not tell of it']),
  ];
  if (wrong.length > 0) return { result: 'FAIL', detail: `${wanted}, but ${wrong.join(', ')}` };
  return {
    result: 'PASS',
    detail: `${wanted} in package, lock file and build; “${changes}” in the changelog`,
  };
}

/** The heading of a version; what is not yet released may stand under “Unreleased”. */
function headingOf(changelog: string, version: string): string | null {
  const headings = [...changelog.matchAll(/^## \[?([^\]\s]+)/gm)].map(
    ([, heading = '']) => heading,
  );
  const isPreRelease = version.includes('-');
  return (
    headings.find((heading) => heading === version) ??
    (isPreRelease ? headings.find((heading) => heading === 'Unreleased') : undefined) ??
    null
  );
}

/** More than this, compressed, is a mistake: something was bundled that should not be. */
const BUNDLE_GZIP_BYTES_MAX = 1024 * 1024;

/** What `main.js` and everything it names come to; chunks of older builds are not of it. */
export async function bundleSize({ root }: CheckpointScene): Promise<Checked> {
  const dist = join(root, 'dist');
  if (!existsSync(join(dist, 'main.js'))) return { result: 'FAIL', detail: 'there is no build' };
  const sources = [...builtFiles(dist)].map((name) => readFileSync(join(dist, name)));
  const bytes = sources.reduce((sum, { length }) => sum + length, 0);
  const gzipBytes = sources.reduce((sum, source) => sum + gzipSync(source).length, 0);
  const parts = [
    `${kb(bytes)} in ${sources.length} files, ${kb(gzipBytes)} compressed`,
    ...['shim', 'dashboard'].flatMap((name) => {
      const folder = join(dist, name);
      return existsSync(folder) ? [`${name} ${kb(bytesIn(folder))}`] : [];
    }),
  ];
  const result = gzipBytes <= BUNDLE_GZIP_BYTES_MAX ? 'PASS' : 'FAIL';
  return {
    result,
    detail: `${parts.join('; ')} (at most ${kb(BUNDLE_GZIP_BYTES_MAX)} compressed)`,
  };
}

/** Names of the files of the build that `main.js` leads to. */
export function builtFiles(dist: string): ReadonlySet<string> {
  const found = new Set<string>(['main.js']);
  for (const name of found) {
    const text = readFileSync(join(dist, name), 'utf8');
    for (const [, other = ''] of text.matchAll(
      /["'`]\.\/((?:cli|chunk|[a-z-]+)-[A-Z0-9]{8}\.js)["'`]/g,
    )) {
      if (existsSync(join(dist, other))) found.add(other);
    }
  }
  return found;
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .filter((stat) => stat.isFile())
    .reduce((sum, { size }) => sum + size, 0);
}

const kb = (bytes: number): string => `${Math.round(bytes / 1024)} KB`;

/** Whether the tests have started us: to start them again would go on for ever. */
export function isWithinTests(): boolean {
  for (let pid = process.ppid; pid > 1; ) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('vitest')) return true;
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      pid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    } catch {
      return false;
    }
  }
  return false;
}
