// Who is signed in at the API: login links, good once and for minutes, and the sessions they become. Digests only, so
// that nobody who reads the database is signed in by it. Any API of the same evidence knows them.

import { hash, randomBytes } from 'node:crypto';
import { LIMITS } from '../../core/limits.ts';
import { type EpochMs, epochMs } from '../../core/time.ts';
import type { OpenSession, Principal, Sessions } from '../../ports.ts';
import type { ApiKeys } from './api-keys.ts';
import { inTransaction } from './database.ts';
import type { DatabaseSync } from './sqlite.ts';

/** The key of the configuration: what it says is not in the database, so it is part of the digest. */
export interface ConfiguredKey {
  readonly principal: Principal;
  readonly secret: string;
}

type Kind = 'link' | 'session';

const LASTING: Readonly<Record<Kind, { readonly ms: number; readonly max: number }>> = {
  link: { ms: LIMITS.loginLinkMs, max: LIMITS.loginLinksMax },
  session: { ms: LIMITS.sessionMs, max: LIMITS.sessionsMax },
};

export class SqliteSessions implements Sessions {
  readonly #handle: DatabaseSync;
  readonly #keys: Pick<ApiKeys, 'holding'>;
  readonly #configured: ConfiguredKey | null;
  readonly #now: () => EpochMs;

  constructor(
    handle: DatabaseSync,
    keys: Pick<ApiKeys, 'holding'>,
    { configured, now }: { configured: ConfiguredKey | null; now: () => EpochMs },
  ) {
    this.#handle = handle;
    this.#keys = keys;
    this.#configured = configured;
    this.#now = now;
  }

  /** A token for a login link that signs in as this key. */
  invite(keyId: string): string {
    return this.#make('link', keyId).secret;
  }

  open(keyId: string): OpenSession & { readonly secret: string } {
    const made = this.#make('session', keyId);
    return { ...made, principal: this.#principal(keyId) ?? { id: keyId, scopes: [] } };
  }

  redeem(token: string): Principal | null {
    const sql = `DELETE FROM sessions WHERE digest IN (?, ?) AND kind = 'link' RETURNING key_id, expires_ms`;
    const row = this.#handle.prepare(sql).get(...this.#digestsOf(token));
    return row && Number(row['expires_ms']) > this.#now()
      ? this.#principal(String(row['key_id']))
      : null;
  }

  find(secret: string): OpenSession | null {
    const sql = `SELECT key_id, expires_ms FROM sessions WHERE digest IN (?, ?) AND kind = 'session'`;
    const row = this.#handle.prepare(sql).get(...this.#digestsOf(secret));
    if (!row || Number(row['expires_ms']) <= this.#now()) return null;
    const principal = this.#principal(String(row['key_id']));
    return principal && { principal, expiresAt: epochMs(Number(row['expires_ms'])) };
  }

  end(secret: string): void {
    const sql = "DELETE FROM sessions WHERE digest IN (?, ?) AND kind = 'session'";
    this.#handle.prepare(sql).run(...this.#digestsOf(secret));
  }

  #make(kind: Kind, keyId: string): { readonly secret: string; readonly expiresAt: EpochMs } {
    const secret = `ff_${kind}_${randomBytes(32).toString('base64url')}`;
    const now = this.#now();
    const { ms, max } = LASTING[kind];
    const expiresAt = epochMs(now + ms);
    const isConfigured = keyId === this.#configured?.principal.id;
    const digest = digestOf(secret, isConfigured ? this.#configured : null);
    inTransaction(this.#handle, () => {
      this.#handle.prepare('DELETE FROM sessions WHERE expires_ms <= ?').run(now);
      // One more than may be: whoever signed in first is signed out.
      const oldest = `SELECT digest FROM sessions WHERE kind = ? ORDER BY created_ms DESC, rowid DESC LIMIT -1 OFFSET ?`;
      this.#handle.prepare(`DELETE FROM sessions WHERE digest IN (${oldest})`).run(kind, max - 1);
      this.#handle
        .prepare('INSERT INTO sessions VALUES (?, ?, ?, ?, ?)')
        .run(digest, kind, keyId, now, expiresAt);
    });
    return { secret, expiresAt };
  }

  #principal(keyId: string): Principal | null {
    if (keyId === this.#configured?.principal.id) return this.#configured.principal;
    return this.#keys.holding(keyId, this.#now());
  }

  #digestsOf(secret: string): [string, string] {
    return [digestOf(secret, null), digestOf(secret, this.#configured)];
  }
}

/** 256 bits by chance need no slow digest; a session of a configured key ends with that key. */
const digestOf = (secret: string, configured: ConfiguredKey | null): string =>
  hash('sha256', `flowforge session ${secret} ${configured?.secret ?? ''}`, 'hex');
