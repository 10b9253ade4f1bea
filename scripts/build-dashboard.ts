// Bundles the dashboard: one page, assets that are named by their content (and so may be kept for ever), and each
// once more compressed.

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';

/** Where the API serves the assets. */
const ASSETS = '/ui/assets';

/** Builds `dashboard/` of the checkout at `root` into `outdir`: `index.html` and `assets/`. Gives what it is made of. */
export async function buildDashboard(root: string, outdir: string): Promise<Metafile> {
  const assets = join(outdir, 'assets');
  mkdirSync(assets, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { main: 'dashboard/src/main.tsx', theme: 'dashboard/src/theme.ts' },
    outdir: assets,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    minify: true,
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    metafile: true,
    logLevel: 'silent',
  });
  const entryOf = (source: string) =>
    Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === source);
  const main = entryOf('dashboard/src/main.tsx');
  const theme = entryOf('dashboard/src/theme.ts');
  const style = main?.[1].cssBundle;
  if (!main || !theme || !style) throw new Error('the bundle of the dashboard is incomplete');
  const page = readFileSync(join(root, 'dashboard/index.html'), 'utf8')
    .replace('{{main}}', `${ASSETS}/${basename(main[0])}`)
    .replace('{{theme}}', `${ASSETS}/${basename(theme[0])}`)
    .replace('{{style}}', `${ASSETS}/${basename(style)}`)
    .replace('{{icon}}', `${ASSETS}/${copyIcon(root, assets)}`);
  for (const name of readdirSync(assets)) compress(join(assets, name));
  writeFileSync(join(outdir, 'index.html'), page);
  return metafile;
}

function copyIcon(root: string, assets: string): string {
  const icon = readFileSync(join(root, 'dashboard/icon.svg'));
  const hash = createHash('sha256').update(icon).digest('hex').slice(0, 8).toUpperCase();
  const name = `icon-${hash}.svg`;
  writeFileSync(join(assets, name), icon);
  return name;
}

function compress(path: string): void {
  writeFileSync(
    `${path}.gz`,
    gzipSync(readFileSync(path), { level: constants.Z_BEST_COMPRESSION }),
  );
}
