// Where the parts of this installation are, and what the host gives.

import { existsSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The path of a file that comes with FlowForge, wherever it is installed. */
export function packageFile(path: string): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) {
    folder = dirname(folder);
  }
  return join(folder, path);
}

/** The shim for this machine: built here from source in a checkout, else the one that came with the package. */
export function shimPath(): string {
  return packageFile(`dist/shim/${process.platform}-${process.arch}/flowforge-shim`);
}

/** Free share (0 to 1) of the disk of a folder, null where it cannot be told. */
export function diskFreeShare(folder: string): number | null {
  try {
    const { bavail, blocks } = statfsSync(folder);
    return blocks > 0 ? bavail / blocks : null;
  } catch {
    return null;
  }
}
