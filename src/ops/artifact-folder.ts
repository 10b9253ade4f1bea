// Where the artifacts of the operating commands go.

import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { FlowForgeError } from '../core/error.ts';
import { type EpochMs, toTimestamp } from '../core/time.ts';

/**
 * Makes the folder that was named, or `pilot_artifacts/<what>-<YYYYMMDD-HHMMSS>` (UTC) in the working directory.
 * @throws FlowForgeError FF_USAGE where it cannot be made
 */
export function artifactFolder(what: string, named: string | undefined, now: EpochMs): string {
  const stamp = toTimestamp(now).slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  const folder = resolve(named ?? `pilot_artifacts/${what}-${stamp}`);
  try {
    makeFolder(folder);
  } catch (cause) {
    throw new FlowForgeError('FF_USAGE', `cannot make the folder ${folder}`, {
      cause,
      hint: 'Name another one.',
    });
  }
  return folder;
}

/** Makes a folder below what there is. Node's own way to do that never ends where the kernel refuses it, as in /proc. */
function makeFolder(folder: string): void {
  const above = dirname(folder);
  if (!existsSync(above)) makeFolder(above);
  // Fails where a file is in the way, and not where the folder is there already.
  if (!existsSync(folder)) mkdirSync(folder);
  else readdirSync(folder);
}
