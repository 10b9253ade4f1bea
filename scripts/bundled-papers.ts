// What accompanies a build that holds the work of others: their licences, and a bill of materials (CycloneDX). Both are
// the same for the same build, so they name no time and no chance number.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BundledPackage } from './bundled-packages.ts';

const RULE = '-'.repeat(100);

/** The licences, one after the other. */
export function licencesOf(root: string, packages: readonly BundledPackage[]): string {
  const parts = [
    'FlowForge is under the Apache License 2.0 (see LICENSE). It comes with the work of others, under these licences.',
    ...packages.map(
      ({ name, version, licence, licenceText }) =>
        `${name} ${version} (${licence})\n\n${licenceText}`,
    ),
    ...ofTheShim(root),
  ];
  return `${parts.join(`\n\n${RULE}\n\n`)}\n`;
}

/** What the prebuilt shims are linked with. */
function ofTheShim(root: string): readonly string[] {
  const path = join(root, 'native/shim/musl-licence.txt');
  if (!existsSync(path)) return [];
  return [`musl (MIT), in the prebuilt shims\n\n${readFileSync(path, 'utf8').trim()}`];
}

/**
 * The bill of materials, as CycloneDX 1.6 in JSON: of what is inside, and of what is installed beside it; of the single
 * executable, where a version of Node is given.
 */
export function sbomOf(
  root: string,
  packages: readonly BundledPackage[],
  beside: readonly BundledPackage[],
  node: string | null = null,
): string {
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const self = `pkg:npm/${own.name}@${own.version}`;
  const components = [
    ...packages.map((it) => componentOf(it, 'required')),
    { type: 'library', 'bom-ref': 'musl', name: 'musl', licenses: licensesOf('MIT') },
    ...(node === null ? [] : [nodeComponent(node)]),
    ...beside.map((it) => componentOf(it, 'optional')),
  ];
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'build' }],
      component: {
        type: 'application',
        'bom-ref': self,
        name: own.name,
        version: own.version,
        description: own.description,
        licenses: licensesOf(own.license),
        purl: self,
      },
    },
    components,
    dependencies: [{ ref: self, dependsOn: components.map((it) => it['bom-ref']) }],
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}

function componentOf(
  { name, version, licence, integrity }: BundledPackage,
  scope: 'required' | 'optional',
) {
  const purl = purlOf(name, version);
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    scope,
    licenses: licensesOf(licence),
    purl,
    ...(integrity === null ? {} : { hashes: [hashOf(integrity)] }),
  };
}

function nodeComponent(version: string) {
  const purl = `pkg:github/nodejs/node@${version}`;
  return {
    type: 'platform',
    'bom-ref': purl,
    name: 'node',
    version,
    licenses: licensesOf('MIT'),
    purl,
  };
}

/** The `@` of a scope is written `%40` in a package URL. */
const purlOf = (name: string, version: string): string =>
  `pkg:npm/${name.replace(/^@/, '%40')}@${version}`;

const licensesOf = (licence: string) =>
  /[ ()]/.test(licence) ? [{ expression: licence }] : [{ license: { id: licence } }];

function hashOf(integrity: string) {
  const [algorithm = '', digest = ''] = integrity.split('-');
  return {
    alg: algorithm.replace(/^sha/, 'SHA-'),
    content: Buffer.from(digest, 'base64').toString('hex'),
  };
}
