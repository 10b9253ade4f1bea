import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { VERSION } from './version.ts';

it('the version is that of package.json', () => {
  const packageJson = new URL('../../package.json', import.meta.url);
  expect(JSON.parse(readFileSync(packageJson, 'utf8')).version).toBe(VERSION);
});
