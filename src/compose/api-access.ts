// Who may use the API: the key of the configuration, those in the database, and who is signed in by one of them.

import { createHash, timingSafeEqual } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SqliteAnswers } from '../adapters/sqlite/answers.ts';
import { ApiKeys } from '../adapters/sqlite/api-keys.ts';
import {
  explainReading,
  fileChange,
  type OpenDatabase,
  openDatabase,
} from '../adapters/sqlite/database.ts';
import { type ConfiguredKey, SqliteSessions } from '../adapters/sqlite/sessions.ts';
import { systemClock } from '../adapters/system/clock.ts';
import { ensurePrivateFolder } from '../adapters/system/paths.ts';
import type { Config } from '../config/config.ts';
import type { AnswerMemory, Authenticate, Sessions } from '../ports.ts';
import { recordChange } from './recorder.ts';

const ALL_SCOPES = ['read', 'act', 'admin'] as const;

export interface ApiAccess {
  readonly authenticate: Authenticate;
  readonly sessions: Sessions;
  readonly answers: AnswerMemory;
  close(): void;
}

/** Opens the database when it is first needed; while it cannot be read, it knows no key but the configuration's. */
export function createAccess(config: Config): ApiAccess {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const configured = configuredKey(config);
  const own = configured && digest(configured.secret);
  let kept: Desk | null = null;
  const leave = (): void => {
    kept?.database.handle.close();
    kept = null;
  };
  /** Does `work` at the desk; one that failed, or whose file was replaced, is left for a new one. */
  const at = <T>(work: (desk: Desk) => T): T => {
    try {
      const { dbPath } = config;
      // One that was deleted is written back by who records.
      if (kept && fileChange(dbPath, kept.database.identity) === 'replaced') leave();
      kept ??= openDesk(config);
      return work(kept);
    } catch (error) {
      leave();
      throw explainReading(error, config.dbPath);
    }
  };
  return {
    authenticate(secret) {
      const isOwn = timingSafeEqual(digest(secret), own ?? digest(''));
      if (configured && isOwn) return configured.principal;
      try {
        return at(({ keys }) => keys.authenticate(secret, systemClock.now()));
      } catch {
        return null;
      }
    },
    sessions: {
      open: (keyId) => at(({ sessions }) => sessions.open(keyId)),
      redeem: (token) => at(({ sessions }) => sessions.redeem(token)),
      find: (secret) => at(({ sessions }) => sessions.find(secret)),
      end: (secret) => at(({ sessions }) => sessions.end(secret)),
    },
    answers: {
      find: (...asked) => at(({ answers }) => answers.find(...asked)),
      keep: (...given) => at(({ answers }) => answers.keep(...given)),
    },
    close: leave,
  };
}

interface Desk {
  readonly database: OpenDatabase;
  readonly keys: ApiKeys;
  readonly sessions: SqliteSessions;
  readonly answers: SqliteAnswers;
}

function openDesk(config: Config): Desk {
  const now = () => systemClock.now();
  const database = openDatabase(config.dbPath, now());
  const keys = new ApiKeys(database);
  const configured = configuredKey(config);
  return {
    database,
    keys,
    sessions: new SqliteSessions(database.handle, keys, { configured, now }),
    answers: new SqliteAnswers(database.handle, now),
  };
}

const configuredKey = ({ apiKey }: Config): ConfiguredKey | null =>
  apiKey === null ? null : { principal: { id: 'env', scopes: ALL_SCOPES }, secret: apiKey };

/** Makes a key that may act where there is none. Gives the file it was written to, or null. */
export const ensureKey = (config: Config): string | null =>
  withDesk(config, ({ keys }) => keyToActWith(config, keys).keyFile);

/** A link that signs in at the API at `url`, once: for the eyes of the person at this terminal only. */
export function loginLink(config: Config, url: string): string {
  const token = withDesk(config, ({ keys, sessions }) =>
    sessions.invite(keyToActWith(config, keys).keyId),
  );
  // What stands behind # is never sent: no server, proxy or log sees it.
  return `${url}/ui/sign-in#token=${token}`;
}

function withDesk<T>(config: Config, work: (desk: Desk) => T): T {
  const desk = openDesk(config);
  try {
    return work(desk);
  } finally {
    desk.database.handle.close();
  }
}

/** The configuration's, the newest of the database, or else one made now. */
function keyToActWith(
  config: Config,
  keys: ApiKeys,
): { readonly keyId: string; readonly keyFile: string | null } {
  const { apiKey, stateDir } = config;
  if (apiKey !== null) return { keyId: 'env', keyFile: null };
  const now = systemClock.now();
  const held = keys
    .list()
    .find((key) => keys.holding(key.id, now) && key.scopes.some((scope) => scope !== 'read'));
  if (held) return { keyId: held.id, keyFile: null };
  ensurePrivateFolder(stateDir);
  const made = keys.create({ name: 'serve', scopes: ALL_SCOPES, expiresAt: null }, now);
  const keyFile = join(stateDir, 'api-key');
  writeForOwner(keyFile, `${made.secret}\n`);
  recordChange(config, `the API key ${made.id} was made, and written to ${keyFile}`);
  return { keyId: made.id, keyFile };
}

/** Whatever lies there under that name, or links elsewhere, is replaced and never written through. */
function writeForOwner(path: string, text: string): void {
  const draft = `${path}.${process.pid}`;
  rmSync(draft, { force: true });
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
  renameSync(draft, path);
}
