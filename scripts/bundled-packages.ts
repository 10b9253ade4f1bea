// Which packages of others a build holds: told by what was bundled, not by what is installed.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** As SPDX writes it. */
  readonly licence: string;
  readonly licenceText: string;
  /** What the registry says of its content, as in the lock file: `sha512-…`; null where it is not locked. */
  readonly integrity: string | null;
}

/** The packages that left something in the outputs, by name, and those in `whole`, folders that are in it as they are. */
export function bundledPackages(
  root: string,
  metafiles: readonly Metafile[],
  whole: readonly string[] = [],
): readonly BundledPackage[] {
  const lock = lockOf(root);
  const folders = new Set([...metafiles.flatMap(inputsThatStayed).flatMap(folderOf), ...whole]);
  return [...folders].sort().map((folder) => {
    const path = join(root, folder);
    const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
    const { name, version, license: licence } = manifest;
    if (typeof licence !== 'string') throw new Error(`${name} does not say its licence`);
    const licenceText =
      licenceIn(path) ??
      licenceKeptFor(root, name) ??
      `By ${authorOf(manifest)}; it brings no text of it.`;
    return { name, version, licence, licenceText, integrity: lock[folder]?.integrity ?? null };
  });
}

/** The packages that npm installs beside the build: told by the lock file, for not every machine has each. */
export function packagesBeside(root: string): readonly BundledPackage[] {
  const lock = lockOf(root);
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.keys(optionalDependencies ?? {}).map((name) => {
    const { version, license: licence, integrity } = lock[`node_modules/${name}`];
    return { name, version, licence, licenceText: licenceKeptFor(root, name) ?? '', integrity };
  });
}

const lockOf = (root: string) =>
  JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages ?? {};

/** The licence of a package that brings no text of its own, but whose source does. */
function licenceKeptFor(root: string, name: string): string | null {
  const path = join(root, 'native/koffi-licence.txt');
  if (!name.startsWith('@koromix/koffi-') || !existsSync(path)) return null;
  return readFileSync(path, 'utf8').trim();
}

/** Inputs of which nothing was left after shaking are not in the build. */
const inputsThatStayed = ({ outputs }: Metafile): readonly string[] =>
  Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? path : [])),
  );

function folderOf(input: string): readonly string[] {
  const [folder] = /^node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(input) ?? [];
  return folder === undefined ? [] : [folder];
}

function licenceIn(folder: string): string | null {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying|unlicense)/i.test(name));
  return file === undefined ? null : readFileSync(join(folder, file), 'utf8').trim();
}

interface Manifest {
  readonly author?: string | { readonly name: string };
  readonly repository?: string | { readonly url: string };
}

function authorOf({ author, repository }: Manifest): string {
  const who = typeof author === 'string' ? author : author?.name;
  return who ?? (typeof repository === 'string' ? repository : (repository?.url ?? 'its authors'));
}
