// Folders of ours on the disk: for our eyes only.

import { mkdirSync, statSync } from 'node:fs';
import { FlowForgeError } from '../../core/error.ts';

const OWNER_ONLY = 0o700;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Makes sure that a folder is there, is ours, and that nobody else can put things into it. One that exists is
 * never changed: it may be meant for more than us. Throws `FF_STORE_UNAVAILABLE` where it cannot be used.
 */
export function ensurePrivateFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: OWNER_ONLY });
  } catch (error) {
    throw unusable(path, 'cannot be made', error);
  }
  const folder = statSync(path);
  const userId = process.getuid?.();
  if (userId !== undefined && folder.uid !== userId) {
    throw unusable(path, `belongs to another user (uid ${folder.uid})`);
  }
  if ((folder.mode & WRITABLE_BY_OTHERS) !== 0) throw unusable(path, 'can be written by others');
}

function unusable(path: string, why: string, cause?: unknown): FlowForgeError {
  const told = cause instanceof Error ? ` (${cause.message})` : '';
  return new FlowForgeError('FF_STORE_UNAVAILABLE', `the state folder ${path} ${why}${told}`, {
    cause,
    hint: 'Choose another with --state-dir or FLOWFORGE_STATE_DIR, or close it with `chmod 700`.',
  });
}
