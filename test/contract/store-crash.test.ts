// What a crash, a power cut, a failing disk and a crowd of processes leave of the evidence.
// FLOWFORGE_CRASH_POINTS, FLOWFORGE_POWER_CUTS and FLOWFORGE_DISK_FAULTS say how much is tried (`all`: every call).

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connection } from '../../src/adapters/sqlite/connection.ts';
import { encodeEvent } from '../../src/adapters/sqlite/event-codec.ts';
import { openStore } from '../../src/adapters/sqlite/store.ts';
import { verifyDatabase } from '../../src/adapters/sqlite/verify.ts';
import { epochMs } from '../../src/core/time.ts';
import { anEvent, countingIds, scratch } from '../support/evidence.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { cutPower, parseSteps, type Step, TRACED, writeDisk } from '../support/power-cut.ts';
import { seededRandom } from '../support/seeded-random.ts';
import {
  acknowledgedIn,
  diskCalls,
  hasStrace,
  timesIn,
  WRITER,
  writeUnderStrace,
} from '../support/traced-writer.ts';

const CRASH_POINTS = process.env['FLOWFORGE_CRASH_POINTS'] ?? '8';
const POWER_CUTS = Number(process.env['FLOWFORGE_POWER_CUTS'] ?? 200);
const DISK_FAULTS = process.env['FLOWFORGE_DISK_FAULTS'] ?? '8';
const HOUR = { timeout: 3_600_000 };

let place: ReturnType<typeof scratch>;
const path = () => place.path('flowforge.db');
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.remove());

/** `wanted` of the things, spread by the seed, or all of them. */
function some<T>(things: readonly T[], wanted: string, random: () => number): readonly T[] {
  if (wanted === 'all') return things;
  const each = things.length / Number(wanted);
  return Array.from(
    { length: Math.min(Number(wanted), things.length) },
    (_, n) => things[Math.min(things.length - 1, Math.floor((n + random()) * each))] as T,
  );
}

/** Ids of the urgent events in a sound database, in their order. */
function stored(file = path()): string[] {
  const db = new DatabaseSync(file);
  try {
    expect({ ...db.prepare('PRAGMA integrity_check').get() }).toEqual({ integrity_check: 'ok' });
    return db
      .prepare(
        `SELECT event_id FROM events WHERE type NOT IN
         ('attempt.started', 'decision.made', 'tree.frozen', 'store.degraded', 'store.recovered') ORDER BY seq`,
      )
      .all()
      .map((row) => String(row['event_id']));
  } finally {
    db.close();
  }
}

/** Every acknowledged event once and in order, at most the one that was under way besides, and a chain that verifies. */
function expectWhole(acknowledged: readonly string[], file = path()): void {
  if (acknowledged.length === 0 && !existsSync(file)) return;
  openStore({ path: file, clock: new FakeClock(), ids: countingIds }).close();
  const found = stored(file);
  expect(found.slice(0, acknowledged.length)).toEqual(acknowledged);
  expect(found.length - acknowledged.length).toBeLessThanOrEqual(1);
  expect(verifyDatabase(file).faults).toEqual([]);
}

