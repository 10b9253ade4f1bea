// Builds the single executable: a Node that starts FlowForge and has everything of it inside.
//
//   node scripts/build-single.ts [file]        dist/single/flowforge-<platform>-<architecture> by default
//
// It is made of the Node that runs this, and of the shim in dist/: `scripts/prepack.sh` puts the prebuilt ones there. Beside
// the executable it writes its licences and its bill of materials.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { inject } from 'postject';
import { bundleAsScript } from './build-cli.ts';
import { buildDashboard } from './build-dashboard.ts';
import { bundledPackages } from './bundled-packages.ts';
import { licencesOf, sbomOf } from './bundled-papers.ts';

const root = resolve(import.meta.dirname, '..');
const target = `${process.platform}-${process.arch}`;
const native = `node_modules/@koromix/koffi-${target}`;
const file = resolve(process.argv[2] ?? join(root, `dist/single/flowforge-${target}`));
const draft = join(dirname(file), `.draft-${process.pid}`);

/** What postject and Node agree on: where the blob is, and the mark that says that there is one. */
const BLOB = 'NODE_SEA_BLOB';
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** What is inside, by the name it has beside the program otherwise. */
function assets(): Record<string, string> {
  const parts = [
    'demo',
    'dist/dashboard',
    `dist/shim/${target}/flowforge-shim`,
    'docs/flowforge.schema.json',
    `${native}/index.js`,
    `${native}/package.json`,
    `${native}/${target.replace('-', '_')}/koffi.node`,
  ];
  const files = parts.flatMap((part) =>
    statSync(pathOf(part)).isFile()
      ? part
      : readdirSync(pathOf(part), { recursive: true, encoding: 'utf8' })
          .map((name) => join(part, name))
          .filter((name) => statSync(pathOf(name)).isFile()),
  );
  const named = Object.fromEntries(files.sort().map((name) => [name, pathOf(name)]));
  const id = join(draft, 'build-id');
  writeFileSync(id, identityOf(Object.values(named)));
  return { ...named, 'build-id': id };
}

/** The dashboard is that of this build: beside it, in dist/, lie parts of older ones. */
function pathOf(name: string): string {
  return name.startsWith('dist/dashboard')
    ? join(draft, name.slice('dist/'.length))
    : join(root, name);
}

function identityOf(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(readFileSync(path));
  return hash.digest('hex').slice(0, 16);
}

async function buildSingle(): Promise<void> {
  const script = join(draft, 'flowforge.cjs');
  const metafile = await bundleAsScript(root, script);
  const dashboard = await buildDashboard(root, join(draft, 'dashboard'));
  const config = {
    main: script,
    output: join(draft, 'blob'),
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // The environment is of the command that is guarded: its NODE_OPTIONS are not for us.
    execArgvExtension: 'none',
    assets: assets(),
  };
  const settings = join(draft, 'sea-config.json');
  writeFileSync(settings, JSON.stringify(config));
  execFileSync(process.execPath, ['--experimental-sea-config', settings], { stdio: 'pipe' });
  copyFileSync(process.execPath, file);
  chmodSync(file, 0o755);
  // Symbols of Node for debuggers: a seventh of its size.
  spawnSync('strip', ['--strip-all', file], { stdio: 'ignore' });
  await inject(file, BLOB, readFileSync(config.output), { sentinelFuse: FUSE });
  const packages = bundledPackages(root, [metafile, dashboard], [native]);
  writeFileSync(`${file}.licences.txt`, licencesOf(root, packages) + licenceOfNode());
  writeFileSync(`${file}.cdx.json`, sbomOf(root, packages, [], process.version));
}

/** Node's own, which lies beside it in a release of it. */
function licenceOfNode(): string {
  const path = resolve(process.execPath, '../../LICENSE');
  if (!existsSync(path)) return `\nNode ${process.version}: see its LICENSE.\n`;
  return `\n${'-'.repeat(100)}\n\nNode ${process.version}\n\n${readFileSync(path, 'utf8')}`;
}

rmSync(draft, { recursive: true, force: true });
mkdirSync(draft, { recursive: true });
try {
  await buildSingle();
  const version = execFileSync(file, ['--version'], { encoding: 'utf8' }).trim();
  const megabytes = Math.round(statSync(file).size / 1024 / 1024);
  process.stderr.write(`${file}: FlowForge ${version}, ${megabytes} MB\n`);
} finally {
  rmSync(draft, { recursive: true, force: true });
}
