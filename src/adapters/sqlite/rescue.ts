// What is done for a database that was damaged or deleted. Nothing is ever overwritten.

import { closeSync, existsSync, linkSync, openSync, renameSync, unlinkSync } from 'node:fs';
import type { DatabaseSync } from './sqlite.ts';

const SIDE_FILES = ['', '-wal', '-shm'];

/** Moves a damaged database and its side files out of the way, and says where it lies now. */
export function setAside(path: string, nowMs: number): string {
  let aside = `${path}.corrupt-${nowMs}`;
  for (let n = 1; existsSync(aside); n++) aside = `${path}.corrupt-${nowMs}-${n}`;
  for (const side of SIDE_FILES) {
    if (existsSync(path + side)) renameSync(path + side, aside + side);
  }
  return aside;
}

/**
 * Writes a deleted database back under its name, from the handle that still holds it.
 * Where another process was faster, its file is left alone.
 */
export function writeBack(handle: DatabaseSync, path: string): void {
  const half = `${path}.back-${process.pid}`;
  closeSync(openSync(half, 'w', 0o600));
  try {
    handle.prepare('VACUUM INTO ?').run(half);
    linkSync(half, path);
  } finally {
    unlinkSync(half);
  }
}
