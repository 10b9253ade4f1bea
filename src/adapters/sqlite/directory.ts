// Names of files survive a power cut only once their directory was synced.

import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Makes the names in a directory durable. Where a file system cannot do that, its names are as durable as it makes them. */
export function syncDirectory(path: string): void {
  try {
    const fd = openSync(path, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    // The contents are synced all the same.
  }
}
