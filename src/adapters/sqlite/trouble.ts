// What is wrong with a store, what a person can do about it, and what can be done at once.

import { FlowForgeError, isFlowForgeError } from '../../core/error.ts';
import type { Connection } from './connection.ts';
import { CorruptDatabase, type FileIdentity, fileChange } from './database.ts';
import { setAside, writeBack } from './rescue.ts';
import { SQLITE, sqliteCode } from './sqlite.ts';

export function troubleOf(error: unknown): { message: string; advice: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof FlowForgeError) return { message, advice: error.hint };
  return { message, advice: adviceOn(sqliteCode(error)) };
}

/** Whether the file itself, not the disk or another program, is at fault. */
const isDamage = (error: unknown): boolean => {
  const code = sqliteCode(error);
  return (
    error instanceof CorruptDatabase ||
    isFlowForgeError(error, 'FF_STORE_CORRUPT') ||
    code === SQLITE.corrupt ||
    code === SQLITE.notADatabase
  );
};

/**
 * Makes room for a sound database where that helps. Says what was done, or null.
 *
 * @param ours the file that this process has been writing: a file that somebody else put in its place is not ours to move
 */
export function repair(
  path: string,
  { connection, ours, nowMs }: { connection: Connection | null; ours: FileIdentity; nowMs: number },
  error: unknown,
): string | null {
  try {
    const change = fileChange(path, ours);
    if (change === 'deleted' && connection) {
      writeBack(connection.database.handle, path);
      return 'it was written back from memory';
    }
    if (change || !(isDamage(error) || isInconsistent(error, connection))) return null;
    connection?.close();
    return `the damaged file was set aside as ${setAside(path, nowMs)}`;
  } catch {
    // What cannot be repaired stays in trouble, and is tried again.
    return null;
  }
}

/** A sound database takes what we write; one that objects to it is looked at closely. */
function isInconsistent(error: unknown, connection: Connection | null): boolean {
  const code = sqliteCode(error);
  if (!connection || (code !== SQLITE.error && code !== SQLITE.constraint)) return false;
  const row = connection.database.handle.prepare('PRAGMA integrity_check(1)').get();
  return row?.['integrity_check'] !== 'ok';
}

function adviceOn(code: number | null): string {
  switch (code) {
    case SQLITE.full:
      return 'free some disk space; events are kept and written then';
    case SQLITE.readonly:
      return 'make the file and its directory writable; events are kept and written then';
    case SQLITE.busy:
    case SQLITE.locked:
      return 'another program holds it locked; events are kept and written when it lets go';
    default:
      return 'the guard goes on; events are kept and written when it is back';
  }
}
