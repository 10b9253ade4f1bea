import { describe, expect, it } from 'vitest';
import { epochMs } from '../time.ts';
import { judgeDatabase, judgeDisk, judgePragmas } from './evidence.ts';
import { type FileRole, judgeFile } from './files.ts';
import { judgeCgroup, judgeClock, judgeContainment } from './machine.ts';

const NOW = epochMs(Date.UTC(2026, 10, 28));
const SECOND = 1_000;
const MIB = 1024 * 1024;

describe('the clock', () => {
  const judge = (now: number, jumpMs = 0, newest: number | null = null) =>
    judgeClock({ now: epochMs(now), jumpMs, newestAt: newest === null ? null : epochMs(newest) })
      .state;

  it('fails in a year that cannot be', () => {
    expect(judge(0)).toBe('fail');
    expect(judge(Date.UTC(2101, 0, 1))).toBe('fail');
    expect(judge(NOW)).toBe('ok');
  });

  it('is to be known when it jumps, or is behind what was recorded', () => {
    expect([judge(NOW, 400), judge(NOW, 600), judge(NOW, -600)]).toEqual(['ok', 'warn', 'warn']);
    // Two processes stamp at nearly the same time.
    expect(judge(NOW, 0, NOW + 2 * SECOND)).toBe('ok');
    expect(judge(NOW, 0, NOW + 60 * SECOND)).toBe('warn');
  });
});

describe('the control group', () => {
  it('is to be known where the guard itself may be refused memory or threads', () => {
    const judge = (memoryBytesMax: number | null, processesMax: number | null) =>
      judgeCgroup({ mode: 'v2', memoryBytesMax, processesMax }).state;
    expect(judge(null, null)).toBe('ok');
    expect(judge(256 * MIB, 256)).toBe('ok');
    expect(judge(64 * MIB, null)).toBe('warn');
    expect(judge(null, 16)).toBe('warn');
  });
});

describe('containment', () => {
  it('is to be known where a tree is held by its group only', () => {
    expect(judgeContainment('group').state).toBe('warn');
    expect(judgeContainment('shim').state).toBe('ok');
  });
});

describe('the disk', () => {
  const judge = (freeBytes: number, freeFilesShare: number | null = null) =>
    judgeDisk({ folder: '/', freeBytes, totalBytes: 100 * MIB, freeFilesShare }).state;

  it('fails where a run that floods would be stopped, and is to be known some time before', () => {
    expect([judge(1 * MIB), judge(5 * MIB), judge(50 * MIB)]).toEqual(['fail', 'warn', 'ok']);
    expect(judgeDisk(null).state).toBe('warn');
  });

  it('fails where no more files may be made, whatever the room', () => {
    expect([judge(50 * MIB, 0), judge(50 * MIB, 0.5)]).toEqual(['fail', 'ok']);
  });
});

describe('the database', () => {
  const present = {
    type: 'present',
    path: '/db',
    version: 3,
    knownVersion: 3,
    writeFailure: null,
    keyAdvice: null,
  } as const;

  it('fails where it is newer than we are, and is to be known where it is older', () => {
    expect(judgeDatabase(present).state).toBe('ok');
    expect(judgeDatabase({ ...present, version: 4 }).state).toBe('fail');
    expect(judgeDatabase({ ...present, version: 2 }).state).toBe('warn');
  });

  it('fails where an acknowledged event might be lost', () => {
    const sound = {
      journal_mode: 'wal',
      synchronous: 2,
      auto_vacuum: 2,
      secure_delete: 1,
      trusted_schema: 0,
    };
    expect(judgePragmas(sound).state).toBe('ok');
    expect(judgePragmas({ ...sound, synchronous: 1 })).toMatchObject({
      state: 'fail',
      detail: 'synchronous is 1, not 2',
    });
    expect(judgePragmas({ ...sound, journal_mode: 'delete' }).state).toBe('fail');
    expect(judgePragmas({ ...sound, auto_vacuum: 0 }).state).toBe('warn');
  });
});

describe('a file', () => {
  const judge = (role: FileRole, mode: number, ownerId = 1000) =>
    judgeFile('it', role, { path: '/it', mode, ownerId }, 1000)?.state ?? 'ok';

  it.each<[FileRole, number, string]>([
    ['secret', 0o600, 'ok'],
    ['secret', 0o640, 'fail'],
    ['given', 0o440, 'ok'],
    ['given', 0o444, 'warn'],
    ['given', 0o660, 'fail'],
    ['mounted', 0o444, 'ok'],
    ['mounted', 0o666, 'fail'],
    ['evidence', 0o600, 'ok'],
    ['evidence', 0o640, 'warn'],
    ['evidence', 0o620, 'fail'],
    ['folder', 0o700, 'ok'],
    ['folder', 0o755, 'warn'],
    ['folder', 0o770, 'fail'],
  ])('that is %s with mode %o is judged %s', (role, mode, state) => {
    expect(judge(role, mode)).toBe(state);
  });

  it('of another user is not for us, but for a key that was given', () => {
    expect(judge('secret', 0o600, 0)).toBe('fail');
    expect(judge('given', 0o400, 0)).toBe('ok');
  });
});
