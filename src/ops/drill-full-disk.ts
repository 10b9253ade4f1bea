// A disk that is really full, for the drill: a small one of its own where it may be mounted, else a limit that the
// kernel sets on what FlowForge may write.

import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface SmallDisk {
  /** What makes it small, for the proof. */
  readonly means: string;
  /** Where the database of the step is to be. */
  readonly dbPath: string;
  /** Leaves no room for the guard of this pid. Says whether that was done. */
  fill(guardPid: number): boolean;
  /** Makes room again. */
  free(): void;
  /** Keeps the database among the artifacts, and lets go of the disk. */
  remove(): void;
}

const DISK_SIZE = '6m';
/** Above the first records of the spool, below what the log of a young database has reached. */
const FILE_BYTES_MAX = 64 * 1024;

/** A disk for a database that is to lie at `dbPath`; null where nothing of the kind is to be had. */
export function takeSmallDisk(dbPath: string): SmallDisk | null {
  return mountSmallDisk(dbPath) ?? limitFileSize(dbPath);
}

function mountSmallDisk(wanted: string): SmallDisk | null {
  const place = `${wanted}.disk`;
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const options = `size=${DISK_SIZE},mode=0700`;
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', place]);
  if (status !== 0) {
    rmdirSync(place);
    return null;
  }
  const filler = join(place, 'filler');
  const dbPath = join(place, basename(wanted));
  return {
    means: `a disk of ${DISK_SIZE} without a byte left`,
    dbPath,
    fill: () => fillUp(filler),
    free: () => rmSync(filler, { force: true }),
    remove() {
      for (const name of readdirSync(place).filter((it) => it.startsWith(basename(dbPath)))) {
        copyFileSync(join(place, name), join(dirname(wanted), name));
      }
      spawnSync('umount', ['-l', place]);
      rmdirSync(place);
    },
  };
}

/** Writes until the disk takes nothing, not even a byte. */
function fillUp(path: string): boolean {
  const file = openSync(path, 'w', 0o600);
  try {
    for (const bytes of [64 * 1024, 1024, 1]) {
      const block = Buffer.alloc(bytes);
      while (hasTaken(file, block));
    }
    return true;
  } finally {
    closeSync(file);
  }
}

function hasTaken(file: number, block: Uint8Array): boolean {
  try {
    return writeSync(file, block) > 0;
  } catch {
    return false;
  }
}

function limitFileSize(dbPath: string): SmallDisk | null {
  if (spawnSync('prlimit', ['--version']).status !== 0) return null;
  return {
    means: `a limit of ${FILE_BYTES_MAX / 1024} KB on every file`,
    dbPath,
    fill(guardPid) {
      const wal = `${dbPath}-wal`;
      if (!existsSync(wal) || statSync(wal).size < FILE_BYTES_MAX) return false;
      const limit = `--fsize=${FILE_BYTES_MAX}`;
      return spawnSync('prlimit', ['--pid', String(guardPid), limit]).status === 0;
    },
    // The limit is gone with the process that has it.
    free() {},
    remove() {},
  };
}

/** Whether the guard has made room for what a full disk refuses. */
export const hasReserve = (dbPath: string): boolean => {
  const prefix = `${basename(dbPath)}.spool-`;
  return readdirSync(dirname(dbPath)).some((name) => name.startsWith(prefix));
};
