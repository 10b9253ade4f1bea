// Looks at who may read and change what is ours: the state folder, the evidence, the keys.

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { signingKeyPath } from '../../adapters/sqlite/connection.ts';
import type { Config } from '../../config/config.ts';
import { type Check, fail } from '../../core/diagnosis/check.ts';
import { type FileRole, judgeFile, judgeTogether } from '../../core/diagnosis/files.ts';
import { obstacleBelow } from './way.ts';

export function lookAtFiles(config: Config): readonly Check[] {
  const { stateDir, dbPath, apiKey, masterKey } = config;
  const keys = [
    ...config.keyFiles.flatMap((path) => look('keys', roleOf(path), path)),
    ...look('keys', 'secret', join(stateDir, 'api-key')),
    ...look('keys', 'secret', signingKeyPath(dbPath)),
  ];
  const evidence = ['', '-wal', '-shm'].flatMap((suffix) =>
    look('evidence files', 'evidence', `${dbPath}${suffix}`),
  );
  const held = [apiKey && 'an API key is given', masterKey && 'a master key is given'];
  const known = held.filter(Boolean).join(', ') || 'none is given';
  return [
    lookAtStateFolder(stateDir),
    judgeTogether('evidence files', evidence, 'nobody else may read or change them'),
    judgeTogether('keys', keys, `${known}; nobody else may read those in files`),
  ];
}

function lookAtStateFolder(path: string): Check {
  const name = 'state folder';
  const obstacle = existsSync(path) ? null : obstacleBelow(path);
  if (obstacle !== null) {
    const hint = 'make it for the user that runs FlowForge, or name another with --state-dir';
    return fail(name, `${path} cannot be made: ${obstacle}`, hint);
  }
  return judgeTogether(name, look(name, 'folder', path), path);
}

/** Where Docker, Podman and our manifests mount secrets. */
const roleOf = (path: string): FileRole => (path.startsWith('/run/secrets/') ? 'mounted' : 'given');

/** What is wrong with a file, if it is there at all. */
function look(name: string, role: FileRole, path: string): Check[] {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats) return [];
    const facts = { path, mode: stats.mode & 0o7777, ownerId: stats.uid };
    const check = judgeFile(name, role, facts, process.getuid?.() ?? null);
    return check ? [check] : [];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [fail(name, `not to be looked at: ${why}`, 'become the user whom it belongs to')];
  }
}
