import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiKeys } from '../../src/adapters/sqlite/api-keys.ts';
import { createRedactor } from '../../src/core/redaction/redactor.ts';
import { epochMs } from '../../src/core/time.ts';
import { scratch } from '../support/evidence.ts';

const NOW = epochMs(1_800_000_000_000);
const later = (durationMs: number) => epochMs(NOW + durationMs);
let place: ReturnType<typeof scratch>;
let keys: ApiKeys;

beforeEach(() => {
  place = scratch();
  keys = ApiKeys.at(place.path('flowforge.db'), NOW);
});
afterEach(() => {
  keys.close();
  place.remove();
});

const make = (expiresAt = null as ReturnType<typeof later> | null) =>
  keys.create({ name: 'ci', scopes: ['read', 'act'], expiresAt }, NOW);

describe('an API key', () => {
  it('is good from the moment it is made, and says what it may do', () => {
    expect(keys.authenticate(make().secret, NOW)).toMatchObject({
      name: 'ci',
      scopes: ['read', 'act'],
    });
  });

  it('is kept as a digest only', () => {
    const { secret } = make();
    const [, , , random = 'none'] = secret.split('_');
    const onDisk = ['', '-wal']
      .map((side) => readFileSync(place.path(`flowforge.db${side}`), 'latin1'))
      .join('');
    expect(onDisk).not.toContain(random);
    expect(JSON.stringify(keys.list())).not.toContain(random);
  });

  it('is refused when a character differs, also when the check was made to fit', () => {
    const { secret } = make();
    const other = make().secret;
    const [, , id, ,] = secret.split('_');
    const [, , , random, check] = other.split('_');
    expect(keys.authenticate(`${secret.slice(0, -1)}x`, NOW)).toBeNull();
    expect(keys.authenticate(`ff_key_${id}_${random}_${check}`, NOW)).toBeNull();
    expect(keys.authenticate('', NOW)).toBeNull();
  });

  it('is refused from the moment it is revoked, and when it has expired', () => {
    const revoked = make();
    keys.revoke(revoked.id, NOW);
    expect(keys.authenticate(revoked.secret, NOW)).toBeNull();
    const short = make(later(1_000));
    expect(keys.authenticate(short.secret, later(999))).not.toBeNull();
    expect(keys.authenticate(short.secret, later(1_000))).toBeNull();
  });

  it('overlaps with the one that replaces it', () => {
    const old = make();
    const next = keys.rotate(old.id, 60_000, NOW);
    expect([
      keys.authenticate(old.secret, later(1)),
      keys.authenticate(next.secret, later(1)),
    ]).not.toContain(null);
    expect(keys.authenticate(old.secret, later(60_000))).toBeNull();
    expect(keys.authenticate(next.secret, later(60_000))).not.toBeNull();
  });

  it('remembers the day it was last used', () => {
    const { secret } = make();
    keys.authenticate(secret, NOW);
    expect(keys.list()[0]?.lastUsedDay).toBe('2027-01-15');
  });

  it('is recognised by our own redaction', () => {
    const { text } = createRedactor({ secrets: [], fingerprint: () => 'x' });
    expect(text(`key ${make().secret}`)).toBe('key [REDACTED:flowforge:x]');
  });

  it('cannot be revoked when it is not there', () => {
    expect(() => keys.revoke('none', NOW)).toThrow('no key');
  });
});
