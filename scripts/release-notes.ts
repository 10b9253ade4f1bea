// What a release says of itself: node scripts/release-notes.ts v2.0.0
//
// Prints the section of CHANGELOG.md for a tag. Fails where the tag does not name the version of package.json, or the
// changelog does not tell of it; a pre-release may still stand under “Unreleased”.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

function notesOf(tag: string): string {
  const { version } = JSON.parse(read('package.json'));
  if (tag !== `v${version}`) throw new Error(`the tag is ${tag}, but package.json says ${version}`);
  const sections = read('CHANGELOG.md').split(/^## /m).slice(1);
  const of = (heading: string): string | undefined =>
    sections.find((section) => headingOf(section) === heading);
  const section = of(version) ?? (version.includes('-') ? of('Unreleased') : undefined);
  if (section === undefined) throw new Error(`CHANGELOG.md has no section for ${version}`);
  return section.slice(section.indexOf('\n')).trim();
}

const headingOf = (section: string): string | undefined => /^\[?([^\]\s]+)/.exec(section)?.[1];

try {
  process.stdout.write(`${notesOf(process.argv[2] ?? '')}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
