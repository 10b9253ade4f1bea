// Where the artifacts of the operating commands go.

import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
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
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new FlowForgeError('FF_USAGE', `cannot make the folder ${folder}`, {
      cause,
      hint: 'Name another one.',
    });
  }
  return folder;
}
