// Who may use the API while the database under it is replaced or breaks.

import { readdirSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { ApiKeys } from '../../src/adapters/sqlite/api-keys.ts';
import { openFile } from '../../src/adapters/sqlite/sqlite.ts';
import { createAccess } from '../../src/compose/api-access.ts';
import type { Config } from '../../src/config/config.ts';
import { epochMs } from '../../src/core/time.ts';
import { scratch } from '../support/evidence.ts';

/** Makes a key in the database at `path`. */
function makeKey(path: string): { readonly id: string; readonly secret: string } {
  const keys = ApiKeys.at(path, epochMs(0));
  const wish = { name: 'eye', scopes: ['read'], expiresAt: null } as const;
  const made = keys.create(wish, epochMs(0));
  keys.close();
  return made;
}

function stage() {
  const place = scratch();
  const dbPath = place.path('f.db');
  const access = createAccess({ dbPath, apiKey: null } as Config);
  onTestFinished(() => {
    access.close();
    place.remove();
  });
  return { place, dbPath, access };
}

it('goes by the keys and sessions of the database that is there', () => {
  const { place, dbPath, access } = stage();
  const old = makeKey(dbPath);
  const session = access.sessions.open(old.id);
  expect(access.authenticate(old.secret)?.id).toBe(old.id);
  expect(access.sessions.find(session.secret)?.principal.id).toBe(old.id);

  const fresh = makeKey(place.path('other.db'));
  for (const suffix of ['-wal', '-shm']) rmSync(`${dbPath}${suffix}`, { force: true });
  renameSync(place.path('other.db'), dbPath);
  expect(access.sessions.find(session.secret)).toBeNull();
  expect(access.authenticate(old.secret)).toBeNull();
  expect(access.authenticate(fresh.secret)?.id).toBe(fresh.id);
  if (process.platform === 'linux') expect(openedOf(dbPath)).not.toContain('(deleted)');
});

it('says that the database cannot be used, and works again once it can', () => {
  const { dbPath, access } = stage();
  const { id } = makeKey(dbPath);
  const { secret } = access.sessions.open(id);
  const rename = (from: string, to: string): void => {
    const handle = openFile(dbPath);
    handle.exec(`ALTER TABLE ${from} RENAME TO ${to}`);
    handle.close();
  };
  rename('sessions', 'hidden');
  expect(() => access.sessions.find(secret)).toThrow(
    expect.objectContaining({ code: 'FF_STORE_UNAVAILABLE' }),
  );
  rename('hidden', 'sessions');
  expect(access.sessions.find(secret)?.principal.id).toBe(id);
});

/** What this process has open of a database, a line each. */
function openedOf(path: string): string {
  const names = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ''; // the folder's own
    }
  });
  return names.filter((name) => name.startsWith(path)).join('\n');
}
