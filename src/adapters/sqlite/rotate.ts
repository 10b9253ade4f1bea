// Changes the master key of a database that may be in use.

import type { EpochMs } from '../../core/time.ts';
import { openDatabase } from './database.ts';
import { rotateMasterKey } from './keyring.ts';

/**
 * Wraps the data keys of the database at `path` with another master key. All of it is done or nothing is; no content is
 * touched; processes that run with the old key go on.
 *
 * @returns how many data keys were wrapped anew
 * @throws FlowForgeError FF_KEY_INVALID when a key has not 32 bytes or `from` opens nothing
 */
export function rotateStoreKey(
  path: string,
  { from, to, now }: { readonly from: Uint8Array; readonly to: Uint8Array; readonly now: EpochMs },
): number {
  const { handle } = openDatabase(path, now);
  try {
    return rotateMasterKey(handle, { from, to, nowMs: now });
  } finally {
    handle.close();
  }
}
