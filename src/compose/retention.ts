// Keeps the evidence within its bounds: when a run begins, when it ends, and every hour between.

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
const EVERY_MS = 3_600_000;

/** Prunes now and then until the returned function is called, which prunes a last time. */
export function keepWithinBounds(config: Config, narrator: Narrator): Cancel {
  const prune = (): void => {
    try {
      pruneOnce(config);
    } catch (error) {
      // What cannot be pruned now can be at the next look; the guard goes on.
      narrator.say(
        `old evidence could not be removed: ${error instanceof Error ? error.message : error}`,
      );
    }
  };
  let cancel: Cancel = () => {};
  const again = (): void => {
    prune();
    cancel = systemClock.after(EVERY_MS, again);
  };
  cancel = systemClock.after(EVERY_MS, again);
  return () => {
    cancel();
    prune();
  };
}

function pruneOnce({ dbPath, retention }: Config): void {
  const now = systemClock.now();
  const bytesMax = retention.bytesMax ?? defaultBytesMax(dbPath);
  if (retention.forMs !== null) pruneStore(dbPath, { before: epochMs(now - retention.forMs), now });
  if (sizeOf(dbPath) > bytesMax) pruneToSize(dbPath, bytesMax, now);
}

const defaultBytesMax = (dbPath: string): number =>
  statfsSync(dirname(dbPath)).type === TMPFS_MAGIC ? BYTES_MAX_IN_MEMORY : BYTES_MAX;

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
