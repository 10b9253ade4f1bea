// Encryption at rest: AES-256-GCM under data keys, which lie in the database wrapped by the master key.
// The master key can so be changed without touching a sealed row.

import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { FlowForgeError } from '../../core/error.ts';
import { inTransaction } from './database.ts';
import type { Seal } from './event-codec.ts';
import type { DatabaseSync } from './sqlite.ts';

const VERSION = 1;
const KEY_ID_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES;
const MASTER_KEY_BYTES = 32;

interface DataKey {
  readonly id: string;
  readonly secret: Buffer;
  readonly wrapped: Uint8Array;
}

/** The keys at hand: new content is sealed with the newest, old content opened with whichever fits. */
export class Keyring implements Seal {
  readonly #keys = new Map<string, DataKey>();
  readonly #masterId: string;
  readonly #current: DataKey;
  readonly #pseudonymKey: Buffer;

  /**
   * Takes the data keys of the database that `master` opens; makes one where there is none.
   *
   * @throws FlowForgeError FF_KEY_INVALID when the master key has not 32 bytes
   */
  constructor(handle: DatabaseSync, master: Uint8Array) {
    this.#masterId = masterIdOf(master);
    for (const { id, wrapped } of wrappedBy(handle, this.#masterId)) {
      const secret = unwrap(master, id, wrapped);
      this.#keys.set(id, { id, secret, wrapped });
    }
    if (this.#keys.size === 0) {
      const made = makeKey(master);
      this.#keys.set(made.id, made);
    }
    const keys = [...this.#keys.values()];
    // The map holds at least one key.
    this.#current = keys.at(-1) as DataKey;
    this.#pseudonymKey = hmac((keys[0] as DataKey).secret, 'flowforge pseudonyms');
  }

  /** Puts the data keys where their rows will lie; a database made anew has none. */
  install(handle: DatabaseSync, nowMs: number): void {
    const insert = handle.prepare(
      'INSERT OR IGNORE INTO data_keys (key_id, master_id, wrapped, at_ms) VALUES (?, ?, ?, ?)',
    );
    for (const { id, wrapped } of this.#keys.values()) {
      insert.run(id, this.#masterId, wrapped, nowMs);
    }
  }

  seal(place: string, text: string): Uint8Array {
    const { id, secret } = this.#current;
    const header = Buffer.concat([Buffer.of(VERSION), Buffer.from(id, 'hex')]);
    return Buffer.concat([header, encrypt(secret, `${place}:${id}`, Buffer.from(text))]);
  }

  open(place: string, sealed: Uint8Array): string | null {
    const bytes = Buffer.from(sealed);
    if (bytes[0] !== VERSION) return null;
    const id = bytes.subarray(1, HEADER_BYTES).toString('hex');
    const key = this.#keys.get(id);
    if (!key) return null;
    return decrypt(key.secret, `${place}:${id}`, bytes.subarray(HEADER_BYTES))?.toString() ?? null;
  }

  pseudonym(text: string): string {
    return `job_${hmac(this.#pseudonymKey, text).toString('hex').slice(0, 32)}`;
  }
}

/** Without the key of a database whose content is sealed, content is withheld: there is no silent plaintext. */
export const WITHHOLD: Seal = {
  seal: () => null,
  open: () => null,
  pseudonym: () => '(sealed)',
};

/** Whether content of this database is sealed. */
export const hasSealedContent = (handle: DatabaseSync): boolean =>
  handle.prepare('SELECT 1 AS one FROM data_keys LIMIT 1').get() !== undefined;

/** Whether data keys of this database are wrapped by another master key than `master`. */
export const hasForeignKeys = (handle: DatabaseSync, master: Uint8Array): boolean =>
  handle
    .prepare('SELECT 1 AS one FROM data_keys WHERE master_id <> ? LIMIT 1')
    .get(masterIdOf(master)) !== undefined;

/**
 * Wraps every data key of `from` anew with `to` and makes a new data key for what is written from now on, all in one
 * transaction. Processes that run with the old key go on; what needs `from` afterwards no longer opens.
 *
 * @returns how many data keys were wrapped anew
 * @throws FlowForgeError FF_KEY_INVALID when `from` opens none of them
 */
export function rotateMasterKey(
  handle: DatabaseSync,
  { from, to, nowMs }: { from: Uint8Array; to: Uint8Array; nowMs: number },
): number {
  const [fromId, toId] = [masterIdOf(from), masterIdOf(to)];
  return inTransaction(handle, () => {
    const keys = wrappedBy(handle, fromId);
    if (keys.length === 0) {
      throw new FlowForgeError(
        'FF_KEY_INVALID',
        'the old master key opens nothing in this database',
      );
    }
    const update = handle.prepare(
      'UPDATE data_keys SET master_id = ?, wrapped = ? WHERE key_id = ?',
    );
    for (const { id, wrapped } of keys)
      update.run(toId, wrap(to, id, unwrap(from, id, wrapped)), id);
    const made = makeKey(to);
    handle
      .prepare('INSERT INTO data_keys (key_id, master_id, wrapped, at_ms) VALUES (?, ?, ?, ?)')
      .run(made.id, toId, made.wrapped, nowMs);
    return keys.length;
  });
}

function wrappedBy(handle: DatabaseSync, masterId: string): { id: string; wrapped: Uint8Array }[] {
  return handle
    .prepare('SELECT key_id, wrapped FROM data_keys WHERE master_id = ? ORDER BY at_ms, rowid')
    .all(masterId)
    .map((row) => ({ id: String(row['key_id']), wrapped: row['wrapped'] as Uint8Array }));
}

function masterIdOf(master: Uint8Array): string {
  if (master.length !== MASTER_KEY_BYTES) {
    throw new FlowForgeError('FF_KEY_INVALID', `the master key has ${master.length} bytes`);
  }
  return createHash('sha256').update('flowforge master').update(master).digest('hex').slice(0, 16);
}

function makeKey(master: Uint8Array): DataKey {
  const id = randomBytes(KEY_ID_BYTES).toString('hex');
  const secret = randomBytes(MASTER_KEY_BYTES);
  return { id, secret, wrapped: wrap(master, id, secret) };
}

const wrap = (master: Uint8Array, id: string, secret: Buffer): Buffer =>
  encrypt(master, `data_keys:wrapped:${id}`, secret);

function unwrap(master: Uint8Array, id: string, wrapped: Uint8Array): Buffer {
  const secret = decrypt(master, `data_keys:wrapped:${id}`, Buffer.from(wrapped));
  if (secret) return secret;
  throw new FlowForgeError('FF_STORE_CORRUPT', `the data key ${id} of the database is damaged`);
}

/** Nonce, ciphertext and tag. The nonce is random: 96 bits, and a data key seals far fewer than 2^32 rows. */
function encrypt(key: Uint8Array, bound: string, plain: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(bound));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Uint8Array, bound: string, bytes: Buffer): Buffer | null {
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const tag = bytes.subarray(bytes.length - TAG_BYTES);
  const options = { authTagLength: TAG_BYTES };
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, options);
    decipher.setAAD(Buffer.from(bound)).setAuthTag(tag);
    const middle = bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES);
    return Buffer.concat([decipher.update(middle), decipher.final()]);
  } catch {
    return null;
  }
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
