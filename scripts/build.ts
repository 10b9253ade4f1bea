// Builds dist/: one bundle in chunks, so that a command loads only what it needs.
//
// Two builds may run at the same time, and a guard that started hours ago may still load a chunk: chunks are named
// by their content and only ever added, each by a rename; `main.js`, which names them, is replaced last. So there
// is never half a build. Old chunks go after a week.

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { buildDashboard } from './build-dashboard.ts';

const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');
const draft = join(dist, `.draft-${process.pid}`);
const KEEP_OLD_CHUNKS_MS = 7 * 86_400_000;

/**
 * Importing a builtin by name makes Node touch everything it exports, and with `node:crypto` that loads all of it.
 * Asked for as a value, and only for what is used (the rest is shaken off), a start is some milliseconds shorter.
 */
const builtinsWithoutFacade: Plugin = {
  name: 'builtins-without-facade',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, kind }) => ({
      path,
      namespace: kind === 'require-call' ? 'required-builtin' : 'builtin',
    }));
    onLoad({ filter: /.*/, namespace: 'required-builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}');`,
    }));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => {
      const names = Object.getOwnPropertyNames(process.getBuiltinModule(path));
      const exported = names
        .filter((name) => /^[A-Za-z_]\w*$/.test(name) && name !== 'default')
        .map(
          (name) =>
            `const its_${name} = /* @__PURE__ */ get('${name}'); export { its_${name} as ${name} };`,
        );
      return {
        contents: `const it = process.getBuiltinModule('${path}');
          const get = (name) => it[name];
          export default it;
          ${exported.join('\n')}`,
      };
    });
  },
};

/**
 * The API uses all of zod, the command line a small part of zod/mini. One core for both would be loaded whole at each
 * start, ten times as large as the part that is used: so the API gets a core of its own.
 */
const zodOfItsOwn: Plugin = {
  name: 'zod-of-its-own',
  setup({ onResolve, onLoad, resolve: resolveImport }) {
    const suffix = '?whole';
    onResolve({ filter: /^(?:zod$|\.)/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === 'resolving' || (path !== 'zod' && pluginData !== 'whole')) return null;
      const found = await resolveImport(path, { ...from, pluginData: 'resolving' });
      return { path: found.path, suffix, pluginData: 'whole' };
    });
    onLoad({ filter: /[\\/]node_modules[\\/]zod[\\/]/ }, ({ path, suffix: given }) =>
      given === suffix ? { contents: readFileSync(path), pluginData: 'whole' } : null,
    );
  },
};

const startedAt = new Date();
rmSync(draft, { recursive: true, force: true });
mkdirSync(draft, { recursive: true });
try {
  const cli = await bundle();
  await buildDashboard(root, join(draft, 'dashboard'));
  buildShim();
  writeFileSync(join(draft, 'main.js'), launchModule(cli), { mode: 0o755 });
  publish();
  pruneOldChunks();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(draft, { recursive: true, force: true });
}

/** Bundles the command line into the draft; returns the name of its entry. */
async function bundle(): Promise<string> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { cli: 'src/cli/main.ts' },
    outdir: draft,
    entryNames: '[name]-[hash]',
    chunkNames: 'chunk-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    external: ['koffi'],
    plugins: [builtinsWithoutFacade, zodOfItsOwn],
    target: 'node22.13',
    sourcemap: 'linked',
    sourcesContent: false,
    minifySyntax: true,
    minifyWhitespace: true,
    loader: { '.sql': 'text' },
    metafile: true,
    logLevel: 'silent',
  });
  const entry = Object.entries(metafile.outputs).find(
    ([, output]) => output.entryPoint === 'src/cli/main.ts',
  );
  if (entry === undefined) throw new Error('the bundle has no entry');
  return resolve(root, entry[0]).slice(draft.length + 1);
}

/**
 * The file that is executed. It caches compiled code, which must be asked for before the rest is loaded (in a
 * folder of the user's: whoever can write the cache decides what runs, and Node's own choice is in /tmp), and keeps
 * Node's notices about its own experimental parts out of the command's stderr.
 */
function launchModule(cli: string): string {
  return `#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(
    'flowforge: needs Node 22.13 or newer; this is ' + process.versions.node + '\\n',
  );
  process.exit(125);
}
const { emitWarning } = process;
process.emitWarning = (warning, ...rest) => {
  const type = typeof rest[0] === 'object' ? rest[0]?.type : rest[0];
  if (type !== 'ExperimentalWarning') emitWarning.call(process, warning, ...rest);
};
const [{ enableCompileCache }, { homedir }] = await Promise.all([
  import('node:module'),
  import('node:os'),
]);
enableCompileCache((process.env.XDG_CACHE_HOME || homedir() + '/.cache') + '/flowforge/compiled');
await import('./${cli}');
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
