// The files of the built dashboard, read once and kept: they are few, and their names say what is in them.

import { readPackageFile } from './installed.ts';

const kept = new Map<string, Uint8Array<ArrayBuffer>>();

/** A file of the dashboard, or null where it is not there. The page itself is read anew: a build replaces it. */
export function readDashboardFile(
  name: string,
  isCompressed: boolean,
): Uint8Array<ArrayBuffer> | null {
  const path = `dist/dashboard/${isCompressed ? `${name}.gz` : name}`;
  const known = kept.get(path);
  if (known) return known;
  const content = readPackageFile(path);
  if (content !== null && name.startsWith('assets/')) kept.set(path, content);
  return content;
}
