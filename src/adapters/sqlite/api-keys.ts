// Keys of the API: shown once, kept as digests only, revocable at once.

import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { FlowForgeError } from '../../core/error.ts';
import { LIMITS } from '../../core/limits.ts';
import { type EpochMs, epochMs, toTimestamp } from '../../core/time.ts';
import { type OpenDatabase, openDatabase } from './database.ts';
import type { DatabaseSync } from './sqlite.ts';

/** What a key may do. */
export const SCOPES = ['read', 'act', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** A key as it is known: everything but the secret. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: EpochMs;
  readonly expiresAt: EpochMs | null;
  readonly revokedAt: EpochMs | null;
  /** `2026-01-31`, or null when it never was used. */
  readonly lastUsedDay: string | null;
}

/** A key that was just made; its secret is not kept and cannot be shown again. */
export interface NewApiKey extends ApiKey {
  readonly secret: string;
}

export interface KeyRequest {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: EpochMs | null;
}

const ID_CHARS = 12;
const SECRET_CHARS = 43;
/** `ff_key_<id>_<secret>_<check>`: greppable, and a typing error shows without asking the database. */
const FORMAT = /^ff_key_([A-Za-z0-9]{12})_([A-Za-z0-9]{43})_([0-9a-f]{8})$/;

export class ApiKeys {
  readonly #database: OpenDatabase;

  constructor(database: OpenDatabase) {
    this.#database = database;
  }

  /** @throws FlowForgeError FF_STORE_UNAVAILABLE, FF_STORE_NEWER */
  static at(path: string, now: EpochMs): ApiKeys {
    return new ApiKeys(openDatabase(path, now));
  }

  close(): void {
    this.#database.handle.close();
  }

  create({ name, scopes, expiresAt }: KeyRequest, now: EpochMs): NewApiKey {
    const id = randomText(ID_CHARS);
    const secret = toSecret(id, randomText(SECRET_CHARS));
    this.#handle
      .prepare(
        'INSERT INTO api_keys (key_id, name, scopes, digest, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(id, name, scopes.join(','), digestOf(secret), now, expiresAt);
    const fresh = { revokedAt: null, lastUsedDay: null };
    return { id, name, scopes, createdAt: now, expiresAt, ...fresh, secret };
  }

  /** Newest first, the revoked among them. */
  list(): readonly ApiKey[] {
    const sql = 'SELECT * FROM api_keys ORDER BY created_ms DESC, key_id LIMIT ?';
    return this.#handle.prepare(sql).all(LIMITS.listMax).map(toKey);
  }

  /** @throws FlowForgeError FF_NOT_FOUND */
  revoke(id: string, now: EpochMs): ApiKey {
    const key = this.#find(id);
    if (!key) throw new FlowForgeError('FF_NOT_FOUND', `there is no key ${id}`);
    const revokedAt = key.revokedAt ?? now;
    this.#handle.prepare('UPDATE api_keys SET revoked_ms = ? WHERE key_id = ?').run(revokedAt, id);
    return { ...key, revokedAt };
  }

  /** A new key with the same name and scopes; the old one holds for `overlapMs`, so that it can be replaced in peace. */
  rotate(id: string, overlapMs: number, now: EpochMs): NewApiKey {
    const old = this.#find(id);
    if (!old || old.revokedAt !== null)
      throw new FlowForgeError('FF_NOT_FOUND', `there is no valid key ${id}`);
    const made = this.create(old, now);
    const until = Math.min(now + overlapMs, old.expiresAt ?? Number.MAX_SAFE_INTEGER);
    this.#handle.prepare('UPDATE api_keys SET expires_ms = ? WHERE key_id = ?').run(until, id);
    return made;
  }

  /** The key whose secret this is, when it holds now; else null. Takes the same path for unknown keys. */
  authenticate(secret: string, now: EpochMs): ApiKey | null {
    const [, id = '', random = '', check = ''] = FORMAT.exec(secret) ?? [];
    if (checkOf(id, random) !== check) return null;
    const row = this.#handle.prepare('SELECT * FROM api_keys WHERE key_id = ?').get(id);
    const expected = Buffer.from(String(row?.['digest'] ?? digestOf('')), 'hex');
    const isRight = timingSafeEqual(Buffer.from(digestOf(secret), 'hex'), expected);
    if (!row || !isRight) return null;
    const key = toKey(row);
    if (!holds(key, now)) return null;
    this.#noteUse(key, toTimestamp(now).slice(0, 10));
    return key;
  }

  /** The key of that id, when it holds now. */
  holding(id: string, now: EpochMs): ApiKey | null {
    const key = this.#find(id);
    return key && holds(key, now) ? key : null;
  }

  /** Once a day, so that reading costs no write. */
  #noteUse({ id, lastUsedDay }: ApiKey, day: string): void {
    if (lastUsedDay === day) return;
    try {
      this.#handle.prepare('UPDATE api_keys SET last_used_day = ? WHERE key_id = ?').run(day, id);
    } catch {
      // A key is good though the disk takes no note of it.
    }
  }

  #find(id: string): ApiKey | null {
    const row = this.#handle.prepare('SELECT * FROM api_keys WHERE key_id = ?').get(id);
    return row ? toKey(row) : null;
  }

  get #handle(): DatabaseSync {
    return this.#database.handle;
  }
}

const holds = ({ revokedAt, expiresAt }: ApiKey, now: EpochMs): boolean =>
  revokedAt === null && (expiresAt === null || now < expiresAt);

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Letters and digits by chance, each equally likely: bytes beyond the last whole alphabet are thrown away. */
function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < 4 * LETTERS.length && text.length < length) text += LETTERS[byte % LETTERS.length];
    }
  }
  return text;
}

const checkOf = (id: string, random: string): string =>
  crc32(`${id}_${random}`).toString(16).padStart(8, '0');

const toSecret = (id: string, random: string): string =>
  `ff_key_${id}_${random}_${checkOf(id, random)}`;

/** 256 bits by chance need no slow digest. */
const digestOf = (secret: string): string => hash('sha256', `flowforge key ${secret}`, 'hex');

function toKey(row: Record<string, unknown>): ApiKey {
  const instant = (value: unknown): EpochMs | null =>
    value === null ? null : epochMs(Number(value));
  return {
    id: String(row['key_id']),
    name: String(row['name']),
    scopes: String(row['scopes']).split(',') as Scope[],
    createdAt: epochMs(Number(row['created_ms'])),
    expiresAt: instant(row['expires_ms']),
    revokedAt: instant(row['revoked_ms']),
    lastUsedDay: row['last_used_day'] === null ? null : String(row['last_used_day']),
  };
}
