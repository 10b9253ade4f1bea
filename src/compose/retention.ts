// Keeps the evidence within its bounds while a run or an API goes on, and at its end: by size every minute, by age every
// hour. The write-ahead log comes on top of the size; it has a bound of its own.

import { statSync } from 'node:fs';
import { pruneStore, pruneToSize } from '../adapters/sqlite/prune.ts';
import { systemClock } from '../adapters/system/clock.ts';
import type { Config } from '../config/config.ts';
import { epochMs } from '../core/time.ts';
import type { Cancel, Narrator } from '../ports.ts';
import { bytesMaxAt, placeWarning } from './place.ts';

const LOOK_EVERY_MS = 60_000;
const BY_AGE_EVERY_LOOKS = 60;

/** Warns of a place where little is kept, or not for long; prunes now and then until the returned function is called, which prunes a last time. */
export function keepWithinBounds(config: Config, narrator: Narrator): Cancel {
  const warning = placeWarning(config);
  if (warning !== null) narrator.say(warning);
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

function pruneOnce(config: Config, isByAge: boolean): void {
  const { dbPath, retention } = config;
  const now = systemClock.now();
  const bytesMax = bytesMaxAt(config);
  if (isByAge && retention.forMs !== null)
    pruneStore(dbPath, { before: epochMs(now - retention.forMs), now });
  if (sizeOf(dbPath) > bytesMax) pruneToSize(dbPath, bytesMax, now);
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
