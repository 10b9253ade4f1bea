// Builds dist/: the command line, the dashboard, the shim, and what they are made of. With --package it is for others:
// both prebuilt shims are there already.
//
// Two builds may run at the same time, and a guard that started hours ago may still load a chunk: chunks are named
// by their content and only ever added, each by a rename; `main.js`, which names them, is replaced last. So there
// is never half a build. Old chunks go after a week, and never into a package.

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { bundleInChunks } from './build-cli.ts';
import { buildDashboard } from './build-dashboard.ts';
import { bundledPackages, packagesBeside } from './bundled-packages.ts';
import { licencesOf, sbomOf } from './bundled-papers.ts';

const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');
const draft = join(dist, `.draft-${process.pid}`);
const isPackage = process.argv.includes('--package');
const KEEP_OLD_CHUNKS_MS = 7 * 86_400_000;

const startedAt = new Date();
rmSync(draft, { recursive: true, force: true });
mkdirSync(draft, { recursive: true });
try {
  const cli = await bundleInChunks(root, draft);
  const dashboard = await buildDashboard(root, join(draft, 'dashboard'));
  if (!isPackage) buildShim();
  const packages = bundledPackages(root, [cli.metafile, dashboard]);
  const beside = packagesBeside(root);
  writeFileSync(join(draft, 'licences.txt'), licencesOf(root, [...packages, ...beside]));
  writeFileSync(join(draft, 'sbom.cdx.json'), sbomOf(root, packages, beside));
  writeFileSync(join(draft, 'main.js'), launchModule(cli.entry), { mode: 0o755 });
  writeFileSync(join(draft, '.npmignore'), ignoredByNpm());
  publish();
  pruneOldChunks();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(draft, { recursive: true, force: true });
}

/**
 * The file that is executed. It says first of all when Node is too old, in words that Node 14 still understands. It
 * caches compiled code, which must be asked for before the rest is loaded (in a folder of the user's: whoever can
 * write the cache decides what runs, and Node's own choice is in /tmp), and keeps Node's notices about its own
 * experimental parts out of the command's stderr.
 */
function launchModule(cli: string): string {
  return `#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(
    'flowforge: needs Node 22.13 or newer; this is ' + process.versions.node + '\\n' +
      '  Install a newer Node, or the single executable, which brings its own.\\n',
  );
  process.exit(125);
}
const { emitWarning } = process;
process.emitWarning = (warning, ...rest) => {
  const type = rest[0] !== null && typeof rest[0] === 'object' ? rest[0].type : rest[0];
  if (type !== 'ExperimentalWarning') emitWarning.call(process, warning, ...rest);
};
Promise.all([import('module'), import('os')])
  .then(([{ enableCompileCache }, { homedir }]) => {
    const cache = process.env.XDG_CACHE_HOME || homedir() + '/.cache';
    enableCompileCache(cache + '/flowforge/compiled');
  })
  .then(() => import('./${cli}'));
`;
}

/**
 * The shim between FlowForge and a command, where it is older than its source; its script replaces it by a rename.
 * Without a compiler FlowForge works without it, and says so.
 */
function buildShim(): void {
  const source = join(root, 'native/shim');
  if (!existsSync(source)) return;
  const folder = join(dist, `shim/${process.platform}-${process.arch}`);
  const shim = statSync(join(folder, 'flowforge-shim'), { throwIfNoEntry: false });
  const changedMs = Math.max(
    ...readdirSync(source).map((it) => statSync(join(source, it)).mtimeMs),
  );
  if (shim && shim.mtimeMs > changedMs) return;
  const script = join(source, 'build.sh');
  const stdio = ['ignore', 'ignore', 'inherit'] as const;
  const { status } = spawnSync('sh', [script, folder], { cwd: root, stdio: [...stdio] });
  if (status !== 0) process.stderr.write('flowforge: building without the shim (see above)\n');
}

/** What npm leaves out of a package: all that is a chunk, but those of this build. */
function ignoredByNpm(): string {
  const own = readdirSync(draft, { recursive: true, encoding: 'utf8' });
  const kept = own.filter((name) => name.endsWith('.js') || name.startsWith('dashboard/assets/'));
  return ['/*.js', '/dashboard/assets/*', ...kept.map((name) => `!/${name}`), ''].join('\n');
}

/** Moves the draft into place: chunks first, then what names them, then the mark of a finished build. */
function publish(): void {
  publishDashboard();
  const names = readdirSync(draft).filter((name) => name !== 'main.js' && name !== 'dashboard');
  for (const name of [...names, 'main.js']) renameSync(join(draft, name), join(dist, name));
  const stamp = join(draft, '.stamp');
  writeFileSync(stamp, '');
  // What was changed while this build ran is newer than it.
  utimesSync(stamp, startedAt, startedAt);
  renameSync(stamp, join(dist, '.stamp'));
}

/** Assets first, then the page that names them. */
function publishDashboard(): void {
  const [from, to] = [join(draft, 'dashboard'), join(dist, 'dashboard')];
  mkdirSync(join(to, 'assets'), { recursive: true });
  for (const name of readdirSync(join(from, 'assets'))) {
    renameSync(join(from, 'assets', name), join(to, 'assets', name));
  }
  renameSync(join(from, 'index.html'), join(to, 'index.html'));
}

function pruneOldChunks(): void {
  const chunks = readdirSync(dist).filter((name) => /\.js(?:\.map)?$/.test(name));
  const assets = readdirSync(join(dist, 'dashboard/assets'));
  for (const name of [...chunks, ...assets.map((asset) => join('dashboard/assets', asset))]) {
    if (name === 'main.js') continue;
    const path = join(dist, name);
    const modifiedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (modifiedAt < startedAt.getTime() - KEEP_OLD_CHUNKS_MS) rmSync(path, { force: true });
  }
}
