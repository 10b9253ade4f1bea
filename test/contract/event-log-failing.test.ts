import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../src/adapters/sqlite/store.ts';
import { verifyDatabase } from '../../src/adapters/sqlite/verify.ts';
import { isFlowForgeError } from '../../src/core/error.ts';
import type { FlowForgeEvent } from '../../src/core/event.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { anEvent, countingIds, scratch } from '../support/evidence.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { seededRandom } from '../support/seeded-random.ts';

let clock: FakeClock;
let place: ReturnType<typeof scratch>;
let store: Store;
const path = () => place.path('state/flowforge.db');
const open = () => openStore({ path: path(), clock, ids: countingIds });

beforeEach(() => {
  clock = new FakeClock();
  place = scratch();
  store = open();
});
afterEach(() => {
  store.close();
  place.remove();
});

const record = (reason: string) =>
  store.log.append([anEvent('audit.noted', { reason })], 'durable');

const reasons = (events: readonly FlowForgeEvent[] = store.reader.eventsAfter(0, 1000)) =>
  events.flatMap((event) => (event.type === 'audit.noted' ? [event.payload.reason] : [event.type]));

function lastReason(): string | null | undefined {
  try {
    return store.reader.timeline({ type: 'audit', limit: 1 }).items[0]?.reason;
  } catch (error) {
    return isFlowForgeError(error) ? error.code : String(error);
  }
}

/** A directory where the database was: nothing can be opened there, nor put back. */
function takeAway(): () => void {
  renameSync(place.path('state'), place.path('away'));
  writeFileSync(place.path('state'), '');
  return () => {
    rmSync(place.path('state'));
    renameSync(place.path('away'), place.path('state'));
  };
}

describe('a store that fails while it is open', () => {
  it('keeps events aside, says what is wrong, and replays them in order when the disk is back', () => {
    record('one');
    const giveBack = takeAway();
    expect([record('two'), record('three')]).toEqual(['kept-aside', 'kept-aside']);
    expect(store.log.trouble()).toContain('takes no writes');
    expect(() => store.reader.runs()).toThrow('cannot be read');
    giveBack();
    clock.advance(LIMITS.storeRetryMaxMs);
    expect(store.log.trouble()).toBeNull();
    expect(reasons()).toEqual(['one', 'two', 'store.degraded', 'three', 'store.recovered']);
  });

  it('is tried again by an event that comes when it is due, without waiting for a timer', () => {
    const giveBack = takeAway();
    record('one');
    giveBack();
    clock.advance(LIMITS.storeRetryMinMs);
    expect(record('two')).toBe('stored');
    expect(reasons()).toEqual(['one', 'store.degraded', 'store.recovered', 'two']);
  });

  it('waits longer from try to try', () => {
    const giveBack = takeAway();
    record('one');
    clock.advance(LIMITS.storeRetryMinMs + 1);
    giveBack();
    clock.advance(LIMITS.storeRetryMinMs);
    expect(store.log.trouble()).not.toBeNull();
    clock.advance(LIMITS.storeRetryMinMs);
    expect(store.log.trouble()).toBeNull();
  });

  it('hands urgent events to the next start through the spool, each once', () => {
    record('before');
    clock.advance(LIMITS.spoolAfterMs);
    const giveBack = takeAway();
    store.log.append([anEvent('decision.made')], 'durable');
    for (let i = 0; i < 100; i++) record(`while away ${i}`);
    store.close();
    giveBack();
    const [spool = ''] = readdirSync(place.path('state')).filter((name) =>
      name.includes('.spool-'),
    );
    expect(statSync(place.path(`state/${spool}`)).size).toBe(LIMITS.spoolBytes);
    // As if another process had left it: this one still lives.
    renameSync(place.path(`state/${spool}`), `${path()}.spool-999999999-1-1`);
    store = open();
    const expected = Array.from({ length: 100 }, (_, i) => `while away ${i}`);
    expect(reasons()).toEqual(['before', 'store.degraded', ...expected]);
    expect(readdirSync(place.path('state')).filter((name) => name.includes('.spool-'))).toEqual([]);
    store.close();
    store = open();
    expect(reasons()).toHaveLength(102);
  });

  it('leaves the spool of a living process alone', () => {
    clock.advance(LIMITS.spoolAfterMs);
    record('one');
    clock.advance(LIMITS.spoolAfterMs);
    const mine = () => readdirSync(place.path('state')).filter((name) => name.includes('.spool-'));
    expect(mine()).toHaveLength(1);
    open().close();
    expect(mine()).toHaveLength(1);
    store.close();
    expect(mine()).toEqual([]);
  });

  it('counts what it could not keep', () => {
    const giveBack = takeAway();
    const many = Array.from({ length: LIMITS.unstoredEventsMax + 10 }, () => anEvent('run.paused'));
    expect(store.log.append(many, 'durable')).toBe('lost');
    giveBack();
    clock.advance(LIMITS.storeRetryMaxMs);
    const last = store.reader.timeline({ limit: 1 }).items[0];
    expect(last).toMatchObject({ event_type: 'store.recovered', evidence: { lost: 11 } });
  });

  it('waits for a lock that another program holds, and goes on without it', () => {
    record('one');
    const other = new DatabaseSync(path());
    other.exec('BEGIN IMMEDIATE');
    expect(record('two')).toBe('kept-aside');
    expect(store.log.trouble()).toContain('locked');
    other.exec('ROLLBACK');
    other.close();
    clock.advance(LIMITS.storeRetryMaxMs);
    expect(reasons()).toEqual(['one', 'two', 'store.degraded', 'store.recovered']);
  });
});

