// The files of the built dashboard, read once and kept: they are few, and their names say what is in them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFile } from './installed.ts';

const FOLDER = packageFile('dist/dashboard');
const kept = new Map<string, Uint8Array<ArrayBuffer>>();

/** A file of the dashboard, or null where it is not there. The page itself is read anew: a build replaces it. */
export function readDashboardFile(
  name: string,
  isCompressed: boolean,
): Uint8Array<ArrayBuffer> | null {
  const path = join(FOLDER, isCompressed ? `${name}.gz` : name);
  const known = kept.get(path);
  if (known) return known;
  try {
    const content = new Uint8Array(readFileSync(path));
    if (name.startsWith('assets/')) kept.set(path, content);
    return content;
  } catch {
    return null;
  }
}
