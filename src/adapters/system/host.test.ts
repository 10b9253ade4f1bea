import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isFlowForgeError } from '../../core/error.ts';
import { identifyHost } from './host.ts';
import { ensurePrivateFolder } from './paths.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'flowforge-host-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('the identity of the host', () => {
  it('is made once and kept, in files for our eyes only', () => {
    const stateDir = join(root, 'new', 'state');
    const first = identifyHost(stateDir);
    expect(identifyHost(stateDir)).toEqual(first);
    expect(first.hostId).toMatch(/^[0-9a-f-]{36}$/);
    expect(modeOf(stateDir)).toBe(0o700);
    expect(modeOf(join(stateDir, 'host-id'))).toBe(0o600);
  });

  it('differs from state folder to state folder', () => {
    const one = identifyHost(join(root, 'a')).hostId;
    expect(identifyHost(join(root, 'b')).hostId).not.toBe(one);
  });

  it('is made anew where the kept one was damaged', () => {
    writeFileSync(join(root, 'host-id'), 'half a li');
    expect(identifyHost(root).hostId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.runIf(process.platform === 'linux')('tells this boot', () => {
    const { bootId } = identifyHost(root);
    expect(bootId).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a private folder', () => {
  it('is left as it is where others can only look', () => {
    chmodSync(root, 0o755);
    ensurePrivateFolder(root);
    expect(modeOf(root)).toBe(0o755);
  });

  it('is refused where others can write', () => {
    chmodSync(root, 0o777);
    expect(() => ensurePrivateFolder(root)).toThrow('can be written by others');
    expect(modeOf(root)).toBe(0o777);
  });

  it('is refused where it cannot be, with what to do', () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    try {
      ensurePrivateFolder(join(file, 'below'));
      expect.unreachable();
    } catch (error) {
      expect(isFlowForgeError(error, 'FF_STORE_UNAVAILABLE')).toBe(true);
      expect(error).toMatchObject({ hint: expect.stringContaining('--state-dir') });
    }
  });
});
