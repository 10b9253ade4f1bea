// Copies a database while it is in use, and checks the copy before it says that there is one.

import { closeSync, existsSync, openSync, renameSync, unlinkSync } from 'node:fs';
import { FlowForgeError } from '../../core/error.ts';
import { LIMITS } from '../../core/limits.ts';
import { openFile } from './sqlite.ts';

/**
 * Writes a copy of the database at `path` to `to`, which must not exist. What was sealed stays sealed.
 *
 * @throws FlowForgeError FF_USAGE, FF_NOT_FOUND, FF_STORE_CORRUPT, FF_STORE_UNAVAILABLE
 */
export function backUpStore(path: string, to: string): { readonly eventCount: number } {
  if (!existsSync(path))
    throw new FlowForgeError('FF_NOT_FOUND', `there is no database at ${path}`);
  if (existsSync(to))
    throw new FlowForgeError('FF_USAGE', `${to} exists; a backup overwrites nothing`);
  const half = `${to}.part-${process.pid}`;
  try {
    closeSync(openSync(half, 'wx', 0o600));
    copy(path, half);
    const eventCount = check(half);
    renameSync(half, to);
    return { eventCount };
  } catch (cause) {
    if (existsSync(half)) unlinkSync(half);
    if (cause instanceof FlowForgeError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new FlowForgeError('FF_STORE_UNAVAILABLE', `cannot back up to ${to}: ${message}`, {
      cause,
    });
  }
}

function copy(path: string, to: string): void {
  const handle = openFile(path);
  try {
    handle.exec(`PRAGMA busy_timeout = ${LIMITS.storeBusyMs}`);
    handle.prepare('VACUUM INTO ?').run(to);
  } finally {
    handle.close();
  }
}

function check(path: string): number {
  const handle = openFile(path, true);
  try {
    const found = handle.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
    if (found !== 'ok')
      throw new FlowForgeError('FF_STORE_CORRUPT', `the copy is damaged: ${found}`);
    return Number(handle.prepare('SELECT count(*) AS n FROM events').get()?.['n']);
  } finally {
    handle.close();
  }
}