/** Starts a writer and kills it after it has acknowledged `count` events, at whatever it is doing then. */
async function killAfter(count: number, delayMs: number): Promise<string[]> {
  const writer = spawn(process.execPath, [WRITER, path(), '100000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged: string[] = [];
  const lines = createInterface({ input: writer.stdout });
  lines.on('line', (line) => {
    acknowledged.push(line.split(' ')[1] ?? '');
    if (acknowledged.length === count) setTimeout(() => writer.kill('SIGKILL'), delayMs);
  });
  await Promise.all([once(writer, 'exit'), once(lines, 'close')]);
  return acknowledged;
}

describe('kill -9 of a writer', () => {
  it('loses no acknowledged event and makes none up, at any instant, again and again in one database', async () => {
    const random = seededRandom(1);
    const all: string[] = [];
    for (let point = 0; point < 5; point++) {
      const acknowledged = await killAfter(1 + Math.floor(random() * 20), random() * 4);
      const found = stored().filter((id) => !all.includes(id));
      // The one that was under way may be there, or not.
      expect(found.slice(0, acknowledged.length)).toEqual(acknowledged);
      expect(found.length - acknowledged.length).toBeLessThanOrEqual(1);
      all.push(...found);
    }
    expect(verifyDatabase(path()).faults).toEqual([]);
  });

  it.runIf(hasStrace)(
    `loses none when it comes with a call to the disk: ${CRASH_POINTS} of them`,
    HOUR,
    () => {
      const calls = diskCalls(place.path('all.db'), 10, place.path('calls.log'));
      expect(calls.length).toBeGreaterThan(100);
      for (const { call, at } of some(calls, CRASH_POINTS, seededRandom(2))) {
        const inject = [`${call}:signal=KILL:when=${at}`];
        const { acknowledged, signal } = writeUnderStrace(path(), 10, { inject });
        expect({ call, at, signal }).toEqual({ call, at, signal: 'SIGKILL' });
        expectWhole(acknowledged);
        for (const side of ['', '-wal', '-shm', '.signing-key', '.checkpoints'])
          rmSync(path() + side, { force: true });
      }
    },
  );
});

describe('a power cut', () => {
  it('loses no acknowledged event when the log of the database is torn at any byte behind it', () => {
    const connection = new Connection(path(), epochMs(0));
    const ids: string[] = [];
    const sizes: number[] = [];
    for (let n = 0; n < 60; n++) {
      const event = anEvent('action.intended');
      connection.write(
        { events: [encodeEvent(event, null)], samples: [], again: false, sign: false },
        epochMs(n),
      );
      ids.push(event.eventId);
      sizes.push(statSync(`${path()}-wal`).size);
    }
    const wal = readFileSync(`${path()}-wal`);
    const random = seededRandom(3);
    for (let n = 0; n < 60; n++) {
      const kept = Math.floor(random() * ids.length);
      const size = sizes[kept] ?? 0;
      const cut = size + Math.floor(random() * ((sizes[kept + 1] ?? wal.length) - size));
      const torn = place.path('torn.db');
      rmSync(`${torn}-shm`, { force: true });
      copyFileSync(path(), torn);
      writeDisk(new Map([['wal', wal.subarray(0, cut)]]), () => `${torn}-wal`);
      expect(stored(torn)).toEqual(ids.slice(0, kept + 1));
    }
    connection.close();
  });

  /** What a writer did to the disk, from the first call to the last. */
  function recorded(count: number, synchronous: readonly string[]): Step[] {
    const log = place.path('strace.log');
    const writer = [process.execPath, WRITER, path(), String(count), ...synchronous];
    const options = ['-f', '-y', '-xx', '-s', '1000000', '-e', TRACED, '-o', log];
    expect(spawnSync('strace', [...options, ...writer]).status).toBe(0);
    const steps = parseSteps(readFileSync(log, 'utf8'));
    expect(steps.filter(({ type }) => type === 'ack')).toHaveLength(count);
    expect(steps.some(({ type }) => type === 'create')).toBe(true);
    return steps;
  }

  /** In how many of many cuts acknowledged events are missing or unknown ones are there, or the chain is broken. */
  function cuts(synchronous: readonly string[]) {
    const steps = recorded(40, synchronous);
    const random = seededRandom(4);
    const count = { lost: 0, madeUp: 0, broken: 0, states: 0 };
    const behind = Array.from({ length: POWER_CUTS }, () => Math.floor(random() * steps.length));
    behind.sort((a, b) => a - b);
    for (const { files, acknowledged } of cutPower(steps, behind, random)) {
      const cut = scratch();
      writeDisk(files, (name) => cut.path(name.slice(name.lastIndexOf('/') + 1)));
      const { ids, verifies } = remains(cut.path('flowforge.db'), acknowledged);
      count.lost += Number(acknowledged.some((id) => !ids.includes(id)));
      count.madeUp += Number(ids.length > acknowledged.length + 1);
      count.broken += Number(!verifies);
      count.states += Number(acknowledged.length > 0);
      cut.remove();
    }
    return count;
  }

  function remains(file: string, acknowledged: readonly string[]) {
    const nothing = { ids: [], verifies: acknowledged.length === 0 };
    if (!existsSync(file)) return nothing;
    try {
      openStore({ path: file, clock: new FakeClock(), ids: countingIds }).close();
      return { ids: stored(file), verifies: verifyDatabase(file).ok };
    } catch {
      return nothing;
    }
  }

  it.runIf(hasStrace)(
    `loses no acknowledged event whatever part of the unsynced writes is lost, ${POWER_CUTS} times`,
    HOUR,
    () => {
      const { states, ...bad } = cuts([]);
      expect(bad).toEqual({ lost: 0, madeUp: 0, broken: 0 });
      expect(states).toBeGreaterThan(POWER_CUTS / 2);
    },
  );

  it.runIf(hasStrace)(
    'would be seen to lose some, did the store not sync at every commit',
    HOUR,
    () => {
      expect(cuts(['NORMAL']).lost).toBeGreaterThan(POWER_CUTS / 10);
    },
  );
});

describe.runIf(hasStrace)('a disk that fails', () => {
  const ERRORS = ['ENOSPC', 'EIO', 'EROFS'];
  const FAILING = ['pwrite64', 'fsync', 'fdatasync', 'ftruncate'];

  function expectAllKept(inject: readonly string[]): void {
    openStore({ path: path(), clock: new FakeClock(), ids: countingIds }).close();
    const { acknowledged, problems, status } = writeUnderStrace(path(), 12, { inject });
    // A disk that fails before the store is open is told at once; nothing was acknowledged on it.
    const refused = status === 1 && problems.includes('cannot use');
    const expected = refused ? { count: 0, problems } : { count: 12, problems: '' };
    expect({ inject, count: acknowledged.length, problems }).toEqual({ inject, ...expected });
    expectWhole(acknowledged);
    for (const side of ['', '-wal', '-shm', '.signing-key', '.checkpoints'])
      rmSync(path() + side, { force: true });
  }

  it(
    `takes no event away when a call fails, once or from then on: ${DISK_FAULTS} of them`,
    HOUR,
    () => {
      const file = place.path('all.db');
      openStore({ path: file, clock: new FakeClock(), ids: countingIds }).close();
      const calls = diskCalls(file, 12, place.path('calls.log'));
      const faults = calls
        .filter(({ call }) => FAILING.includes(call))
        .flatMap(({ call, at }) =>
          ERRORS.flatMap((error) =>
            ['', '+'].map((on) => `${call}:error=${error}:when=${at}${on}`),
          ),
        );
      expect(faults.length).toBeGreaterThan(500);
      for (const fault of some(faults, DISK_FAULTS, seededRandom(5))) expectAllKept([fault]);
    },
  );

  it('takes no event away when it cannot be read', () => {
    expectAllKept(['pread64:error=EIO:when=12+']);
  });

  it.each([150, 60])(
    'takes no event away when no file grows beyond %i KiB, not even in the spool',
    (kib) => {
      openStore({ path: path(), clock: new FakeClock(), ids: countingIds }).close();
      // The limit is no multiple of a page: the write across it is a short one, and the next one fails.
      const limited = `trap '' XFSZ; ulimit -f ${kib}; exec "$@"`;
      const writer = [process.execPath, WRITER, path(), '40'];
      const { stdout, stderr } = spawnSync('bash', ['-c', limited, 'sh', ...writer], {
        encoding: 'utf8',
      });
      const acknowledged = acknowledgedIn(stdout);
      expect({ count: acknowledged.length, stderr }).toEqual({ count: 40, stderr: '' });
      expectWhole(acknowledged);
    },
  );
});

describe('several processes on one database', () => {
  it('write without losing or doubling an event, and without an error', HOUR, async () => {
    const processes = Number(process.env['FLOWFORGE_WRITERS'] ?? 4);
    const each = Number(process.env['FLOWFORGE_WRITES_EACH'] ?? 100);
    openStore({ path: path(), clock: new FakeClock(), ids: countingIds }).close();
    const outputs = await Promise.all(
      Array.from({ length: processes }, async () => {
        const writer = spawn(process.execPath, [WRITER, path(), String(each)], {
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        let [out, problems] = ['', ''];
        writer.stdout.on('data', (chunk) => {
          out += chunk;
        });
        writer.stderr.on('data', (chunk) => {
          problems += chunk;
        });
        const [code] = await once(writer, 'close');
        expect({ code, problems }).toEqual({ code: 0, problems: '' });
        return out;
      }),
    );
    const acknowledged = outputs.flatMap(acknowledgedIn);
    expect(acknowledged).toHaveLength(processes * each);
    expect(timesIn(outputs.join(''))).toHaveLength(processes * each);
    expect(stored().sort()).toEqual(acknowledged.sort());
    expect(verifyDatabase(path()).faults).toEqual([]);
  });
});
