// The locks that tell other processes that this one has the database open. Closing any descriptor of a file lets go of
// all locks that the process has on it (https://www.sqlite.org/howtocorrupt.html, 2.2): whoever closes the database then
// takes itself for the last one, and removes the log that this one goes on writing to.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ApiKeys } from '../../src/adapters/sqlite/api-keys.ts';
import { probeWrite } from '../../src/adapters/sqlite/probe.ts';
import { pruneStore } from '../../src/adapters/sqlite/prune.ts';
import { openForReading } from '../../src/adapters/sqlite/read-store.ts';
import { openStore, type Store } from '../../src/adapters/sqlite/store.ts';
import { anEvent, countingIds, scratch } from '../support/evidence.ts';
import { FakeClock } from '../support/fake-clock.ts';

const clock = new FakeClock();
let place: ReturnType<typeof scratch>;
let store: Store;
const path = () => place.path('flowforge.db');
const options = () => ({ path: path(), clock, ids: countingIds });

beforeEach(() => {
  place = scratch();
  store = openStore(options());
});
afterEach(() => {
  store.close();
  place.remove();
});

/** Another program writes a little, and closes the database; what it sees of the events when it opens it again. */
function visit(): string {
  const ask = (sql: string): string => execFileSync('sqlite3', [path(), sql], { encoding: 'utf8' });
  ask("INSERT INTO meta VALUES ('visits', '1') ON CONFLICT DO UPDATE SET value = value + 1");
  return ask('SELECT count(*) FROM events; PRAGMA integrity_check');
}

it.skipIf(spawnSync('sqlite3', ['--version']).status !== 0).each([
  ['the keys of the API', () => ApiKeys.at(path(), clock.now()).close()],
  ['a second store', () => openStore(options()).close()],
  ['a reader', () => openForReading(options()).close()],
  ['the probe of the readiness', () => probeWrite(path())],
  ['who prunes', () => pruneStore(path(), { before: clock.now(), now: clock.now() })],
])('are kept while %s opens and closes the same database', (_name, work) => {
  const record = (count: number): void => {
    const events = Array.from({ length: count }, () => anEvent('run.started'));
    expect(store.log.append(events, 'durable')).toBe('stored');
  };
  record(3);
  work();
  visit();
  record(2);
  expect(visit()).toEqual('5\nok\n');
});

it('of another process that has the database for itself for a moment, as whoever closes it last does, are waited for', async () => {
  store.log.append([anEvent('run.started')], 'durable');
  store.close();
  const script = `
    const { DatabaseSync } = require('node:sqlite');
    const database = new DatabaseSync(process.argv[1]);
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    console.log('held');
    setTimeout(() => process.exit(), 300);`;
  const args = ['--disable-warning=ExperimentalWarning', '-e', script, path()];
  const other = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(other.stdout, 'data');
  const reading = openForReading(options());
  expect(reading.reader.lastSeq()).toBe(1);
  reading.close();
});
