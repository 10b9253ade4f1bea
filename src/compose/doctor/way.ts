// The way to a file that is not there yet: what exists of it, and whether the rest can be made.

import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The nearest folder above a file that exists. */
export function nearestFolder(path: string): string {
  const folder = dirname(path);
  return existsSync(folder) ? folder : nearestFolder(folder);
}

/** Why nothing can be made at `path`, or null. */
export function obstacleBelow(path: string): string | null {
  const folder = nearestFolder(path);
  if (!statSync(folder).isDirectory()) return `${folder} is not a folder`;
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return null;
  } catch {
    return `nothing may be made in ${folder}`;
  }
}