describe('a database that was tampered with from outside', () => {
  it('is written back when it was deleted', () => {
    record('one');
    for (const side of ['', '-wal', '-shm']) rmSync(path() + side, { force: true });
    expect(record('two')).toBe('stored');
    expect(reasons()).toEqual(['one', 'two', 'store.degraded', 'store.recovered']);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    store.close();
    store = open();
    expect(reasons()).toHaveLength(4);
  });

  it('is followed when a backup was put in its place', () => {
    record('one');
    const other = new DatabaseSync(path());
    other.exec(`VACUUM INTO '${place.path('copy.db')}'`);
    other.close();
    record('two');
    for (const side of ['-wal', '-shm']) rmSync(path() + side);
    renameSync(place.path('copy.db'), path());
    expect(record('three')).toBe('stored');
    expect(reasons()).toEqual(['one', 'three', 'store.degraded', 'store.recovered']);
  });

  it('never stops the guard by damage at any place, and never overwrites what was damaged', () => {
    for (let i = 0; i < 50; i++) record(`before ${i}`);
    store.close();
    const sound = readFileSync(path());
    const random = seededRandom(20260101);
    const outcomes = { read: 0, setAside: 0, refused: 0 };
    for (let round = 0; round < 200; round++) {
      rmSync(place.path('state'), { recursive: true });
      mkdirSync(place.path('state'));
      const damaged = damage(sound, random);
      writeFileSync(path(), damaged);
      outcomes[guardOn(damaged)]++;
    }
    expect(outcomes.read + outcomes.setAside).toBeGreaterThan(150);
    expect(outcomes.setAside).toBeGreaterThan(10);
  });

  /** Opens the damaged file and records into it; says what became of it. */
  function guardOn(damaged: Buffer): 'read' | 'setAside' | 'refused' {
    try {
      store = open();
    } catch (error) {
      expect(isFlowForgeError(error) && error.code).toMatch(/^FF_STORE_/);
      expect(readFileSync(path()).equals(damaged)).toBe(true);
      return 'refused';
    }
    expect([record('after'), store.log.trouble()]).toEqual(['stored', null]);
    expect(lastReason()).toMatch(/^(after|FF_STORE_CORRUPT)$/);
    const aside = readdirSync(place.path('state')).filter((name) => name.includes('.corrupt-'));
    const told = [...store.advice, ...says('store.degraded')].join();
    store.close();
    if (aside.length > 0) expect(told).toContain('set aside as');
    else expect(isWhole() || gaps()).toBeTruthy();
    return aside.length > 0 ? 'setAside' : 'read';
  }

  /** What the store's own events of a type say. */
  function says(type: string): string[] {
    const db = new DatabaseSync(path());
    try {
      const rows = db.prepare('SELECT payload FROM events WHERE type = ?').all(type);
      return rows.map(({ payload }) => String(payload));
    } catch {
      return [];
    } finally {
      db.close();
    }
  }

  /** Whether every event from before the damage is there as it was. */
  function isWhole(): boolean {
    const db = new DatabaseSync(path());
    try {
      const rows = db.prepare("SELECT payload FROM events WHERE type = 'audit.noted'").all();
      return Array.from({ length: 50 }, (_, n) => n).every((n) =>
        String(rows[n]?.['payload']).includes(`"before ${n}"`),
      );
    } catch {
      return false;
    } finally {
      db.close();
    }
  }

  /** What the verification finds missing or changed, or that the file cannot be read. */
  function gaps(): string {
    try {
      return verifyDatabase(path())
        .faults.map(({ problem }) => problem)
        .join();
    } catch (error) {
      return String(error);
    }
  }

  it('is set aside when damage shows while it is written', () => {
    record('one');
    for (let i = 0; i < 2_000; i++) store.log.append([anEvent('decision.made')], 'grouped');
    store.close();
    store = open();
    const { size } = statSync(path());
    const other = openSync(path(), 'r+');
    writeSync(other, Buffer.alloc(size - 4096, 0xa5), 0, size - 4096, 4096);
    closeSync(other);
    expect(record('two')).toBe('stored');
    expect(reasons()).toEqual(['two', 'store.degraded', 'store.recovered']);
    const [degraded] = store.reader.timeline({ type: 'lifecycle' }).items.slice(-1);
    expect(degraded?.summary).toContain('set aside as');
  });

  it('stays in trouble, and leaves the file alone, when something else was put in its place', () => {
    record('one');
    rmSync(path());
    mkdirSync(path());
    expect(record('two')).toBe('kept-aside');
    expect(store.log.trouble()).toContain('is not a file');
    expect(existsSync(path())).toBe(true);
  });
});

/** Zeroes, flips or cuts off bytes at a random place. */
function damage(sound: Buffer, random: () => number): Buffer {
  const offset = Math.floor(random() * sound.length);
  const kind = Math.floor(random() * 3);
  if (kind === 0) return sound.subarray(0, offset);
  const damaged = Buffer.from(sound);
  const end = Math.min(sound.length, offset + 1 + Math.floor(random() * 4096));
  for (let at = offset; at < end; at++) damaged[at] = kind === 1 ? 0 : Math.floor(random() * 256);
  return damaged;
}
