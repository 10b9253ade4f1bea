// Where the parts of this installation are, and what the host gives: the one place that knows whether they lie beside
// the program or are inside it.

import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inside, isSingleExecutable, layOut } from './single-executable.ts';

/** The path of a file that comes with FlowForge, wherever it is installed. */
export function packageFile(path: string): string {
  if (isSingleExecutable) return layOut(path);
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) {
    folder = dirname(folder);
  }
  return join(folder, path);
}

/** A file that comes with FlowForge, or null where it does not. */
export function readPackageFile(path: string): Uint8Array<ArrayBuffer> | null {
  if (isSingleExecutable) return inside(path);
  try {
    return new Uint8Array(readFileSync(packageFile(path)));
  } catch {
    return null;
  }
}

/** How this FlowForge is started once more: what stands before its arguments. */
export function ownCommand(): readonly [string, ...string[]] {
  if (isSingleExecutable) return [process.execPath];
  return [process.execPath, ...process.execArgv, packageFile('dist/main.js')];
}

/** The shim for this machine: built here from source in a checkout, else the one that came with the package. */
export function shimPath(): string {
  return packageFile(`dist/shim/${process.platform}-${process.arch}/flowforge-shim`);
}

/** Whether there is a file that this user and this file system let be executed. */
export function mayExecute(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
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
