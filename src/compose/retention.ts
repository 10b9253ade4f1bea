// Keeps the evidence within its bounds while a run or an API goes on, and at its end: by size every minute, by age every
// hour. The write-ahead log comes on top of the size; it has a bound of its own.

import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pruneStore, pruneToSize } from '../adapters/sqlite/prune.ts';
import { systemClock } from '../adapters/system/clock.ts';
import type { Config } from '../config/config.ts';
import { epochMs } from '../core/time.ts';
import type { Cancel, Narrator } from '../ports.ts';

const MIB = 1024 * 1024;
const BYTES_MAX = 256 * MIB;
/** In a file system that lives in memory, what is kept is taken from what runs. */
const BYTES_MAX_IN_MEMORY = 48 * MIB;
const TMPFS_MAGIC = 0x01021994;
const LOOK_EVERY_MS = 60_000;
const BY_AGE_EVERY_LOOKS = 60;

/** Prunes now and then until the returned function is called, which prunes a last time. */
export function keepWithinBounds(config: Config, narrator: Narrator): Cancel {
  let looks = 0;
  const prune = (isByAge: boolean): void => {
    try {
      pruneOnce(config, isByAge);
    } catch (error) {
      // What cannot be pruned now can be at the next look; the guard goes on.
      narrator.say(
        `old evidence could not be removed: ${error instanceof Error ? error.message : error}`,
      );
    }
  };
  let cancel: Cancel = () => {};
  const again = (): void => {
    prune(++looks % BY_AGE_EVERY_LOOKS === 0);
    cancel = systemClock.after(LOOK_EVERY_MS, again);
  };
  cancel = systemClock.after(LOOK_EVERY_MS, again);
  return () => {
    cancel();
    prune(true);
  };
}

function pruneOnce({ dbPath, retention }: Config, isByAge: boolean): void {
  const now = systemClock.now();
  const bytesMax = retention.bytesMax ?? defaultBytesMax(dbPath);
  if (isByAge && retention.forMs !== null)
    pruneStore(dbPath, { before: epochMs(now - retention.forMs), now });
  if (sizeOf(dbPath) > bytesMax) pruneToSize(dbPath, bytesMax, now);
}

const defaultBytesMax = (dbPath: string): number =>
  statfsSync(dirname(dbPath)).type === TMPFS_MAGIC ? BYTES_MAX_IN_MEMORY : BYTES_MAX;

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
