// Where the evidence lies: whether it outlives what holds it, and how much of it there may be.

import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../config/config.ts';
import { LIMITS } from '../core/limits.ts';
import type { ReadinessCheck } from '../ports.ts';

type Place = Pick<Config, 'dbPath' | 'retention'>;

/** What holds a folder: a disk, the machine's memory, or a layer over a container's image. */
type Ground = 'disk' | 'memory' | 'layer';

/** Types of file systems by the number that the kernel gives (statfs(2)). */
const GROUNDS: ReadonlyMap<number, Ground> = new Map([
  [0x01021994, 'memory'], // tmpfs
  [0x858458f6, 'memory'], // ramfs
  [0x794c7630, 'layer'], // overlayfs
]);

const TRACES_SHARE = 0.25;
const MIB = 1024 * 1024;

/** The size that the database at this place is kept within. */
export function bytesMaxAt({ dbPath, retention }: Place): number {
  if (retention.bytesMax !== null) return retention.bytesMax;
  const folder = dirname(dbPath);
  if (groundOf(folder) !== 'memory') return LIMITS.evidenceBytesMax;
  // What is kept is taken from what runs; the log, the spool and the traces come on top.
  return Math.min(LIMITS.evidenceInMemoryBytesMax, Math.round(sizeOfSystem(folder) / 2));
}

/** The size that the traces of the latest runs are kept within, beside the database. */
export const tracesBytesMaxAt = (place: Place): number => bytesMaxAt(place) * TRACES_SHARE;

/** What a person should know about this place, or null where it is as good as any. */
export function placeWarning(place: Place): string | null {
  const { state, detail, hint } = checkPlace(place);
  return state === 'ok' ? null : `the evidence lies ${detail}. To keep it, ${hint}`;
}

/** Whether the evidence will still be there when this container, or the power, has been off. */
export function checkPlace(place: Place): ReadinessCheck {
  const folder = dirname(place.dbPath);
  const ground = groundOf(folder);
  const size = `at most ${Math.round(bytesMaxAt(place) / MIB)} MB are kept`;
  const details: Readonly<Record<Ground, string>> = {
    disk: `on a disk; ${size}`,
    memory: `in memory, in ${folder}: ${size}, and nothing when the container or the machine stops`,
    layer: `in the container itself, in ${folder}: ${size}, and nothing when the container is removed`,
  };
  return {
    name: 'place',
    state: ground === 'disk' ? 'ok' : 'warn',
    detail: details[ground],
    hint: 'put the state folder on a disk with --state-dir, or in a container on a volume with `-v flowforge:/data`',
  };
}

function groundOf(folder: string): Ground {
  try {
    return GROUNDS.get(statfsSync(folder).type) ?? 'disk';
  } catch {
    return 'disk';
  }
}

function sizeOfSystem(folder: string): number {
  const { blocks, bsize } = statfsSync(folder);
  return blocks > 0 ? blocks * bsize : Number.POSITIVE_INFINITY;
}
