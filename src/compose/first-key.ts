// The first key: who starts the API and has none gets one, in a file for their eyes only.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiKeys } from '../adapters/sqlite/api-keys.ts';
import { systemClock } from '../adapters/system/clock.ts';
import { ensurePrivateFolder } from '../adapters/system/paths.ts';
import type { Config } from '../config/config.ts';

/** Makes a key where there is none that holds. Gives the file it was written to, or null where none was made. */
export function ensureKey({ apiKey, dbPath, stateDir }: Config): string | null {
  if (apiKey !== null) return null;
  const now = systemClock.now();
  const keys = ApiKeys.at(dbPath, now);
  try {
    const holds = keys
      .list()
      .some((key) => key.revokedAt === null && (key.expiresAt === null || key.expiresAt > now));
    if (holds) return null;
    ensurePrivateFolder(stateDir);
    const { secret } = keys.create(
      { name: 'serve', scopes: ['read', 'act', 'admin'], expiresAt: null },
      now,
    );
    const path = join(stateDir, 'api-key');
    writeFileSync(path, `${secret}\n`, { mode: 0o600 });
    return path;
  } finally {
    keys.close();
  }
}
