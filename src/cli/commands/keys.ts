// `flowforge keys`: API keys, whose secrets are shown once, and the key that seals the evidence.

import { readFileSync } from 'node:fs';
import { recordChange } from '../../compose/recorder.ts';
import { openApiKeys, requireStore, rotateStoreKey, wallClock } from '../../compose.ts';
import type { Config } from '../../config/config.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import { EXIT, FlowForgeError } from '../../core/error.ts';
import type { ExitStatus } from '../../core/run.ts';
import { epochMs, toTimestamp } from '../../core/time.ts';
import { parseDurationFlag } from '../selection.ts';
import { formatInstant, renderTable } from '../table.ts';
import { print, printJson } from '../terminal.ts';

type Keys = ReturnType<typeof openApiKeys>;
type Key = ReturnType<Keys['list']>[number];
type NewKey = ReturnType<Keys['create']>;

interface Json {
  readonly json?: boolean;
}

const OK: ExitStatus = { type: 'exited', code: EXIT.ok };
const SCOPES = ['read', 'act', 'admin'] as const;

export async function createKey(
  flags: Flags,
  { name, scope, expires, json }: { name: string; scope: string; expires?: string } & Json,
): Promise<ExitStatus> {
  const now = wallClock();
  const expiresAt =
    expires === undefined ? null : epochMs(now + parseDurationFlag('--expires', expires));
  const config = await loadConfig({ flags });
  const scopes = parseScopes(scope);
  const made = withKeys(config, (keys) => keys.create({ name, scopes, expiresAt }, now));
  const until = expiresAt === null ? '' : `, until ${toTimestamp(expiresAt)}`;
  recordChange(
    config,
    `the API key ${made.id} was made: ${name}, may ${scopes.join(', ')}${until}`,
  );
  showNew(made, json);
  return OK;
}

export async function listKeys(flags: Flags, { json }: Json): Promise<ExitStatus> {
  const all = withKeys(await existing(flags), (keys) => keys.list());
  if (json) printJson(all.map(present));
  else print(all.length === 0 ? 'no keys' : render(all));
  return OK;
}

export async function revokeKey(id: string, flags: Flags, { json }: Json): Promise<ExitStatus> {
  const config = await existing(flags);
  const key = withKeys(config, (keys) => keys.revoke(id, wallClock()));
  recordChange(config, `the API key ${id} was revoked`);
  if (json) printJson(present(key));
  else print(`${id}: revoked`);
  return OK;
}

export async function rotateKey(
  id: string | undefined,
  flags: Flags,
  options: { overlap: string; master?: boolean; fromFile?: string } & Json,
): Promise<ExitStatus> {
  if (options.master) return rotateMaster(flags, options);
  if (id === undefined) throw new FlowForgeError('FF_USAGE', 'name an API key, or give --master');
  const overlapMs = parseDurationFlag('--overlap', options.overlap);
  const config = await existing(flags);
  const made = withKeys(config, (keys) => keys.rotate(id, overlapMs, wallClock()));
  recordChange(config, `the API key ${id} gives way to ${made.id} within ${options.overlap}`);
  showNew(made, options.json);
  return OK;
}

async function rotateMaster(
  flags: Flags,
  { fromFile, json }: { fromFile?: string } & Json,
): Promise<ExitStatus> {
  const config = await loadConfig({ flags });
  const { dbPath, masterKey } = config;
  if (masterKey === null) {
    throw new FlowForgeError('FF_KEY_INVALID', 'the new key is expected in FLOWFORGE_MASTER_KEY');
  }
  if (fromFile === undefined) {
    throw new FlowForgeError('FF_USAGE', 'name the file that holds the old key with --from-file');
  }
  requireStore(dbPath);
  const resealed = rotateStoreKey(dbPath, {
    from: readMasterKey(fromFile),
    to: masterKey,
    now: wallClock(),
  });
  recordChange(config, 'the master key was rotated');
  if (json) printJson({ resealed });
  else print(`sealed anew: ${resealed}`);
  return OK;
}

function readMasterKey(path: string): Buffer {
  const text = readKeyFile(path).trim();
  if (!/^[0-9a-fA-F]{64}$/.test(text)) {
    throw new FlowForgeError('FF_KEY_INVALID', `${path} holds no master key`);
  }
  return Buffer.from(text, 'hex');
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new FlowForgeError('FF_NOT_FOUND', `cannot read ${path}`, {
      cause,
      hint: 'Name the file that holds the old key.',
    });
  }
}

/** The configuration, whose database must be there. */
async function existing(flags: Flags): Promise<Config> {
  const config = await loadConfig({ flags });
  requireStore(config.dbPath);
  return config;
}

function withKeys<T>(config: Config, work: (keys: Keys) => T): T {
  const keys = openApiKeys(config);
  try {
    return work(keys);
  } finally {
    keys.close();
  }
}

function parseScopes(text: string): (typeof SCOPES)[number][] {
  return text.split(',').map((word) => {
    const scope = SCOPES.find((known) => known === word.trim());
    if (!scope)
      throw new FlowForgeError('FF_USAGE', `--scope: ${word} is none of ${SCOPES.join(', ')}`);
    return scope;
  });
}

function showNew(key: NewKey, json?: boolean): void {
  if (json) printJson({ ...present(key), secret: key.secret });
  else print(`${key.secret}\n(id ${key.id}; shown this once, and not kept)`);
}

const orNull = (at: Key['expiresAt']): string | null => (at === null ? null : toTimestamp(at));

const present = (key: Key) => ({
  id: key.id,
  name: key.name,
  scopes: key.scopes,
  created_at: toTimestamp(key.createdAt),
  expires_at: orNull(key.expiresAt),
  revoked_at: orNull(key.revokedAt),
  last_used_day: key.lastUsedDay,
});

function render(keys: readonly Key[]): string {
  const rows = keys
    .map(present)
    .map((key) => [
      key.id,
      key.name,
      key.scopes.join(','),
      formatInstant(key.created_at),
      key.revoked_at === null ? (key.expires_at ?? 'holds') : 'revoked',
      key.last_used_day ?? 'never',
    ]);
  return renderTable(['ID', 'NAME', 'SCOPES', 'CREATED', 'UNTIL', 'LAST USED'], rows);
}
