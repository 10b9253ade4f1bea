import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LIMITS } from '../core/limits.ts';
import { bytesMaxAt, checkPlace, placeWarning } from './place.ts';

const TMPFS = 0x01021994;
const isMemory = (folder: string): boolean => {
  try {
    return statfsSync(folder).type === TMPFS;
  } catch {
    return false;
  }
};

function placeIn(parent: string, bytesMax: number | null = null) {
  const folder = mkdtempSync(join(parent, 'flowforge-place-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return { dbPath: join(folder, 'f.db'), retention: { bytesMax, forMs: null } };
}

describe('the place of the evidence', () => {
  it.runIf(isMemory('/dev/shm'))('in memory is warned of, and has a bound of its own', () => {
    const place = placeIn('/dev/shm');
    const { blocks, bsize } = statfsSync('/dev/shm');
    const bound = Math.min(48 * 1024 * 1024, Math.round((blocks * bsize) / 2));
    expect(bytesMaxAt(place)).toBe(bound);
    expect(checkPlace(place)).toMatchObject({
      name: 'place',
      state: 'warn',
      detail: expect.stringMatching(/^in memory, in \/dev\/shm\/.*: at most \d+ MB are kept/),
      hint: expect.stringContaining('disk'),
    });
    expect(placeWarning(place)).toMatch(
      /^the evidence lies in memory.*To keep it, put the state folder/,
    );
  });

  it.skipIf(isMemory(tmpdir()))('on a disk is as good as any', () => {
    const place = placeIn(tmpdir());
    expect(bytesMaxAt(place)).toBe(LIMITS.evidenceBytesMax);
    // The machine that tests may itself be a container.
    if (checkPlace(place).state === 'ok') expect(placeWarning(place)).toBeNull();
    else expect(placeWarning(place)).toContain('in the container itself');
  });

  it('keeps as much as was asked for, wherever it lies', () => {
    expect(bytesMaxAt(placeIn(tmpdir(), 1_000_000))).toBe(1_000_000);
  });
});
