// Bundles the command line: in chunks, so that a command loads only what it needs, or as one script for the single
// executable, which holds no other.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

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

const ENTRY = 'src/cli/main.ts';

const COMMON = {
  bundle: true,
  platform: 'node',
  plugins: [builtinsWithoutFacade, zodOfItsOwn],
  target: 'node22.13',
  minifySyntax: true,
  minifyWhitespace: true,
  loader: { '.sql': 'text' },
  metafile: true,
  logLevel: 'silent',
} as const satisfies BuildOptions;

/** Bundles the checkout at `root` into `outdir`; gives the name of the entry, and what it is made of. */
export async function bundleInChunks(
  root: string,
  outdir: string,
): Promise<{ entry: string; metafile: Metafile }> {
  const { metafile } = await build({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: { cli: ENTRY },
    outdir,
    entryNames: '[name]-[hash]',
    chunkNames: 'chunk-[hash]',
    splitting: true,
    format: 'esm',
    sourcemap: 'linked',
    sourcesContent: false,
  });
  const entry = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === ENTRY);
  if (entry === undefined) throw new Error('the bundle has no entry');
  return { entry: resolve(root, entry[0]).slice(outdir.length + 1), metafile };
}

/** Bundles the checkout at `root` into one script at `outfile`; gives what it is made of. */
export async function bundleAsScript(root: string, outfile: string): Promise<Metafile> {
  const { metafile } = await build({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: [ENTRY],
    outfile,
    format: 'cjs',
    // Only asked for where FlowForge does not run from a file of its own.
    define: { 'import.meta.url': '""', 'import.meta.dirname': '""' },
  });
  return metafile;
}
