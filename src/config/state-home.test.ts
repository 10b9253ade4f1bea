import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { defaultStateDir } from './state-home.ts';

function scratch(): string {
  const root = mkdtempSync(join(tmpdir(), 'flowforge-home-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  return root;
}

it('the state folder lies in the home of states, made or yet to be made', () => {
  const root = scratch();
  const below = join(root, 'not', 'yet');
  expect(defaultStateDir(below)).toEqual({ path: join(below, 'flowforge'), warning: null });
  mkdirSync(join(root, 'flowforge'));
  expect(defaultStateDir(root)).toEqual({ path: join(root, 'flowforge'), warning: null });
});

// Where nobody may write, not even root.
it.runIf(process.platform === 'linux')(
  'one in the temporary folder stands for it where it cannot be made',
  () => {
    const { path, warning } = defaultStateDir('/proc/self');
    expect(path).toBe(join(tmpdir(), `flowforge-${process.getuid?.()}`));
    expect(warning).toBe(`/proc/self cannot be written: the state folder is ${path}`);
  },
);
