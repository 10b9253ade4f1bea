// What accompanies the build: the licences of others and the bill of materials name exactly what is in the bundle. What
// is in it is told by the source maps of the command line, and by what the dashboard imports: not by who wrote the papers.

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundledPackages } from '../../scripts/bundled-packages.ts';
import { licencesOf, sbomOf } from '../../scripts/bundled-papers.ts';
import { builtFiles } from '../../src/ops/checkpoint-looks.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const DIST = join(ROOT, 'dist');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly scope?: string;
  readonly licenses?: readonly { license?: { id: string }; expression?: string }[];
  readonly hashes?: readonly { alg: string; content: string }[];
}

const MIT = [{ license: { id: 'MIT' } }];
const SHA_512 = [{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }];

const bill = JSON.parse(read('dist/sbom.cdx.json'));
const components: readonly Component[] = bill.components;
const bundled = components.filter(({ scope }) => scope === 'required');

/** Packages that source maps of this build name. */
function packagesInMaps(): ReadonlySet<string> {
  const maps = [...builtFiles(DIST)].filter((name) => name !== 'main.js');
  const sources = maps.flatMap(
    (name): readonly string[] => JSON.parse(read(`dist/${name}.map`)).sources,
  );
  const names = sources.flatMap(
    (source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? [],
  );
  return new Set(names);
}

/** Packages that the dashboard imports. */
function packagesOfDashboard(): ReadonlySet<string> {
  const folder = join(ROOT, 'dashboard/src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const names = files
    .filter((name) => /\.tsx?$/.test(name))
    .flatMap((name) => [
      ...readFileSync(join(folder, name), 'utf8').matchAll(
        /^import (?!type).*from '((?:@[^/']+\/)?[a-z][^/']*)/gm,
      ),
    ])
    .map(([, name = '']) => name);
  return new Set(names);
}

describe('the bill of materials', () => {
  const names = new Set(bundled.map(({ name }) => name));

  it('names every package in the build of the command line', () => {
    const inMaps = packagesInMaps();
    expect(inMaps.size).toBeGreaterThan(5);
    expect([...inMaps].filter((name) => !names.has(name))).toEqual([]);
  });

  it('names every package of the dashboard, and what neither needs is not in it', () => {
    const imported = packagesOfDashboard();
    expect([...imported].filter((name) => !names.has(name))).toEqual([]);
    // What those bring along.
    const brought = ['@tanstack/query-core', 'regexparam', 'scheduler', 'use-sync-external-store'];
    const known = new Set([...packagesInMaps(), ...imported, ...brought]);
    expect([...names].filter((name) => !known.has(name))).toEqual([]);
  });

  it('says of each its version, its licence, its address and what its content was', () => {
    const lock = JSON.parse(read('package-lock.json')).packages;
    for (const { name, version, purl, licenses, hashes } of bundled) {
      expect(version, name).toBe(lock[`node_modules/${name}`].version);
      expect(purl).toBe(`pkg:npm/${name.replace('@', '%40')}@${version}`);
      expect(licenses?.[0]?.license?.id ?? licenses?.[0]?.expression, name).toBeTruthy();
      expect(hashes, name).toEqual(SHA_512);
    }
    expect(bill.metadata.component).toMatchObject({
      name: 'flowforge',
      version: JSON.parse(read('package.json')).version,
    });
  });

  it('lists what may be installed beside it, with its licence and what its content was', () => {
    const optional = components.filter(({ scope }) => scope === 'optional');
    expect(optional.map(({ name, version }) => [name, version])).toEqual(
      Object.entries(JSON.parse(read('package.json')).optionalDependencies),
    );
    for (const { licenses, hashes } of optional) expect([licenses, hashes]).toEqual([MIT, SHA_512]);
  });
});

it('the licences of everything bundled are passed on', () => {
  const licences = read('dist/licences.txt');
  for (const { name, version } of bundled) expect(licences).toContain(`\n${name} ${version} (`);
  expect(licences.match(/Permission is hereby granted/g)?.length).toBeGreaterThan(10);
  expect(licences).toContain('Rich Felker');
  // Installed beside it, by a package that brings no text.
  expect(licences).toContain('Niels Martignène');
});

describe('the papers of the single executable', () => {
  const NATIVE = `@koromix/koffi-${process.platform}-${process.arch}`;
  const inside = bundledPackages(ROOT, [], [`node_modules/${NATIVE}`]);

  it('name the native calls that are in it, and nothing that is installed beside it', () => {
    const parts: readonly Component[] = JSON.parse(sbomOf(ROOT, inside, [], 'v24.0.0')).components;
    expect(parts.map(({ name }) => name)).toEqual([NATIVE, 'musl', 'node']);
    expect(parts[0]).toMatchObject({ scope: 'required', licenses: MIT, hashes: SHA_512 });
  });

  it('pass the licence of those on, in full', () => {
    expect(licencesOf(ROOT, inside)).toMatch(
      /\n@koromix\/koffi-\S+ \S+ \(MIT\)\n[^-]+Niels Martignène[^-]+Permission is hereby granted/,
    );
  });
});
